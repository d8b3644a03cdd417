package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/quote"
)

func newQuote() *cobra.Command {
	c := &cobra.Command{
		Use:   "quote FILE",
		Short: "enqueue a file, and say what it will cost before any of it is sent",
		Long: "Enqueues all campaigns of a file with confirm manual and the label quote=NAME, waits\n" +
			"until Octopush has named their prices, and prints the sum, the credit at Octopush when\n" +
			"a worker last asked, and how the budgets of their accounts stand. Nothing is sent until\n" +
			"octoq approve --label quote=NAME; octoq reject --label quote=NAME ends it. What is\n" +
			"not approved within --keep is cancelled.\n" +
			"FILE is read as octoq enqueue reads it; of a file with faults nothing is enqueued.\n" +
			"Campaigns without an id get one that is made of their content and the name: with\n" +
			"--name, a run that is repeated enqueues nothing twice, and goes on waiting. Ctrl-C\n" +
			"ends the wait alone.\n\n" +
			"Exit codes here: 0 all are priced, 1 some died or are not part of the quote, 2 the\n" +
			"file has faults.\n" + exitHelp,
		Args: exactArgs(1, "one file of campaigns, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error { return runQuote(c, args[0]) },
	}
	f := c.Flags()
	addFlags(f, "redis_url")
	addReadFlags(f)
	f.String("account", campaign.DefaultAccount, "account of campaigns that name none")
	f.String("name", "", "name of the quote; without it q- and the time")
	f.String("keep", "7d", "cancel what is not approved after this time")
	f.String("rejects", "", "file to write the refused lines to, with their faults")
	readsToo(c, "window", "accounts_dir")
	return c
}

// quotation is a quote in the making.
type quotation struct {
	name     string
	keep     time.Duration
	accounts []string
}

// quoteOf is the quote that the flags describe.
func quoteOf(c *cobra.Command, now time.Time) (*quotation, error) {
	q := &quotation{name: quote.NameAt(now)}
	if f := c.Flags().Lookup("name"); f.Changed {
		q.name = f.Value.String()
		if err := quote.CheckName(q.name); err != nil {
			return nil, usagef("--name %v", err)
		}
	}
	text, _ := c.Flags().GetString("keep")
	var err error
	if q.keep, err = quote.ParseKeep(text); err != nil {
		return nil, usagef("--keep %v", err)
	}
	return q, nil
}

// part makes a campaign part of the quote, and notes its account.
func (q *quotation) part(item campaign.Campaign) (campaign.Campaign, error) {
	item, err := quote.PartOf(q.name)(item)
	if account := content.WithDefaults(item).Account; err == nil && !slices.Contains(q.accounts, account) {
		q.accounts = append(q.accounts, account)
	}
	return item, err
}

func runQuote(c *cobra.Command, file string) error {
	q, err := quoteOf(c, time.Now())
	if err != nil {
		return err
	}
	in, err := fileSource(c, file, q.part)
	if err != nil {
		return err
	}
	defer in.close()
	report, err := newEnqueueReport(c, in)
	if err != nil {
		return err
	}
	defer report.close()
	report.json, report.out = false, c.ErrOrStderr()
	configure := func(cfg *enqueue.Config, k *koanf.Koanf, caller access.Caller) {
		cfg.Windows, cfg.Warn, in.rule = windowsOf(k), report.warn, ruleOf(caller)
	}
	return withClientOf(c, configure, func(_ context.Context, client *enqueue.Client) error {
		in.check = func(item campaign.Campaign) error { return client.Check(item) }
		return q.run(c, client, in, report)
	})
}

// run enqueues the file and waits for the prices.
func (q *quotation) run(c *cobra.Command, client *enqueue.Client, in *source, report *enqueueReport) error {
	_, _ = fmt.Fprintln(c.ErrOrStderr(), "quote "+q.name)
	if err := report.begin(); err != nil {
		return err
	}
	items, ok := report.vet(in.pieces)
	if !ok {
		return report.finish()
	}
	return withDesk(c, func(ctx context.Context, d *admin.Service) error {
		if err := q.keepEach(ctx, d); err != nil {
			return err
		}
		err := report.enqueue(ctx, client, items, nil)
		if coded, ok := errors.AsType[*codeError](err); err != nil && (!ok || coded.code != exitKnown) {
			return err
		}
		sum, err := q.await(ctx, c, quote.Adder{Campaigns: client, Purse: d})
		if err != nil {
			return err
		}
		if err := q.print(c, sum); err != nil {
			return err
		}
		if other := in.tally.other.Load(); other > 0 || sum.Priced < sum.Campaigns || sum.Campaigns == 0 {
			return errSilent(exitFailed)
		}
		return nil
	})
}

// keepEach notes when the quote ends, before any campaign waits for that.
func (q *quotation) keepEach(ctx context.Context, d *admin.Service) error {
	for _, account := range q.accounts {
		if err := d.KeepQuote(ctx, account, q.name, q.keep); err != nil {
			return err
		}
	}
	return nil
}

// decisions are the commands that decide on the quote, by account.
func (q *quotation) decisions(verb string) string {
	var all []string
	for _, account := range q.accounts {
		words := []string{"octoq", verb, "--label", quote.Label + "=" + q.name}
		if account != campaign.DefaultAccount {
			words = append(words, "--account", account)
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, "; ")
}
