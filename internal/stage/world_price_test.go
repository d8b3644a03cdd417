package stage

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// reprice is a list that grows or shrinks: from now on the API prices tickets
// anew, those that are there already among them.
func (w *world) reprice() {
	n := w.dice.roll("the new price", 3)
	w.api.cost = []campaign.Money{25800, 10000, 5_000_000}[n]
	w.api.contacts = []int{20, 8, 4000}[n]
	w.log("the price is %s for %d contacts now", w.api.cost, w.api.contacts)
}

// approve gives an approval of what a person sees, or up to a bound.
func (w *world) approve(r record.Record) (record.Record, []campaign.Entry, error) {
	a := record.AsShown(r.Record)
	if !r.Priced() || w.dice.roll("up to a bound", 3) == 2 {
		a = campaign.UpTo([]campaign.Money{25800, 5_000_000}[w.dice.roll("which bound", 2)])
	}
	a.Force = r.SentOrphan != "" && a.UpTo != nil && w.dice.roll("by force", 2) == 1
	after, entries, err := r.Approve("ann", a)
	if err == nil {
		w.consent, w.consented, w.stopped = &a, w.clock.Now(), ""
	}
	return after, entries, err
}

// confirmingPrice sees the price at which a confirm is made: never above what was
// approved, or without an approval above what the producer allows, and never an old
// price. A worker that comes late goes by an older record; so does one that knows more
// than a Redis that forgot.
func (w *world) confirmingPrice(rec record.Record, r record.Request) {
	ours := rec.Claim != nil && rec.Claim.Call == campaign.CallConfirm && rec.Ticket == r.Ticket
	if !ours || w.losses > 0 {
		return
	}
	limit := w.c.MaxCost
	// A worker that froze behind its claim goes by what was approved until then.
	known := w.consent != nil && w.consented.Before(rec.Claim.Deadline.Add(-w.policy.Claim))
	switch a := w.consent; {
	case a == nil && w.policy.Manual:
		w.violate("confirmed in a run that was not approved")
	case a == nil && limit > 0 && rec.Cost > limit:
		w.violate("confirmed at %s, above max_cost, %s, and not approved", rec.Cost, limit)
	case a != nil && (a.Cost != nil && rec.Cost > *a.Cost || a.UpTo != nil && rec.Cost > *a.UpTo):
		w.violate("confirmed at %s, above what was approved", rec.Cost)
	case a != nil && a.Contacts != nil && rec.Contacts > *a.Contacts:
		w.violate("confirmed for %d contacts, and %d were approved", rec.Contacts, *a.Contacts)
	case (known || limit > 0) && w.clock.Now().Sub(rec.PricedAt) > lifecycle.PriceMaxAge:
		w.violate("confirmed at a price of %s", rec.PricedAt)
	}
}

// outgrown reports whether the campaign has become more than was approved, so
// that a person is asked again.
func outgrown(before, after record.Record) bool {
	c := before.Cover
	return c != nil && after.State == campaign.StateAwaitingApproval &&
		(len(after.FullBudgets) > 0 || after.Cost > c.Cost || c.Contacts != nil && after.Contacts > *c.Contacts)
}
