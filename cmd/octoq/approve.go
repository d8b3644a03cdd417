package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/enqueue"
)

func newApprove() *cobra.Command {
	c := &cobra.Command{
		Use:   "approve ID",
		Short: "let a campaign be confirmed that waits for a person",
		Long: "It may be given before the campaign is priced. Approving twice does nothing more.\n" +
			"It is refused where the campaign would only die of it: expires_at has passed, or\n" +
			"send_at has, and late is dead.\n\n" + exitHelp,
		Args: exactArgs(1, "the campaign's id"),
		RunE: func(c *cobra.Command, args []string) error {
			return withClient(c, func(ctx context.Context, client *enqueue.Client) error {
				r, err := client.Approve(ctx, accountFlag(c), args[0])
				if err != nil {
					return err
				}
				if jsonWanted(c) {
					return printJSON(c.OutOrStdout(), r)
				}
				_, err = fmt.Fprintf(c.OutOrStdout(), "campaign %s is approved: %s\n", r.ID(), r.State)
				return err
			})
		},
	}
	addTarget(c)
	addFlags(c.Flags(), "retention")
	return c
}
