package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/action"
)

func newCancel() *cobra.Command {
	c := &cobra.Command{
		Use:   "cancel ID",
		Short: "see to it that a campaign is not sent",
		Long: "Possible in every state before confirming. A campaign that no worker has touched is\n" +
			"cancelled at once, any other by its worker; --wait waits for that. The replay of a dead\n" +
			"campaign is cancelled until a worker has begun it.\n\n" + byFilterHelp + exitHelp,
		Args: exactArgs(1, "the campaign's id"),
		RunE: func(c *cobra.Command, args []string) error { return runCancel(c, args[0]) },
	}
	addTarget(c)
	addFlags(c.Flags(), "retention")
	addReason(c, timelineReason)
	c.Flags().Duration("wait", 0, "how long to wait until it is cancelled")
	return alsoByFilter(c, action.Cancel)
}

func runCancel(c *cobra.Command, id string) error {
	wait, err := c.Flags().GetDuration("wait")
	if err != nil {
		return err
	}
	return withClient(c, func(ctx context.Context, client *enqueue.Client) error {
		r, err := client.CancelBecause(ctx, accountFlag(c), id, reasonFlag(c))
		if err != nil {
			return err
		}
		if wait > 0 {
			r = awaitEnd(ctx, client, r, wait)
		}
		return printCancelled(c, r, wait)
	})
}

// awaitEnd looks at the campaign until its cancel has ended, one way or the other,
// and returns it as it was last seen.
func awaitEnd(ctx context.Context, client *enqueue.Client, r campaign.Record, wait time.Duration) campaign.Record {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !r.State.Final() && r.CancelRequested {
		select {
		case <-ctx.Done():
			return r
		case <-tick.C:
		}
		if fresh, err := client.Get(context.WithoutCancel(ctx), r.Account(), r.ID()); err == nil {
			r = fresh
		}
	}
	return r
}

// printCancelled says what became of it; after waiting only cancelled is good.
func printCancelled(c *cobra.Command, r campaign.Record, wait time.Duration) error {
	if r.State == campaign.StateDead {
		return printDone(c, r, "campaign %s is dead and stays so: the replay that was asked for is cancelled\n", r.ID())
	}
	if wait > 0 && r.State != campaign.StateCancelled {
		why := "it is not cancelled yet; a worker will go on"
		if r.State.Final() || !r.CancelRequested {
			why = "it was not cancelled; " + r.Waiting
		}
		return &campaign.StateError{Account: r.Account(), ID: r.ID(), State: r.State, Asked: "cancel", Why: why}
	}
	text := "is cancelled"
	if r.State != campaign.StateCancelled {
		text = "will be cancelled by its worker; it is " + string(r.State)
	}
	return printDone(c, r, "campaign %s %s\n", r.ID(), text)
}
