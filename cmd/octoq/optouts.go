package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/resultstore"
)

func newOptOuts() *cobra.Command {
	b := messageBook{list: func(ctx context.Context, s *resultstore.Store, account, cursor string, limit int) (resultstore.MessagePage, error) {
		return s.OptOuts(ctx, account, cursor, limit)
	}, none: "no number has opted out"}
	c := &cobra.Command{
		Use: "optouts", Short: "see, export and delete the numbers that want no more messages", Args: cobra.ArbitraryArgs, RunE: unknownCommand,
		Long: "Recipients who answered STOP, as Octopush reports them to octoq web (see octoq web\n--help, callbacks). They are kept until you delete them.\n\n" + exitHelp,
	}
	c.AddCommand(
		newMessageLs(b, "Lists the opt-outs of an account. Of a number that was deleted its keyed hash is left."),
		newMessageExport(b, "Prints the opt-outs of an account as CSV, to show who has said STOP, and when."),
		newOptOutRm(),
	)
	return c
}

func newOptOutRm() *cobra.Command {
	c := &cobra.Command{
		Use: "rm NUMBER", Short: "delete a number, which stays blocked", Args: exactArgs(1, "the number, such as +33612345678"),
		Long: "Deletes a number and its replies. Its keyed hash stays, so that the number stays blocked\nand can no longer be read. The keys for numbers have to be those of octoq web.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, args []string) error {
			return withNumbers(c, func(ctx context.Context, d *admin.Service, s *resultstore.Store) error {
				account := accountFlag(c)
				replies, blocked, err := d.ForgetNumber(ctx, s, account, args[0])
				if err != nil {
					return err
				}
				if !blocked && replies == 0 {
					return fmt.Errorf("an opt-out of this number in account %s: %w", account, campaign.ErrNotFound)
				}
				return printDone(c, map[string]any{"account": account, "replies": replies, "blocked": blocked}, "the number is deleted, with %d replies; %s\n", replies, blockedText(blocked))
			})
		},
	}
	addTarget(c)
	addNumberKeys(c)
	return c
}

func blockedText(blocked bool) string {
	if blocked {
		return "it stays blocked"
	}
	return "it had not opted out"
}
