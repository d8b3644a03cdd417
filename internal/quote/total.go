package quote

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
)

// Total is what a quote comes to. The JSON names are stable.
type Total struct {
	Quote     string         `json:"quote" doc:"its name: campaigns that are part of it have the label quote=NAME"`
	Campaigns int            `json:"campaigns"`
	Priced    int            `json:"priced" doc:"those that have a price"`
	Dead      int            `json:"dead" doc:"those that died, or were purged"`
	Contacts  int            `json:"contacts" doc:"of those that have a price"`
	Cost      campaign.Money `json:"cost" doc:"euros, of those that have a price"`
	// Balance is the credit at Octopush of all accounts of the quote, BalanceAt when the
	// workers asked, the one that asked first; nil where not all have.
	Balance   *campaign.Money        `json:"balance,omitempty" doc:"the credit at Octopush when a worker last asked; absent where none has"`
	BalanceAt time.Time              `json:"balance_at,omitzero" doc:"when that was"`
	Budgets   []admin.BudgetStanding `json:"budgets" doc:"all budgets of the account, as they stand"`

	open int // how many campaigns go on towards their price by themselves
}

// Settled reports whether no campaign of the quote goes on towards its price.
func (s *Total) Settled() bool { return s.open == 0 }

// add counts one campaign of the quote.
func (s *Total) add(r campaign.Record) {
	s.Campaigns++
	switch {
	case r.State == campaign.StateDead, r.State == campaign.StatePurged:
		s.Dead++
	case r.State == campaign.StateCancelled:
	case r.Priced():
		s.Priced++
		s.Contacts += r.Contacts
		s.Cost += r.Cost
	case !r.State.Final() && !needsPerson(r):
		s.open++
	}
}

// needsPerson reports whether a campaign goes no further before it is approved.
func needsPerson(r campaign.Record) bool {
	return r.State == campaign.StateAwaitingApproval && !r.Approved && !r.CancelRequested
}

// Lister finds campaigns; enqueue.Client is one.
type Lister interface {
	List(ctx context.Context, f enqueue.Filter) (enqueue.Page, error)
}

// Purse knows how budgets stand, and the credit at Octopush; admin.Service is one.
type Purse interface {
	Budgets(ctx context.Context, account string) ([]admin.BudgetStanding, error)
	Balance(ctx context.Context, account string) (*admin.Balance, error)
}

// Adder adds quotes up as they stand.
type Adder struct {
	Campaigns Lister
	Purse     Purse
}

// Sum adds up the campaigns that a quote has in some accounts.
func (q Adder) Sum(ctx context.Context, name string, accounts ...string) (Total, error) {
	s := Total{Quote: name, Budgets: []admin.BudgetStanding{}}
	for _, account := range accounts {
		if err := q.addAll(ctx, &s, account); err != nil {
			return s, err
		}
		budgets, err := q.Purse.Budgets(ctx, account)
		if err != nil {
			return s, err
		}
		s.Budgets = append(s.Budgets, budgets...)
	}
	err := q.addBalances(ctx, &s, accounts)
	return s, err
}

// addBalances adds up the credit of all accounts, if it is known of all of them.
func (q Adder) addBalances(ctx context.Context, s *Total, accounts []string) error {
	var sum campaign.Money
	for _, account := range accounts {
		seen, err := q.Purse.Balance(ctx, account)
		if err != nil {
			return err
		}
		if seen == nil {
			s.BalanceAt = time.Time{}
			return nil
		}
		sum += seen.Amount
		if s.BalanceAt.IsZero() || seen.At.Before(s.BalanceAt) {
			s.BalanceAt = seen.At
		}
	}
	s.Balance = &sum
	return nil
}

// addAll adds the campaigns of one account.
func (q Adder) addAll(ctx context.Context, s *Total, account string) error {
	const page = 500
	f := enqueue.Filter{Account: account, Labels: map[string]string{Label: s.Quote}, Limit: page}
	for {
		got, err := q.Campaigns.List(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range got.Records {
			s.add(r)
		}
		if f.Cursor = got.Next; f.Cursor == "" {
			return nil
		}
	}
}
