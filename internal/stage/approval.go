package stage

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// priceGoodFor is how long a price is compared with what was approved. Lists
// grow while a campaign waits for a person or a window; what is older is asked
// for again before the confirm.
const priceGoodFor = 15 * time.Minute

// limited reports whether it depends on the price if the record is confirmed.
func limited(r campaign.Record) bool { return r.Approved || r.Campaign.MaxCost > 0 }

// beyond says why the record, at the price it has, is a person's matter: it is
// more than was approved or than its producer allows. It is "" if neither is so.
func beyond(r campaign.Record) string {
	limit := r.Campaign.MaxCost
	switch {
	case r.ReachesNobody():
		why := "there is nobody to send to; look at the " + audience(r.Campaign) + " at Octopush, then cancel it, or approve it as it is"
		if r.Approved {
			why += " (it was approved before this was known)"
		}
		return why
	case r.Approved:
		return r.Uncovered()
	case limit > 0 && r.Cost > limit:
		return "more than max_cost, " + limit.String()
	default:
		return ""
	}
}

// askBeyond leaves the campaign to a person if its price is beyond what is
// allowed, and reports whether it did. An approval that does not cover it is used up.
func (d *draft) askBeyond(m campaign.Moment) bool {
	why := beyond(d.Record)
	if why == "" {
		return false
	}
	d.withdraw()
	d.settleIdle(m)
	d.await(m, "awaiting_approval", d.Price()+": "+why)
	return true
}

// boundApproval writes down, before a new price comes, what an approval of an
// older octoq covers: the price that there is. One from before there was any
// covers none.
func (d *draft) boundApproval() {
	if !d.Approved || d.Cover != nil {
		return
	}
	if !d.Priced() {
		d.withdraw()
		d.tell("approval_void", "it was given before there was a price, and names no bound")
		return
	}
	contacts := d.Contacts
	d.Cover = &campaign.Cover{Cost: d.Cost, Contacts: &contacts, Content: d.Campaign.ContentHash()}
}

// withdraw takes an approval back.
func (d *draft) withdraw() { d.Approved, d.Cover = false, nil }

// atPrice narrows the time of a confirm to that in which its price may be
// compared. Where no price is compared, none has to be fresh.
func (t turn) atPrice(r campaign.Record, m campaign.Moment) turn {
	if !t.now() || !limited(r) {
		return t
	}
	until := r.PricedAt.Add(priceGoodFor)
	if m.Now.After(until) {
		return turn{ask: true}
	}
	if t.end.IsZero() || until.Before(t.end) {
		t.end = until
	}
	return t
}

// askPrice goes back to the status of the same ticket, at once.
func (d *draft) askPrice(m campaign.Moment) {
	d.settleIdle(m)
	d.move(campaign.StateComputing, "price_asked", "the price, "+d.Price()+", is too old to be compared with what is allowed")
	d.DueAt = m.Now
}
