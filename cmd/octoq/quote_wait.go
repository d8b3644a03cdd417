package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// quoteSum is what a quote comes to, as --json prints it.
type quoteSum struct {
	Quote     string         `json:"quote"`
	Campaigns int            `json:"campaigns"`
	Priced    int            `json:"priced"`
	Dead      int            `json:"dead"`
	Contacts  int            `json:"contacts"`
	Cost      campaign.Money `json:"cost"`

	open int // that go on towards their price by themselves
}

// add counts one campaign of the quote.
func (s *quoteSum) add(r campaign.Record) {
	s.Campaigns++
	switch {
	case r.State == campaign.StateDead, r.State == campaign.StatePurged:
		s.Dead++
	case r.State == campaign.StateCancelled:
	case r.Priced():
		s.Priced++
		s.Contacts += r.Contacts
		s.Cost += r.Cost
	case !needsPerson(r) && !r.State.Final():
		s.open++
	}
}

// await adds up the campaigns of the quote until none goes on towards its price.
func (q *quote) await(ctx context.Context, c *cobra.Command, client *enqueue.Client) (quoteSum, error) {
	const every = time.Second
	tick := time.NewTicker(every)
	defer tick.Stop()
	shown := -1
	for {
		sum, err := q.sum(ctx, client)
		switch {
		case ctx.Err() != nil:
			return sum, fmt.Errorf("%w: the campaigns go on, and wait to be approved: %s", context.Cause(ctx), q.decisions("approve"))
		case err != nil && !redisAway(err):
			return sum, err
		case err == nil && sum.open == 0:
			return sum, nil
		case err == nil && sum.Priced != shown:
			shown = sum.Priced
			_, _ = fmt.Fprintf(c.ErrOrStderr(), "%d of %d campaigns are priced\n", sum.Priced, sum.Campaigns)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// sum adds up the campaigns of the quote as they stand.
func (q *quote) sum(ctx context.Context, client *enqueue.Client) (quoteSum, error) {
	sum := quoteSum{Quote: q.name}
	for _, account := range q.accounts {
		filter := enqueue.Filter{Account: account, Labels: map[string]string{quoteLabel: q.name}}
		_, err := listPages(ctx, client, filter, 0, func(r campaign.Record) error {
			sum.add(r)
			return nil
		})
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// print says what the quote comes to, and what to do about it.
func (s *quoteSum) print(c *cobra.Command, q *quote) error {
	if jsonWanted(c) {
		return printJSON(c.OutOrStdout(), s)
	}
	t := newRows(c.OutOrStdout())
	t.set("quote", s.Quote)
	t.set("campaigns", strconv.Itoa(s.Campaigns))
	t.set("priced", strconv.Itoa(s.Priced))
	t.set("dead", strconv.Itoa(s.Dead))
	t.set("contacts", strconv.Itoa(s.Contacts))
	t.set("cost", s.Cost.String())
	t.set("to send it", q.decisions("approve"))
	t.set("to end it", q.decisions("reject")+" --reason '…'")
	return t.flush()
}
