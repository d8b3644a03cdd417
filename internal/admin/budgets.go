package admin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redisclock"
)

// BudgetStanding is a budget and how it stands in its period. The JSON names are stable.
type BudgetStanding struct {
	Account string `json:"account"`
	budget.Budget
	// Used is what campaigns that were sent have cost, Reserved what those may cost whose
	// confirm is under way or was not answered. Of a budget whose amount is for each value
	// of its label it is the sum of all values.
	Used             campaign.Money `json:"used" doc:"euros of campaigns that were sent"`
	UsedContacts     int            `json:"used_contacts"`
	Reserved         campaign.Money `json:"reserved" doc:"euros of campaigns whose confirm is under way or was not answered"`
	ReservedContacts int            `json:"reserved_contacts"`
	Values           []ValueSpent   `json:"values,omitempty" doc:"for a label without a value: each value that has spent something"`
	PeriodStart      time.Time      `json:"period_start"`
	PeriodEnd        time.Time      `json:"period_end"`
}

// ValueSpent is what one value of a label has spent.
type ValueSpent struct {
	Value    string         `json:"value"`
	Used     campaign.Money `json:"used"`
	Reserved campaign.Money `json:"reserved"`
}

// mostValues bounds the values that are shown of one budget, those that spent most first.
const mostValues = 100

// Budgets lists the budgets of an account by name, and how they stand now.
func (d *Service) Budgets(ctx context.Context, account string) ([]BudgetStanding, error) {
	stored, err := d.policies.Read(ctx, account)
	if err != nil {
		return nil, err
	}
	return d.budgetStandings(ctx, account, stored.Budgets)
}

func (d *Service) budgetStandings(ctx context.Context, account string, budgets []budget.Budget) ([]BudgetStanding, error) {
	all := []BudgetStanding{}
	if len(budgets) == 0 {
		return all, nil
	}
	now, err := redisclock.Ask(ctx, d.rdb, key.Meta(account))()
	if err != nil {
		return nil, fmt.Errorf("read the budgets of account %s: %w", account, err)
	}
	usage, err := d.policies.Usage(ctx, account, budgets, now)
	if err != nil {
		return nil, err
	}
	for _, u := range usage {
		s := BudgetStanding{Account: account, Budget: u.Budget.WithDefaults(), PeriodStart: u.Period.Start.UTC(), PeriodEnd: u.Period.End.UTC()}
		s.add(u.Spent)
		all = append(all, s)
	}
	return all, nil
}

// add sums up what the values of a budget have spent.
func (s *BudgetStanding) add(spent map[string]budget.Spent) {
	for _, value := range slices.Sorted(maps.Keys(spent)) {
		one := spent[value]
		s.Used, s.UsedContacts = s.Used+one.Used, s.UsedContacts+one.UsedContacts
		s.Reserved, s.ReservedContacts = s.Reserved+one.Reserved, s.ReservedContacts+one.ReservedContacts
		if value != "" {
			s.Values = append(s.Values, ValueSpent{Value: value, Used: one.Used, Reserved: one.Reserved})
		}
	}
	slices.SortStableFunc(s.Values, func(a, b ValueSpent) int { return int(b.Used + b.Reserved - a.Used - a.Reserved) })
	s.Values = s.Values[:min(len(s.Values), mostValues)]
}

// fullest is the largest part of the amount that is spent or reserved, of one value where
// each has an amount of its own.
func (s BudgetStanding) fullest() float64 {
	most := s.Used + s.Reserved
	if len(s.Values) > 0 {
		most = s.Values[0].Used + s.Values[0].Reserved
	}
	part := float64(most) / float64(s.Amount)
	if s.Contacts > 0 && len(s.Values) == 0 {
		part = max(part, float64(s.UsedContacts+s.ReservedContacts)/float64(s.Contacts))
	}
	return part
}

// SetBudget sets a budget, in the place of one of the same name. Warnings are for people:
// workers that do not know budgets do not keep to them.
func (d *Service) SetBudget(ctx context.Context, account string, b budget.Budget) (BudgetStanding, []string, error) {
	err := d.policies.Change(ctx, account, func(p budget.StoredPolicy) (budget.StoredPolicy, error) { return p.WithBudget(b) })
	if err != nil {
		return BudgetStanding{}, nil, err
	}
	d.noted(ctx, Note{Action: "budget.set", Account: account, Subject: "budget:" + b.Name, Detail: b.String()})
	all, err := d.Budgets(ctx, account)
	if err != nil {
		return BudgetStanding{}, nil, err
	}
	i := slices.IndexFunc(all, func(s BudgetStanding) bool { return s.Name == b.Name })
	if i < 0 {
		return BudgetStanding{}, nil, fmt.Errorf("budget %s: %w", b.Name, campaign.ErrNotFound) // removed meanwhile
	}
	warnings, err := d.olderWorkers(ctx, account)
	return all[i], warnings, err
}

// RemoveBudget removes a budget. What it counted is kept.
func (d *Service) RemoveBudget(ctx context.Context, account, name string) error {
	err := d.policies.Change(ctx, account, func(p budget.StoredPolicy) (budget.StoredPolicy, error) { return p.WithoutBudget(name) })
	if err == nil {
		d.noted(ctx, Note{Action: "budget.rm", Account: account, Subject: "budget:" + name})
	}
	return err
}

// olderWorkers warns of workers that do not know rules and budgets.
func (d *Service) olderWorkers(ctx context.Context, account string) ([]string, error) {
	living, err := d.peers.Living(ctx, account)
	if err != nil {
		return nil, err
	}
	var older []string
	for _, w := range living {
		if w.Settings["budgets"] == "" {
			older = append(older, w.Name)
		}
	}
	if len(older) == 0 {
		return nil, nil
	}
	slices.Sort(older)
	return []string{"these workers are older than rules and budgets, and do not keep to them until they are updated: " + strings.Join(older, ", ")}, nil
}
