package main

import (
	"context"
	"fmt"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
)

// addAll gives a command on one account the flag that means all of them.
func addAll(c *cobra.Command) {
	c.Flags().Bool("all", false, "all accounts that this Redis has seen, a worker serves or the settings name")
}

// allWanted reads the flag.
func allWanted(c *cobra.Command) (bool, error) {
	all, err := c.Flags().GetBool("all")
	if all && c.Flags().Changed("account") {
		return false, usagef("--all is all accounts: give it or --account")
	}
	return all, err
}

// namedAccounts are those of the settings.
func namedAccounts(c *cobra.Command) ([]string, error) {
	k, err := load(c.Flags())
	if err != nil {
		return nil, err
	}
	return namedIn(c, k), nil
}

// namedIn are the accounts that settings name, those whose file has a fault included. A
// folder that cannot be read does not keep what is known from being stopped.
func namedIn(c *cobra.Command, k *koanf.Koanf) []string {
	accounts := k.MapKeys("accounts")
	if k.String("api_login") != "" {
		accounts = append(accounts, campaign.DefaultAccount)
	}
	files, err := readFolder(k.String("accounts_dir"))
	if err != nil {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: %v\n", err)
	}
	for _, f := range files {
		if campaign.ValidAccount(f.account) {
			accounts = append(accounts, f.account)
		}
	}
	return accounts
}

// holdAll stops every account; trouble with one keeps none of the others going.
func holdAll(ctx context.Context, c *cobra.Command, d *admin.Service, message string) error {
	named, err := namedAccounts(c)
	if err != nil {
		return err
	}
	stopped, fault := d.HoldAll(ctx, message, named...)
	for _, s := range stopped {
		if err := printHeld(c, s.Account, s.Before); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "on hold: %d; an account that is first used later is not\n", len(stopped))
	return fault
}

// clearAll lifts every hold that was set by hand.
func clearAll(ctx context.Context, c *cobra.Command, d *admin.Service) error {
	lifted, fault := d.LiftAll(ctx)
	for _, account := range lifted {
		if err := printDone(c, map[string]any{"account": account, "held": false}, "the hold of account %s is lifted\n", account); err != nil {
			return err
		}
	}
	return fault
}
