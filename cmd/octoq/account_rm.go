package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
)

func newAccountRm() *cobra.Command {
	var cancelQueued bool
	c := &cobra.Command{
		Use:   "rm ACCOUNT",
		Short: "remove an account that is not used any more",
		Long: "Takes the account out of lists, metrics and the findings of doctor. That is refused\n" +
			"while a worker serves it, while a campaign of it has not ended or is dead, and while it\n" +
			"has schedules. --cancel-queued first cancels the campaigns that no worker has touched,\n" +
			"such as those of a mistyped account.\n\n" +
			"What keeps campaigns from being sent again stays: their ids stay taken for as long as\n" +
			"finished campaigns are remembered. Opt-outs, rules, budgets and a hold stay, too.\n" +
			"A producer that enqueues into the account, or a worker that serves it, brings it back.\n\n" + exitHelp,
		Args:              exactArgs(1, "the account's name"),
		ValidArgsFunction: completeAccountArgument,
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				cancelled, err := removeAccount(ctx, c, d, args[0], cancelQueued)
				if err != nil {
					return err
				}
				return printDone(c, map[string]any{"account": args[0], "removed": true, "cancelled": cancelled},
					"account %s is removed; campaigns cancelled: %d\n", args[0], cancelled)
			})
		},
	}
	addFlags(c.Flags(), "redis_url", "retention")
	addReason(c, timelineReason)
	c.Flags().BoolVar(&cancelQueued, "cancel-queued", false, "first cancel the campaigns that no worker has touched")
	return c
}

// removeAccount removes an account, and returns how many campaigns it has cancelled for
// that.
func removeAccount(ctx context.Context, c *cobra.Command, d *admin.Service, account string, cancelQueued bool) (int, error) {
	if err := d.CheckRemovable(ctx, account, cancelQueued); err != nil {
		return 0, err
	}
	cancelled := 0
	if cancelQueued {
		err := withClient(c, func(ctx context.Context, client *enqueue.Client) (err error) {
			cancelled, err = cancelAllQueued(ctx, client, account, reasonFlag(c))
			return err
		})
		if err != nil {
			return cancelled, err
		}
	}
	return cancelled, d.RemoveAccount(ctx, account)
}

// cancelAllQueued cancels the campaigns of an account that wait in its queue, and returns
// how many are cancelled. One that a worker has taken meanwhile is left to that.
func cancelAllQueued(ctx context.Context, client *enqueue.Client, account, reason string) (int, error) {
	const page = 1000
	cancelled := 0
	for f := (enqueue.Filter{Account: account, State: campaign.StateQueued, Limit: page}); ; {
		found, err := client.List(ctx, f)
		if err != nil {
			return cancelled, err
		}
		for _, queued := range found.Records {
			r, err := client.CancelBecause(ctx, account, queued.ID(), reason)
			if err != nil && !errors.Is(err, campaign.ErrState) && !errors.Is(err, campaign.ErrNotFound) {
				return cancelled, err
			}
			if err == nil && r.State == campaign.StateCancelled {
				cancelled++
			}
		}
		if f.Cursor = found.Next; f.Cursor == "" {
			return cancelled, nil
		}
	}
}
