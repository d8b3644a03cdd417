package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
)

func newVouch() *cobra.Command {
	var reason string
	var all bool
	c := &cobra.Command{
		Use:   "vouch --reason TEXT",
		Short: "say that Redis has forgotten nothing",
		Long: "After Redis was restarted or replaced, octoq takes care for a day that nothing is sent\n" +
			"twice that Redis may have forgotten: campaigns may wait for a person or end as\n" +
			"maybe_confirmed. If you know that nothing was forgotten (a clean restart, a planned\n" +
			"fail-over, a new account), say so: what waits for that goes on, and marks that this\n" +
			"doubt alone has set are taken off letters. Your word is on record. If it is wrong,\n" +
			"campaigns may be sent twice.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments: name the account by --account, or --all"),
		RunE: func(c *cobra.Command, _ []string) error {
			if reason == "" {
				return usagef("say why you are sure: give --reason TEXT, such as --reason 'clean restart, append-only file intact'")
			}
			if all && c.Flags().Changed("account") {
				return usagef("give --account or --all, not both")
			}
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				done, err := vouch(ctx, c, d, all, reason)
				if printed := printVouched(c, done); err == nil {
					err = printed
				}
				return err
			})
		},
	}
	addTarget(c)
	c.Flags().StringVar(&reason, "reason", "", "why you are sure, for those who read it later")
	c.Flags().BoolVar(&all, "all", false, "for every account that this Redis has seen")
	readsToo(c, "api_login") // to know the default account by
	return c
}

func vouch(ctx context.Context, c *cobra.Command, d *admin.Service, all bool, reason string) ([]admin.Vouched, error) {
	if all {
		return d.VouchAll(ctx, reason)
	}
	account := accountFlag(c)
	if err := warnOfStranger(ctx, c, d, account); err != nil {
		return nil, err
	}
	done, err := d.Vouch(ctx, account, reason)
	if err != nil {
		return nil, err
	}
	return []admin.Vouched{done}, nil
}

func printVouched(c *cobra.Command, done []admin.Vouched) error {
	for _, v := range done {
		object := map[string]any{"account": v.Account, "replaced": v.Replaced, "resumed": v.Resumed, "unmarked": v.Unmarked}
		line := fmt.Sprintf("account %s: vouched%s; %d campaigns that waited go on, %d letters lost their mark\n",
			v.Account, coveredText(v.Replaced), v.Resumed, v.Unmarked)
		if err := printDone(c, object, "%s", line); err != nil {
			return err
		}
	}
	return nil
}

// coveredText names what a vouch covers: an operator may know of one restart, and
// there was another.
func coveredText(replaced []time.Time) string {
	if len(replaced) == 0 {
		return ""
	}
	times := make([]string, len(replaced))
	for i, at := range replaced {
		times[i] = at.Format(time.RFC3339)
	}
	return " for the Redis that was replaced at " + strings.Join(times, ", ")
}
