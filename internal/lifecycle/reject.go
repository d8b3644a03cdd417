package lifecycle

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// RejectedTask is a task that cannot be read, or whose campaign is not valid.
type RejectedTask struct {
	Account, ID string
	// First: it was a first create, or belongs to no step; it may be all there is.
	First bool
	Fault error
	// Record is the one that its campaign would have begun with, where that could
	// be read and is only not valid; nil elsewhere.
	Record *record.Record
	// Unread is what stood in it where it could not be read, for people.
	Unread string
}

// Reject makes a dead campaign of a task that cannot be read, or whose campaign is not
// valid, with all that is known of it.
func Reject(t RejectedTask, m record.Snapshot, p Policy) Decision {
	d := newDraft(t.record(m), p.Who)
	message := t.Fault.Error()
	if d.Unread != "" {
		message += "; it reads: " + d.Unread
	}
	d.die(campaign.Failure{Class: campaign.FailInvalid, Message: clip(message)}, m, false)
	return d.decision()
}

// Rejected reports whether a record is that of a task which was rejected.
func Rejected(r record.Record) bool {
	return r.State == campaign.StateDead && r.Failure != nil && r.Failure.Class == campaign.FailInvalid
}

// record is what the letter is made from: all that is known of the campaign.
func (t RejectedTask) record(m record.Snapshot) record.Record {
	if t.Record != nil {
		return *t.Record
	}
	r := record.New(campaign.Campaign{ID: t.ID, Account: t.Account}, m.Now, m.RunID)
	r.Unread = t.Unread
	return r
}

// clip keeps a message to what a person reads at a glance.
func clip(s string) string {
	const limit = 2000
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not in the middle of a character
		cut--
	}
	return s[:cut] + "…"
}
