package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/resultstore"
)

func newReplies() *cobra.Command {
	b := messageBook{list: func(ctx context.Context, s *resultstore.Store, account, cursor string, limit int) (resultstore.MessagePage, error) {
		return s.Replies(ctx, account, cursor, limit)
	}, none: "there is no reply"}
	c := &cobra.Command{
		Use: "replies", Short: "see, export and delete what recipients answered", Args: cobra.ArbitraryArgs, RunE: unknownCommand,
		Long: "Replies of recipients, as Octopush reports them to octoq web (see octoq web --help,\ncallbacks). They are kept for as long as numbers_keep says, 30 days by default.\n\n" + exitHelp,
	}
	c.AddCommand(newMessageLs(b, "Lists the replies of an account."), newMessageExport(b, "Prints the replies of an account as CSV."), newReplyRm())
	return c
}

func newReplyRm() *cobra.Command {
	c := &cobra.Command{
		Use: "rm NUMBER", Short: "delete the replies of a number", Args: exactArgs(1, "the number, such as +33612345678"),
		Long: "Deletes all replies of a number. An opt-out of it stays; octoq optouts rm deletes the\nnumber of that, too. The keys for numbers have to be those of octoq web.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, args []string) error {
			return withNumbers(c, func(ctx context.Context, d *admin.Service, s *resultstore.Store) error {
				account := accountFlag(c)
				n, err := d.ForgetReplies(ctx, s, account, args[0])
				if err != nil {
					return err
				}
				if n == 0 {
					return fmt.Errorf("replies of this number in account %s: %w", account, campaign.ErrNotFound)
				}
				return printDone(c, map[string]any{"account": account, "replies": n}, "%d replies are deleted\n", n)
			})
		},
	}
	addTarget(c)
	addNumberKeys(c)
	return c
}
