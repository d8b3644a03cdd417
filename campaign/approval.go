package campaign

import (
	"fmt"
	"slices"
	"strings"
)

// Approval is a person's consent to a price. It names either what was shown,
// Cost and perhaps Contacts, or a bound on the price, UpTo; before there is a
// price it needs the bound. Its JSON is {"cost":"19.75","number_of_contacts":20}
// or {"up_to":"25.00"}.
type Approval struct {
	// Cost is the price that was shown.
	Cost *Money `json:"cost,omitempty"`
	// UpTo is the most that the campaign may cost.
	UpTo *Money `json:"up_to,omitempty"`
	// Contacts is the most contacts that it may go to. Without it, a Cost stands
	// for the contacts that the campaign has when it is approved, and UpTo for any
	// number.
	Contacts *int `json:"number_of_contacts,omitempty"`
	// Force accepts that the campaign may be sent a second time, where it waits
	// because Redis was replaced; see Record.WaitsForVouch. Elsewhere it changes nothing.
	Force bool `json:"force,omitempty"`
	// Content is the Campaign.ContentHash of what was shown; without it the
	// approval is of the content that the campaign has when it is approved.
	Content string `json:"content,omitempty"`
}

// UpTo approves any price up to a bound, whatever the number of contacts.
func UpTo(m Money) Approval { return Approval{UpTo: &m} }

// Shown approves the record as it is: its price, contacts and content.
func (r Record) Shown() Approval {
	return Approval{Cost: &r.Cost, Contacts: &r.Contacts, Content: r.Campaign.ContentHash()}
}

// ApprovalError is returned for an Approval that cannot be understood. It is
// ErrInvalid.
type ApprovalError struct{ Problem string }

func (e *ApprovalError) Error() string { return "the approval " + e.Problem }

// Is makes errors.Is(err, ErrInvalid) true.
func (e *ApprovalError) Is(target error) bool { return target == ErrInvalid }

// Validate reports what is wrong with an approval by itself.
func (a Approval) Validate() error {
	switch {
	case a.Cost == nil && a.UpTo == nil:
		return &ApprovalError{"names no price: give cost, the price that was shown, or up_to, the most that it may cost"}
	case a.Cost != nil && a.UpTo != nil:
		return &ApprovalError{"names both cost and up_to: one of them is wanted"}
	case a.bound() < 0:
		return &ApprovalError{"names a price below zero"}
	case a.Contacts != nil && *a.Contacts < 0:
		return &ApprovalError{"names fewer contacts than none"}
	}
	return nil
}

// bound is the most that a valid approval lets the campaign cost.
func (a Approval) bound() Money {
	if a.Cost != nil {
		return *a.Cost
	}
	return *a.UpTo
}

// Cover is what an approval covers. A campaign that is dearer, goes to more
// contacts or has another content is not confirmed, but waits for approval again.
type Cover struct {
	Cost Money `json:"cost"` // at most
	// Contacts is how many there may be at most; nil is any number.
	Contacts *int   `json:"number_of_contacts,omitempty"`
	Content  string `json:"content"` // Campaign.ContentHash
}

// String is the cover for people: "up to 25.00 €".
func (c Cover) String() string {
	if c.Contacts == nil {
		return "up to " + c.Cost.String()
	}
	return fmt.Sprintf("up to %s and %d contacts", c.Cost, *c.Contacts)
}

// coversNobody reports whether it was given for a campaign that goes to no contacts.
func (c Cover) coversNobody() bool { return c.Contacts != nil && *c.Contacts == 0 }

func (c Cover) same(other Cover) bool {
	contacts := c.Contacts == other.Contacts ||
		c.Contacts != nil && other.Contacts != nil && *c.Contacts == *other.Contacts
	return contacts && c.Cost == other.Cost && c.Content == other.Content
}

// Approve lets a campaign be confirmed as far as the approval covers it. It may
// be given before the price is known, and given again to cover more, or less. It
// fails with ErrInvalid if the approval is no good by itself, and with ErrState
// if it is too late, or does not cover what the record has at present.
func (r Record) Approve(who string, a Approval) (Record, []Entry, error) {
	if err := a.Validate(); err != nil {
		return r, nil, err
	}
	cover, short := a.cover(r), a.short(r)
	switch {
	case short == "" && r.Approved && r.Cover != nil && r.Cover.same(cover) && !r.WaitsForVouch():
		return r, nil, nil
	case r.State.Final() || r.State == StateCancelling || r.CancelRequested:
		return r, nil, r.refuse("approve", "")
	case r.WaitsForVouch() && !a.Force:
		return r, nil, r.refuse("approve", "Redis was replaced and may have forgotten that it was sent. Look at Octopush first; then "+
			"octoq vouch --account "+r.Account()+" --reason TEXT if Redis has forgotten nothing, octoq cancel "+r.ID()+" if it was sent, "+
			"or, to accept a second sending, octoq approve "+r.ID()+" --force --up-to EUROS")
	case short != "":
		return r, nil, r.refuse("approve", short)
	case r.WaitsForVouch():
		r, entries := r.beginByForce(who, cover)
		return r, entries, nil
	}
	r.Approved, r.Cover = true, &cover
	return r, []Entry{{What: "approved", Who: who, Why: cover.String(), State: r.State}}, nil
}

// beginByForce begins the next run of a campaign that waits because Redis was
// replaced: with a request_id of its own, and on record as a second sending that
// was accepted.
func (r Record) beginByForce(who string, cover Cover) (Record, []Entry) {
	next := NewRecord(r.Campaign, r.EnqueuedAt, r.Origin)
	next.Run, next.Step, next.Revision, next.Last = r.Run+1, r.Step+1, r.Revision, r.Last
	next.FirstDue, next.OwnID, next.AcceptedOn = r.FirstDue, r.OwnID, r.AcceptedOn
	next.Orphans, next.OrphanEpoch, next.LostRequests = slices.Clone(r.Orphans), r.OrphanEpoch, slices.Clone(r.LostRequests)
	next.ForcedRuns = append(slices.Clone(r.ForcedRuns), next.Run)
	next.MaybeConfirmed, next.Approved, next.Cover = true, true, &cover
	return next, []Entry{
		{What: "forced", Who: who, Why: "a second sending is accepted", State: next.State},
		{What: "approved", Who: who, Why: cover.String(), State: next.State},
	}
}

// cover is what the approval covers of a record.
func (a Approval) cover(r Record) Cover {
	c := Cover{Cost: a.bound(), Contacts: a.Contacts, Content: r.Campaign.ContentHash()}
	if a.Cost != nil && a.Contacts == nil {
		c.Contacts = &r.Contacts
	}
	return c
}

// short says why the approval is not enough for the record as it is, with the
// present values and what to do; "" if it is.
func (a Approval) short(r Record) string {
	again := "; look at it again: octoq status " + r.ID()
	switch {
	case a.Cost != nil && !r.Priced():
		return "it has no price yet: approve it up to a bound (up_to), or once it is priced"
	case a.Content != "" && a.Content != r.Campaign.ContentHash():
		return "its content is not the one that was shown" + again
	case r.NoContacts && !a.cover(r).coversNobody():
		return "there is nobody to send to: look at its list or tag at Octopush. To send it as it is, approve exactly that: --cost 0.00 --contacts 0"
	case r.Priced() && r.Cost > a.bound():
		return "its price is " + r.Price() + ", more than the " + a.bound().String() + " of the approval" + again
	case r.Priced() && a.Contacts != nil && r.Contacts > *a.Contacts:
		return fmt.Sprintf("its price is %s, and the approval is for %d%s", r.Price(), *a.Contacts, again)
	}
	return ""
}

// Uncovered says in what the record goes beyond its approval, from what was
// approved to what is; "" if the approval covers it. An approval without a cover
// is an older octoq's: it covers the price that the record has.
func (r Record) Uncovered() string {
	c := r.Cover
	if c == nil {
		return ""
	}
	var beyond []string
	if r.Cost > c.Cost {
		beyond = append(beyond, fmt.Sprintf("the price went from %s to %s", c.Cost, r.Cost))
	}
	if c.Contacts != nil && r.Contacts > *c.Contacts {
		beyond = append(beyond, fmt.Sprintf("the contacts from %d to %d", *c.Contacts, r.Contacts))
	}
	if c.Content != r.Campaign.ContentHash() {
		beyond = append(beyond, "the content is another")
	}
	if len(beyond) == 0 {
		return ""
	}
	return "not what was approved: " + strings.Join(beyond, ", ")
}
