package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/action"
)

func newReject() *cobra.Command {
	c := &cobra.Command{
		Use:   "reject ID --reason TEXT",
		Short: "say no to a campaign, with the reason",
		Long: "The campaign is cancelled, in every state before confirming, and its record says who\n" +
			"rejected it and why. A campaign whose confirm got no answer may have been sent, so it\n" +
			"cannot be cancelled: it is dead then (declined, maybe_confirmed), and is not confirmed\n" +
			"again.\n\n" + byFilterHelp + exitHelp,
		Args: exactArgs(1, "the campaign's id"),
		RunE: func(c *cobra.Command, args []string) error { return runReject(c, args[0]) },
	}
	addTarget(c)
	addFlags(c.Flags(), "retention")
	addReason(c, "why, for those who wrote the campaign; at most 500 characters")
	return alsoByFilter(c, action.Reject)
}

// addReason gives a command its flag --reason.
func addReason(c *cobra.Command, usage string) { c.Flags().String("reason", "", usage) }

// timelineReason is the usage of a reason that may be left out.
const timelineReason = "why, for the campaign's timeline; at most 500 characters"

func reasonFlag(c *cobra.Command) string {
	reason, _ := c.Flags().GetString("reason")
	return reason
}

func runReject(c *cobra.Command, id string) error {
	reason := reasonFlag(c)
	if reason == "" {
		return usagef("why? Give --reason TEXT, for those who wrote the campaign. Try: %s --help", c.CommandPath())
	}
	return withClient(c, func(ctx context.Context, client *enqueue.Client) error {
		r, err := client.Reject(ctx, accountFlag(c), id, reason)
		if err != nil {
			return err
		}
		text := "is rejected, and will be cancelled by its worker; it is " + string(r.State)
		switch r.State {
		case campaign.StateCancelled:
			text = "is rejected and cancelled"
		case campaign.StateDead:
			text = "is rejected, and dead: a confirm of it got no answer, so look at Octopush whether it was sent"
		}
		return printDone(c, r, "campaign %s %s\n", r.ID(), text)
	})
}
