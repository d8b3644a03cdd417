package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
)

// sameCover reports whether two covers are of the same price, contacts and content.
func sameCover(c, other campaign.Cover) bool {
	contacts := c.Contacts == other.Contacts ||
		c.Contacts != nil && other.Contacts != nil && *c.Contacts == *other.Contacts
	return contacts && c.Cost == other.Cost && c.Content == other.Content
}

// Approve lets a campaign be confirmed as far as the approval covers it. It may
// be given before the price is known, and given again to cover more, or less. It
// fails with ErrInvalid if the approval is no good by itself, and with ErrState
// if it is too late, or does not cover what the record has at present.
func (r Record) Approve(who string, a campaign.Approval) (Record, []campaign.Entry, error) {
	if err := a.Validate(); err != nil {
		return r, nil, err
	}
	cover, short := coverOf(a, r), short(a, r)
	switch {
	case short == "" && r.Approved && r.Cover != nil && sameCover(*r.Cover, cover) && !r.WaitsForVouch() && r.SentOrphan == "":
		return r, nil, nil
	case r.State.Final() || r.State == campaign.StateCancelling || r.CancelRequested:
		return r, nil, r.refuse("approve", "")
	case r.SentOrphan != "" && !a.Force:
		return r, nil, r.refuse("approve", "a delivery report proves that its ticket "+r.SentOrphan+" was sent: octoq cancel "+r.ID()+
			", or, to accept a second sending, octoq approve "+r.ID()+" --force --up-to EUROS")
	case r.WaitsForVouch() && !a.Force:
		return r, nil, r.refuse("approve", "Redis was replaced and may have forgotten that it was sent. Look at Octopush first; then "+
			"octoq vouch --account "+r.Account()+" --reason TEXT if Redis has forgotten nothing, octoq cancel "+r.ID()+" if it was sent, "+
			"or, to accept a second sending, octoq approve "+r.ID()+" --force --up-to EUROS")
	case short != "":
		return r, nil, r.refuse("approve", short)
	case r.WaitsForVouch():
		r, entries := r.beginByForce(who, cover)
		return r, entries, nil
	case r.SentOrphan != "":
		r, entries := r.goOnByForce(who, cover)
		return r, entries, nil
	}
	r.Approved, r.Cover = true, &cover
	if r.State == campaign.StateAwaitingApproval {
		r.Beyond = r.FullBudgets
	}
	return r, []campaign.Entry{{What: "approved", Who: who, Why: cover.String(), State: r.State}}, nil
}

// beginByForce begins the next run of a campaign that waits because Redis was
// replaced: with a request_id of its own, and on record as a second sending that
// was accepted.
func (r Record) beginByForce(who string, cover campaign.Cover) (Record, []campaign.Entry) {
	next := New(r.Campaign, r.EnqueuedAt, r.EnqueuedRunID)
	next.Run, next.Step, next.Revision, next.LastToken = r.Run+1, r.Step+1, r.Revision, r.LastToken
	next.FirstDue, next.OwnID, next.AcceptedRunID = r.FirstDue, r.OwnID, r.AcceptedRunID
	next.EnqueuedBy, next.Authors, next.AskedHash = r.EnqueuedBy, r.Authors, r.AskedHash
	next.Orphans, next.OrphanEpoch, next.LostRequests = slices.Clone(r.Orphans), r.OrphanEpoch, slices.Clone(r.LostRequests)
	next.ForcedRuns = append(slices.Clone(r.ForcedRuns), next.Run)
	next.MaybeConfirmed, next.Approved, next.Cover = true, true, &cover
	return next, forcedEntries(who, cover, next.State)
}

// goOnByForce lets the present run go on although another ticket of the campaign was sent.
func (r Record) goOnByForce(who string, cover campaign.Cover) (Record, []campaign.Entry) {
	r.SentOrphan, r.Approved, r.Cover = "", true, &cover
	if !slices.Contains(r.ForcedRuns, r.Run) {
		r.ForcedRuns = append(slices.Clone(r.ForcedRuns), r.Run)
	}
	return r, forcedEntries(who, cover, r.State)
}

// forcedEntries say that a person has accepted a second sending and covers it.
func forcedEntries(who string, cover campaign.Cover, state campaign.State) []campaign.Entry {
	return []campaign.Entry{
		{What: "forced", Who: who, Why: "a second sending is accepted", State: state},
		{What: "approved", Who: who, Why: cover.String(), State: state},
	}
}

// AsShown approves a record as it is: its price, contacts and content.
func AsShown(r campaign.Record) campaign.Approval {
	return campaign.Approval{Cost: &r.Cost, Contacts: &r.Contacts, Content: content.Hash(r.Campaign)}
}

// coverOf is what an approval covers of a record.
func coverOf(a campaign.Approval, r Record) campaign.Cover {
	c := campaign.Cover{Cost: bound(a), Contacts: a.Contacts, Content: content.Hash(r.Campaign)}
	if a.Cost != nil && a.Contacts == nil {
		c.Contacts = &r.Contacts
	}
	return c
}

// short says why the approval is not enough for the record as it is, with the
// present values and what to do; "" if it is.
func short(a campaign.Approval, r Record) string {
	again := "; look at it again: octoq status " + r.ID()
	switch {
	case a.Cost != nil && !r.Priced():
		return "it has no price yet: approve it up to a bound (up_to), or once it is priced"
	case a.Content != "" && a.Content != content.Hash(r.Campaign):
		return "its content is not the one that was shown" + again
	case r.NoContacts && !coversNoContact(coverOf(a, r)):
		return "there is nobody to send to: look at its list or tag at Octopush. To send it as it is, approve exactly that: --cost 0.00 --contacts 0"
	case r.Priced() && r.Cost > bound(a):
		return "its price is " + r.Price() + ", more than the " + bound(a).String() + " of the approval" + again
	case r.Priced() && a.Contacts != nil && r.Contacts > *a.Contacts:
		return fmt.Sprintf("its price is %s, and the approval is for %d%s", r.Price(), *a.Contacts, again)
	}
	return ""
}

// coversNoContact reports whether a cover was given for a campaign that goes to no contacts.
func coversNoContact(c campaign.Cover) bool { return c.Contacts != nil && *c.Contacts == 0 }

// bound is the most that a valid approval lets the campaign cost.
func bound(a campaign.Approval) campaign.Money {
	if a.Cost != nil {
		return *a.Cost
	}
	return *a.UpTo
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
	if c.Content != content.Hash(r.Campaign) {
		beyond = append(beyond, "the content is another")
	}
	if len(beyond) == 0 {
		return ""
	}
	return "not what was approved: " + strings.Join(beyond, ", ")
}

// ReachesNoContact reports whether the campaign would end as sent and reach no contact, and
// no approval says that this was known.
func (r Record) ReachesNoContact() bool {
	known := r.Approved && r.Cover != nil && coversNoContact(*r.Cover)
	return r.NoContacts && !r.ConfirmTried && !known
}
