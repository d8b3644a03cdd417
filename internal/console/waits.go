package console

import (
	"strings"

	"github.com/octoq/octoq/campaign"
)

// WaitText says what the campaign waits for, "" if for nothing. Of one that waits without
// a ticket for a person the record says what becomes of it then, and the timeline why it
// waits.
func (r seenRecord) WaitText() string {
	switch {
	case r.Waiting == "":
		return ""
	case r.WaitsForVouch():
		return words(r.Waiting)
	case r.WithoutTicket() && r.State == campaign.StateAwaitingApproval:
		for i := len(r.Timeline) - 1; i >= 0; i-- {
			if e := r.Timeline[i]; e.What == string(campaign.StateAwaitingApproval) {
				return visible(e.Why)
			}
		}
	}
	return visible(r.Waiting)
}

// WithoutTicket reports whether the campaign waits without a ticket at Octopush: its
// account takes one unconfirmed campaign at a time, so its ticket was deleted.
func (r seenRecord) WithoutTicket() bool {
	waits := r.Waits() || r.State == campaign.StateReady && r.Waiting != ""
	return waits && r.Priced() && r.Ticket == "" && !r.WaitsForVouch()
}

// nameBudgets adds to a campaign the budgets that it waits for. Its record names them in
// words: "budget NAME (".
func (v *visit) nameBudgets(r *seenRecord) error {
	why := r.WaitText()
	if !r.Living() || !strings.Contains(why, "budget ") {
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
		if strings.Contains(why, "budget "+b.Name+" (") {
			r.Budgets = append(r.Budgets, b.of(r.Campaign.Labels))
		}
	}
	return nil
}
