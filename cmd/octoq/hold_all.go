package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/record"
)

// addAll gives a command on one account the flag that means all of them.
func addAll(c *cobra.Command) {
	c.Flags().Bool("all", false, "all accounts that this Redis has seen or the settings name")
}

// allWanted reads the flag.
func allWanted(c *cobra.Command) (bool, error) {
	all, err := c.Flags().GetBool("all")
	if all && c.Flags().Changed("account") {
		return false, usagef("--all is all accounts: give it or --account")
	}
	return all, err
}

// everyAccount are the accounts that are known, and those of the settings.
func everyAccount(ctx context.Context, c *cobra.Command, d *admin.Service) ([]string, error) {
	accounts, err := d.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	k, err := load(c.Flags())
	if err != nil {
		return nil, err
	}
	accounts = append(accounts, k.MapKeys("accounts")...)
	if k.String("api_login") != "" {
		accounts = append(accounts, campaign.DefaultAccount)
	}
	slices.Sort(accounts)
	return slices.Compact(accounts), nil
}

// holdAll stops every account; trouble with one keeps none of the others going.
func holdAll(ctx context.Context, c *cobra.Command, d *admin.Service, message string) error {
	accounts, err := everyAccount(ctx, c, d)
	if err != nil {
		return err
	}
	var faults []error
	for _, account := range accounts {
		before, err := d.Hold(ctx, account)
		if err == nil {
			err = d.SetHold(ctx, account, message)
		}
		if err == nil {
			err = printHeld(c, account, before)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("account %s: %w", account, err))
		}
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "%d of %d accounts are on hold; an account that is first used later is not\n", len(accounts)-len(faults), len(accounts))
	return errors.Join(faults...)
}

// clearAll lifts every hold that was set by hand.
func clearAll(ctx context.Context, c *cobra.Command, d *admin.Service) error {
	held, err := d.Holds(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, h := range held {
		if h.Reason != record.HoldOperator {
			continue
		}
		_, err := d.ClearHold(ctx, h.Account)
		if err == nil {
			err = printDone(c, map[string]any{"account": h.Account, "held": false}, "the hold of account %s is lifted\n", h.Account)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("account %s: %w", h.Account, err))
		}
	}
	return errors.Join(faults...)
}
