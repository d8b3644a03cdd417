package lifecycle

import (
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/record"
)

// wish is what a record would reserve in the budgets of its account.
func wish(r record.Record) budget.Wish {
	return budget.Wish{Labels: r.Campaign.Labels, Cost: r.Cost, Contacts: r.Contacts, Have: r.Reserved, Beyond: r.Beyond}
}

// withinBudgets narrows the time of a confirm to that in which its budgets have enough
// left, as far as is known: the script that writes the claim knows for certain.
func (t timing) withinBudgets(r record.Record, m record.Snapshot, p Policy) timing {
	if !t.callNow() {
		return t
	}
	full := m.Policy.Reserve(wish(r), m.Now).Full
	if len(full) == 0 {
		return t
	}
	over := overBudget(r, full, p)
	for _, f := range full {
		over.full = append(over.full, f.Counter)
	}
	return over
}

// overBudget is what becomes of a campaign for which budgets have not enough left: what
// the strictest of them says. None can be waited for that has not enough in all of it,
// nor one of a period that has passed.
func overBudget(r record.Record, full []budget.Full, p Policy) timing {
	var asks, waits bool
	var all []string
	t := timing{recheck: maxWindowSleep}
	for _, f := range full {
		all = append(all, fullText(f))
		switch {
		case f.Budget.WithDefaults().Over == budget.OverDead:
			return giveUp(campaign.FailBudget, r.Price()+": "+fullText(f))
		case f.Budget.WithDefaults().Over == budget.OverAsk || f.Whole || f.Period.End.IsZero():
			asks = true
		case !waits || f.Period.End.After(t.until):
			waits, t.until = true, f.Period.End
		}
		if f.Passing {
			t.recheck = p.BackoffCap
		}
	}
	if asks {
		return timing{ask: r.Price() + ": " + strings.Join(all, "; ")}
	}
	t.why = strings.Join(all, "; ") + ": it waits until " + stamp(t.until)
	return t
}

// fullText says which budget has not enough left, without numbers that change.
func fullText(f budget.Full) string {
	text := "budget " + f.Budget.String()
	if f.Value != "" {
		text += " of " + f.Value
	}
	if f.Whole {
		return text + " is less than it costs"
	}
	return text + " has not enough left in " + f.Counter.Period
}

// reserve notes what the claim of a confirm reserves.
func (d *draft) reserve(m record.Snapshot) {
	d.Reserved, d.FullBudgets = m.Policy.Reserve(wish(d.Record), m.Now).Shares, nil
}

// giveBack gives back what the ticket has reserved, after an answer that proves that it
// was not sent: but not if an earlier confirm of it may have arrived.
func (d *draft) giveBack() {
	if !d.ConfirmTried {
		d.Reserved = nil
	}
}

// bookSent books a ticket that was sent, although nothing is known to be reserved for it:
// Redis may have forgotten that.
func (d *draft) bookSent(m record.Snapshot) {
	if len(d.Reserved) == 0 {
		d.Reserved = m.Policy.Reserve(wish(d.Record), m.Now).Shares
	}
}

// noteRevision notes the policy that was decided under, so that an octoq that does not
// know policies leaves the record alone.
func (d *draft) noteRevision(m record.Snapshot) {
	if revision := m.PolicyRevision(); revision != 0 {
		d.PolicyRevision = revision
	}
}
