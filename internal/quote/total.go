package quote

import (
	"context"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
)

// Total is what a quote comes to. The JSON names are stable.
type Total struct {
	Quote     string                 `json:"quote" doc:"its name: campaigns that are part of it have the label quote=NAME"`
	Campaigns int                    `json:"campaigns"`
	Priced    int                    `json:"priced" doc:"those that have a price"`
	Dead      int                    `json:"dead" doc:"those that died, or were purged"`
	Contacts  int                    `json:"contacts" doc:"of those that have a price"`
	Cost      campaign.Money         `json:"cost" doc:"euros, of those that have a price"`
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

// Budgeter knows how budgets stand; admin.Service is one.
type Budgeter interface {
	Budgets(ctx context.Context, account string) ([]admin.BudgetStanding, error)
}

// Adder adds quotes up as they stand.
type Adder struct {
	Campaigns Lister
	Budgets   Budgeter
}

// Sum adds up the campaigns that a quote has in some accounts.
func (q Adder) Sum(ctx context.Context, name string, accounts ...string) (Total, error) {
	s := Total{Quote: name, Budgets: []admin.BudgetStanding{}}
	for _, account := range accounts {
		if err := q.addAll(ctx, &s, account); err != nil {
			return s, err
		}
		budgets, err := q.Budgets.Budgets(ctx, account)
		if err != nil {
			return s, err
		}
		s.Budgets = append(s.Budgets, budgets...)
	}
	return s, nil
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
