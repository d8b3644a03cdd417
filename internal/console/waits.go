package console

import (
	"slices"

	"github.com/octoq/octoq/campaign"
)

// WaitText says what the campaign waits for, "" if for nothing.
func (r seenRecord) WaitText() string {
	if r.WaitsForVouch() {
		return words(r.Waiting)
	}
	return visible(r.Waiting)
}

// WithoutTicket reports whether the campaign waits without a ticket at Octopush: its
// account takes one unconfirmed campaign at a time, so its ticket was deleted.
func (r seenRecord) WithoutTicket() bool {
	waits := r.Waits() || r.State == campaign.StateReady && r.Waiting != ""
	return waits && r.Priced() && r.Ticket == "" && !r.WaitsForVouch()
}

// nameBudgets adds to a campaign that waits the budgets that have not enough left for it.
func (v *visit) nameBudgets(r *seenRecord) error {
	if r.Waiting == "" || !r.Living() || len(r.FullBudgets) == 0 {
		return nil
	}
	if v.budgets == nil {
		var all struct{ Items []budgetShown }
		if _, err := v.ask(apiRequest{path: pathOf("accounts", v.account, "budgets"), into: &all}); err != nil {
			return err
		}
		v.budgets = all.Items
	}
	for _, b := range v.budgets {
		if slices.ContainsFunc(r.FullBudgets, func(c campaign.BudgetCounter) bool { return c.Budget == b.Name }) {
			r.Budgets = append(r.Budgets, b.of(r.Campaign.Labels))
		}
	}
	return nil
}
