package worker

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
)

// Budget bounds what campaigns of an account may cost in a day, a week or a month. All
// workers of an account should have the same ones: of those that differ the stricter
// holds.
type Budget struct {
	// Name is 1 to 32 of a-z 0-9 _ -.
	Name string
	// Per is day, week (from Monday on) or month, in Zone, which is UTC by default.
	Per, Zone string
	// Amount is in euros, more than 0. Contacts bounds the contacts, too; 0 is no bound.
	Amount   campaign.Money
	Contacts int
	// Label is empty for all campaigns, K for those with that label, each of whose values
	// has the amount for itself, or K=V.
	Label string
	// Over is what becomes of a campaign that does not fit: ask (default) leaves it to a
	// person, wait to the next period, dead makes it a dead letter.
	Over string
}

// budgets are those of the account as the engine takes them.
func (a Account) budgets() []budget.Budget {
	var all []budget.Budget
	for _, b := range a.Budgets {
		all = append(all, budget.Budget{
			Name: b.Name, Label: b.Label, Per: budget.Per(b.Per), Amount: b.Amount, Contacts: b.Contacts, Zone: b.Zone, Over: budget.Over(b.Over),
		}.WithDefaults())
	}
	return all
}

// rules are what the account demands beside Confirm and Window, which each worker keeps to
// by itself.
func (a Account) rules() budget.Rules {
	return budget.Rules{ApproveAbove: a.ApproveAbove, ApproveAboveContacts: a.ApproveAboveContacts, ApproveBy: a.ApproveBy}.Normal()
}

// checkPolicy are the faults of rules and budgets, among which there are nils.
func (a Account) checkPolicy() []error {
	faults := []error{a.rules().Validate()}
	names := map[string]bool{}
	for _, b := range a.budgets() {
		faults = append(faults, b.Validate())
		if names[b.Name] {
			faults = append(faults, fault("Budgets", "has %q twice", b.Name))
		}
		names[b.Name] = true
	}
	return faults
}
