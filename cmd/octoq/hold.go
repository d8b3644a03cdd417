package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/record"
)

func newHold() *cobra.Command {
	c := &cobra.Command{
		Use:   "hold",
		Short: "see, set and lift the holds of accounts",
		Long: "An account is on hold when every campaign of it would fail the same way: octoq then\n" +
			"tries it now and then, and lifts the hold by itself. A hold that is set by hand is\n" +
			"lifted by hand.\n\n" + exitHelp,
		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
	}
	c.AddCommand(newHoldLs(), newHoldSet(), newHoldClear())
	return c
}

func newHoldLs() *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: "list the accounts on hold", Args: exactArgs(0, "no arguments"),
		Long: "Lists the accounts on hold: why, since when, and when they are tried next.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				holds, err := d.Holds(ctx)
				if err != nil {
					return err
				}
				return printHolds(c, holds)
			})
		},
	}
	addFlags(c.Flags(), "redis_url")
	return c
}

func printHolds(c *cobra.Command, holds []record.Hold) error {
	if jsonWanted(c) {
		for _, h := range holds {
			if err := printJSON(c.OutOrStdout(), h); err != nil {
				return err
			}
		}
		return nil
	}
	if len(holds) == 0 {
		_, err := fmt.Fprintln(c.OutOrStdout(), "no account is on hold")
		return err
	}
	t := newTable(c.OutOrStdout(), "ACCOUNT", "REASON", "PHASE", "SINCE", "BY", "NEXT TRY", "MESSAGE")
	t.spare = []string{"BY", "PHASE", "SINCE"}
	for _, h := range holds {
		message := h.Message
		if h.Code != 0 {
			message = fmt.Sprintf("%d %s", h.Code, message)
		}
		t.row(h.Account, string(h.Reason), string(h.Phase), secondText(h.Since), h.By, secondText(h.ProbeAt), message)
	}
	return t.flush()
}

func newHoldSet() *cobra.Command {
	var message string
	c := &cobra.Command{
		Use: "set", Short: "stop an account until clear", Args: exactArgs(0, "no arguments: name the account by --account"),
		Long: "No call is made for the account until the hold is cleared; calls in flight end as\nthey do. Its campaigns lose neither attempts nor time. An account that is on hold\n" +
			"already stays so, since when it was: the hold takes your message, and only clear\nlifts it from then on.\nWith --all every account is stopped that this Redis has seen, a worker serves or the\nsettings name; one that is first used later is not.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := allWanted(c)
			if err != nil {
				return err
			}
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				if all {
					return holdAll(ctx, c, d, message)
				}
				account := accountFlag(c)
				if err := warnOfStranger(ctx, c, d, account); err != nil {
					return err
				}
				before, err := d.Hold(ctx, account)
				if err != nil {
					return err
				}
				if err := d.SetHold(ctx, account, message); err != nil {
					return err
				}
				return printHeld(c, account, before)
			})
		},
	}
	addTarget(c)
	addAll(c)
	c.Flags().StringVar(&message, "message", "set by hand", "why, for those who see it")
	readsToo(c, "api_login", "accounts_dir") // to know accounts by
	return c
}

// printHeld says that an account is on hold by hand, and since when if it was on hold
// before: its campaigns have been waiting since then.
func printHeld(c *cobra.Command, account string, before *record.Hold) error {
	object := map[string]any{"account": account, "held": true}
	if before == nil {
		return printDone(c, object, "account %s is on hold\n", account)
	}
	object["since"] = before.Since
	if before.Reason == record.HoldOperator {
		return printDone(c, object, "account %s stays on hold, since %s; its message is the new one\n", account, secondText(before.Since))
	}
	return printDone(c, object, "account %s stays on hold, since %s (%s); from now on only octoq hold clear lifts it\n",
		account, secondText(before.Since), before.Reason)
}

// warnOfStranger warns that octoq does not know the account: if its name is
// mistyped, the account that was meant goes on sending.
func warnOfStranger(ctx context.Context, c *cobra.Command, d *admin.Service, account string) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	seen, err := d.Accounts(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(namedIn(c, k), account) || slices.Contains(seen, account) {
		return nil
	}
	known := "it has seen none yet"
	if len(seen) > 0 {
		known = "it knows " + strings.Join(seen, ", ")
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: this Redis has never seen an account %s (%s): is the name right?\n", account, known)
	return nil
}

func newHoldClear() *cobra.Command {
	c := &cobra.Command{
		Use: "clear", Short: "lift an account's hold", Args: exactArgs(0, "no arguments: name the account by --account"),
		Long: "Lifts the hold, however it was set. If its cause is still there, the next refusal sets\nit again. With --all every hold is lifted that was set by hand, also one that was set for\na single account.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := allWanted(c)
			if err != nil {
				return err
			}
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				if all {
					return clearAll(ctx, c, d)
				}
				account := accountFlag(c)
				was, err := d.ClearHold(ctx, account)
				if err != nil {
					return err
				}
				if !was {
					return fmt.Errorf("a hold of account %s: %w", account, campaign.ErrNotFound)
				}
				return printDone(c, map[string]any{"account": account, "held": false}, "the hold of account %s is lifted\n", account)
			})
		},
	}
	addTarget(c)
	addAll(c)
	return c
}
