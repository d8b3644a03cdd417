package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
)

func newAccount() *cobra.Command {
	c := &cobra.Command{
		Use:   "account",
		Short: "see and remove accounts",
		Long: "An account is listed once a producer has enqueued into it or a worker has served it,\n" +
			"also one whose name was mistyped. Accounts are added by the settings of workers.\n\n" + exitHelp,
		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
	}
	c.AddCommand(newAccountLs(), newAccountRm())
	return c
}

func newAccountLs() *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: "list the accounts, and what they are needed for", Args: exactArgs(0, "no arguments"),
		Long: "Lists the accounts that this Redis has seen, a worker serves or the settings here name:\n" +
			"how many workers serve each, how many tasks wait, how many campaigns have not ended or\n" +
			"are dead, and how many schedules there are.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			k, err := load(c.Flags())
			if err != nil {
				return err
			}
			named := namedIn(c, k)
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				uses, err := d.AccountUses(ctx, named...)
				if err != nil {
					return err
				}
				return printAccounts(c, uses, named)
			})
		},
	}
	addFlags(c.Flags(), "redis_url")
	readsToo(c, "api_login", "accounts_dir") // to know accounts by
	return c
}

// listedAccount is a line of ls as JSON.
type listedAccount struct {
	admin.AccountUse

	Named bool `json:"named"` // by the settings here
}

func printAccounts(c *cobra.Command, uses []admin.AccountUse, named []string) error {
	t := newTable(c.OutOrStdout(), "ACCOUNT", "WORKERS", "WAITING", "UNFINISHED", "DEAD", "SCHEDULES", "SETTINGS")
	t.spare = []string{"SETTINGS", "SCHEDULES"}
	for _, u := range uses {
		here := slices.Contains(named, u.Account)
		if jsonWanted(c) {
			if err := printJSON(c.OutOrStdout(), listedAccount{AccountUse: u, Named: here}); err != nil {
				return err
			}
			continue
		}
		settings := "no"
		if here {
			settings = "yes"
		}
		t.row(u.Account, strconv.Itoa(u.Workers), strconv.FormatInt(u.Waiting, 10), strconv.FormatInt(u.Unfinished, 10), strconv.FormatInt(u.Dead, 10),
			strconv.Itoa(u.Schedules), settings)
	}
	switch {
	case jsonWanted(c):
		return nil
	case len(uses) == 0:
		_, err := fmt.Fprintln(c.OutOrStdout(), "there is no account yet")
		return err
	default:
		return t.flush()
	}
}

// completeAccountArgument offers accounts for a command's one argument.
func completeAccountArgument(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 || strings.HasPrefix(begun, "-") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return completeAccounts(c, args, begun)
}
