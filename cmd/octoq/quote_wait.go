package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/quote"
)

// await adds up the campaigns of the quote until none goes on towards its price.
func (q *quotation) await(ctx context.Context, c *cobra.Command, adder quote.Adder) (quote.Total, error) {
	const every = time.Second
	tick := time.NewTicker(every)
	defer tick.Stop()
	shown := -1
	for {
		sum, err := adder.Sum(ctx, q.name, q.accounts...)
		switch {
		case ctx.Err() != nil:
			return sum, fmt.Errorf("%w: the campaigns go on, and wait to be approved: %s", context.Cause(ctx), q.decisions("approve"))
		case err != nil && !redisAway(err):
			return sum, err
		case err == nil && sum.Settled():
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

// print says what the quote comes to, and what to do about it.
func (q *quotation) print(c *cobra.Command, s quote.Total) error {
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
	balance := "not known: no worker has asked for it yet"
	if s.Balance != nil {
		balance = s.Balance.String() + " at " + secondText(s.BalanceAt)
	}
	t.set("balance", balance)
	for _, b := range s.Budgets {
		t.set("budget "+b.Name, budgetText(b))
	}
	t.set("to send it", q.decisions("approve"))
	t.set("to end it", q.decisions("reject")+" --reason '…'")
	return t.flush()
}

// budgetText is how a budget stands, in one line.
func budgetText(b admin.BudgetStanding) string {
	whole, whose := "of "+b.Amount.String(), ""
	if b.Label != "" {
		whose = ", for label " + b.Label
	}
	return fmt.Sprintf("%s used and %s reserved %s until %s, account %s%s", b.Used, b.Reserved, whole, secondText(b.PeriodEnd), b.Account, whose)
}
