package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/action"
	"github.com/octoq/octoq/internal/admin"
)

func newApprove() *cobra.Command {
	c := &cobra.Command{
		Use:   "approve ID",
		Short: "let a campaign be confirmed that waits for a person",
		Long: "An approval covers a price: what is dearer, goes to more contacts or has another\n" +
			"content waits for approval again. On a terminal, price, contacts and text are\n" +
			"shown and asked about. Elsewhere give --cost, the price that you saw, or --up-to,\n" +
			"the most that it may cost; the latter before there is a price, too.\n\n" +
			"Another campaign to the same list or tag within a day is a warning.\n\n" +
			"The last approval holds; giving it twice does nothing more. It is refused where\n" +
			"the campaign costs more by now, and where it would only die of it: expires_at has\n" +
			"passed, or send_at has, and late is dead.\n\n" +
			"A campaign that waits because Redis was replaced may have been sent already: it is\n" +
			"approved with --force alone, which accepts a second sending and goes on record.\n\n" +
			byFilterHelp + "A plan covers the prices that it showed.\n\n" + exitHelp,
		Args: exactArgs(1, "the campaign's id"),
		RunE: func(c *cobra.Command, args []string) error { return runApprove(c, args[0]) },
	}
	addTarget(c)
	addFlags(c.Flags(), "retention")
	c.Flags().String("cost", "", "the price that you saw, in euros: 19.75")
	c.Flags().Int("contacts", 0, "the contacts that you saw; with --up-to, the most there may be")
	c.Flags().String("up-to", "", "the most that it may cost, in euros: 25.00")
	c.Flags().Bool("force", false, "accept that it may be sent a second time, where Redis was replaced; this goes on record")
	return alsoByFilter(c, action.Approve)
}

func runApprove(c *cobra.Command, id string) error {
	approval, given, err := approvalFlags(c)
	if err != nil {
		return err
	}
	return withClient(c, func(ctx context.Context, client *enqueue.Client) error {
		if !given {
			r, err := client.Get(ctx, accountFlag(c), id)
			if err != nil {
				return err
			}
			if approval, err = askApproval(ctx, c, r, sameList(c, r)); err != nil {
				return err
			}
		}
		r, err := client.Approve(ctx, accountFlag(c), id, approval)
		if err != nil {
			return err
		}
		if given {
			warnAll(c, sameList(c, r))
		}
		return printDone(c, r, "campaign %s is approved %s: %s\n", r.ID(), coverText(r), r.State)
	})
}

// sameList says which other campaigns go to the same list or tag within a day. It is a
// warning: that it cannot be read is one, too.
func sameList(c *cobra.Command, r campaign.Record) []string {
	var texts []string
	err := withDesk(c, func(ctx context.Context, d *admin.Service) error {
		now := time.Now()
		others, err := d.Sendings(ctx, r.Account(), now)
		for _, w := range admin.SameList(r, others, now) {
			texts = append(texts, w.Problem)
		}
		return err
	})
	if err != nil {
		texts = append(texts, "it is not known what else goes to the same list: "+err.Error())
	}
	return texts
}

// approvalFlags is the approval that the flags name; given reports whether they
// name one.
func approvalFlags(c *cobra.Command) (a campaign.Approval, given bool, err error) {
	if a.Cost, err = moneyFlag(c, "cost"); err != nil {
		return a, false, err
	}
	if a.UpTo, err = moneyFlag(c, "up-to"); err != nil {
		return a, false, err
	}
	if c.Flags().Changed("contacts") {
		n, err := c.Flags().GetInt("contacts")
		if err != nil {
			return a, false, err
		}
		a.Contacts = &n
	}
	if a == (campaign.Approval{}) {
		return a, false, nil
	}
	if a.Force, err = c.Flags().GetBool("force"); err != nil {
		return a, false, err
	}
	if err := a.Validate(); err != nil {
		return a, false, usagef("%s Try: %s --help", sentence(err), c.CommandPath())
	}
	return a, true, nil
}

// moneyFlag is an amount of euros, nil if the flag was not given.
func moneyFlag(c *cobra.Command, name string) (*campaign.Money, error) {
	if !c.Flags().Changed(name) {
		return nil, nil //nolint:nilnil // no amount is no error
	}
	text, err := c.Flags().GetString(name)
	if err != nil {
		return nil, err
	}
	if err := emptyFlag(name, text); err != nil {
		return nil, err
	}
	if err := exponent(name, text); err != nil {
		return nil, err
	}
	m, err := campaign.ParseMoney(text)
	if err != nil {
		return nil, usagef("--%s: %q %v", name, text, err)
	}
	return &m, nil
}
