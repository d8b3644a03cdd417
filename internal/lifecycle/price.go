package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/record"
)

// PriceMaxAge is how old a price may be that is compared with what was approved.
// Lists grow while a campaign waits for a person or a window; an older price is asked
// for again before the confirm.
const PriceMaxAge = 15 * time.Minute

// comparesPrice reports whether it depends on the price if the record is confirmed.
func comparesPrice(r record.Record, m record.Snapshot) bool {
	return r.Approved || r.Campaign.MaxCost > 0 || m.Rules().ComparePrice() || m.Policy.Covered(r.Campaign.Labels)
}

// beyondLimit says why a person has to decide about the record at the price that it
// has: it is more than was approved, or than its producer or the account's rules allow.
// It is "" if none is so.
func beyondLimit(r record.Record, m record.Snapshot) string {
	limit := r.Campaign.MaxCost
	switch {
	case r.ReachesNoContact():
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
		return m.Rules().Asks(r.Cost, r.Contacts)
	}
}

// audience names the recipients of a campaign, for people.
func audience(c campaign.Campaign) string {
	if c.TagName != "" {
		return "tag " + c.TagName
	}
	return "list " + c.ListName
}

// askBeyondLimit leaves the campaign to a person if its price is beyond what is
// allowed, and reports whether it did. An approval that does not cover it is used up.
func (d *draft) askBeyondLimit(m record.Snapshot) bool {
	why := beyondLimit(d.Record, m)
	if why == "" {
		return false
	}
	d.withdrawApproval()
	d.endWait(m)
	d.awaitPerson(m, "awaiting_approval", d.Price()+": "+why)
	return true
}

// fixCover writes down, before a new price comes, what an approval of an older octoq
// covers: the price that there is. An approval from before there was a price covers
// none.
func (d *draft) fixCover() {
	if !d.Approved || d.Cover != nil {
		return
	}
	if !d.Priced() {
		d.withdrawApproval()
		d.addEntry("approval_void", "it was given before there was a price, and names no bound")
		return
	}
	contacts := d.Contacts
	d.Cover = &campaign.Cover{Cost: d.Cost, Contacts: &contacts, Content: content.Hash(d.Campaign)}
}

func (d *draft) withdrawApproval() { d.Approved, d.Cover, d.Beyond = false, nil, nil }

// askPrice goes back to the status of the same ticket, at once.
func (d *draft) askPrice(m record.Snapshot) {
	d.endWait(m)
	d.move(campaign.StateComputing, "price_asked", "the price, "+d.Price()+", is too old to be compared with what is allowed")
	d.DueAt = m.Now
}
