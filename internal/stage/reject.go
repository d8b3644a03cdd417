package stage

import (
	"context"
	"errors"

	"github.com/octoq/octoq/campaign"
)

// Reject is a task that cannot be read, or whose campaign is not valid.
type Reject struct {
	Account, ID string
	// First: it was a first create, or is nobody's; it may be all there is.
	First bool
	Fault error
	// Record is the one that its campaign would have begun with, where that could
	// be read and is only not valid; nil elsewhere.
	Record *campaign.Record
	// Unread is what stood in it where it could not be read, for people.
	Unread string
}

// Reject makes a dead letter of a task that cannot be read, or whose campaign is
// not valid, so that a person finds it with all that stood in it. A campaign that
// has a record goes on from that; the task has served.
func (r *Runner) Reject(ctx context.Context, j Reject) Result {
	rec, m, err := r.Ledger.Load(ctx, j.Account, j.ID)
	switch {
	case err == nil && !unread(rec):
		return done()
	case err != nil && !errors.Is(err, campaign.ErrNotFound):
		return r.failed(err)
	case err != nil && !j.First:
		return done()
	}
	if err == nil { // written before, its letter perhaps not
		return r.bury(ctx, rec)
	}
	d := edit(j.record(m), r.Policy.Who)
	message := j.Fault.Error()
	if d.Unread != "" {
		message += "; it reads: " + d.Unread
	}
	d.die(campaign.Failure{Class: campaign.FailInvalid, Message: clip(message)}, m, false)
	verdict, _, err := r.commit(ctx, "reject", campaign.Change{
		After: d.Record, RunID: m.RunID, Token: r.Token(), Entries: d.entries,
	})
	switch {
	case err != nil:
		return r.failed(err)
	case verdict != campaign.VerdictApplied:
		return again(r.Now())
	}
	return r.bury(ctx, d.Record)
}

// record is what the letter is made from: all that is known of the campaign.
func (j Reject) record(m campaign.Moment) campaign.Record {
	if j.Record != nil {
		return *j.Record
	}
	r := campaign.NewRecord(campaign.Campaign{ID: j.ID, Account: j.Account}, m.Now, m.RunID)
	r.Unread = j.Unread
	return r
}

func unread(r campaign.Record) bool {
	return r.State == campaign.StateDead && r.Failure != nil && r.Failure.Class == campaign.FailInvalid
}

func (r *Runner) bury(ctx context.Context, rec campaign.Record) Result {
	r.cut("before bury")
	err := r.Queue.Bury(ctx, rec, "")
	r.cut("after bury")
	if err != nil {
		return r.failed(err)
	}
	return done()
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
