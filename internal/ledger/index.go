package ledger

import (
	"slices"
	"strconv"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// purgeGrace is how long the id of a purged campaign stays taken that surely
// was not confirmed: longer than any wake-up of it can still be under way.
const purgeGrace = 24 * time.Hour

// expiring lists the states whose records go after a while. A dead one lives
// as long as its letter. The tombstone of a campaign that may have been
// confirmed stays for good, though its state stands here.
func expiring() []campaign.State {
	return []campaign.State{campaign.StateSent, campaign.StateSimulated, campaign.StateCancelled, campaign.StatePurged}
}

// lasts is how long a record is kept after its last write; 0 is for good, which for
// a campaign that was cancelled before any worker claimed it ends with Expire.
func (s *Store) lasts(r record.Record) time.Duration {
	switch {
	case r.State == campaign.StatePurged && r.MaybeConfirmed, !slices.Contains(expiring(), r.State),
		r.State == campaign.StateCancelled && unclaimed(r):
		return 0
	case r.State == campaign.StatePurged:
		return purgeGrace
	default:
		return s.retention
	}
}

// keep is how long the record is kept from this change on, in milliseconds: ""
// where it was for good and still is. A first write may find the timeline of an
// earlier record of that id, which is about to expire.
func (s *Store) keep(ch record.Change) string {
	d := s.lasts(ch.After)
	if d == 0 && ch.Before != nil && s.lasts(*ch.Before) == 0 {
		return ""
	}
	return milliseconds(d)
}

// ticketKeep is the same for the keys that lead from its tickets. Those of a
// living record go after the retention too, so that a ticket that was lost or
// replaced does not stay; they are renewed when the record ends.
func (s *Store) ticketKeep(r record.Record) string {
	if r.State.Final() {
		return milliseconds(s.lasts(r))
	}
	return milliseconds(s.retention)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// moved reports whether the campaign comes into its state with this change.
func moved(ch record.Change) bool {
	return ch.Before == nil || ch.Before.State != ch.After.State
}

// afresh reports whether the change begins a run, and with it a new list of
// applied tokens.
func afresh(ch record.Change) bool {
	return ch.Before != nil && ch.Before.Run != ch.After.Run
}

// left lists the state whose set the id leaves. A first write leaves none: where
// an earlier record of that id has expired, Trim takes it out.
func left(ch record.Change) []campaign.State {
	if ch.Before == nil || !moved(ch) {
		return nil
	}
	return []campaign.State{ch.Before.State}
}

// leading lists the tickets whose keys are written, those first that the record
// did not know, and returns how many these are. The others are written when the
// record ends or comes back to life, because their keys then live as long.
func leading(ch record.Change) (list []string, fresh int) {
	var known []string
	if ch.Before != nil {
		known = tickets(*ch.Before)
	}
	all := tickets(ch.After)
	isKnown := func(t string) bool { return slices.Contains(known, t) }
	list = slices.DeleteFunc(slices.Clone(all), isKnown)
	fresh = len(list)
	if ch.Before != nil && moved(ch) && (ch.Before.State.Final() || ch.After.State.Final()) {
		list = append(list, slices.DeleteFunc(all, func(t string) bool { return !isKnown(t) })...)
	}
	return list, fresh
}

// tickets are all tickets that a record knows of, its orphans included.
func tickets(r record.Record) []string {
	var out []string
	if r.Ticket != "" {
		out = append(out, r.Ticket)
	}
	for _, o := range r.Orphans {
		if o.Ticket != "" && !slices.Contains(out, o.Ticket) {
			out = append(out, o.Ticket)
		}
	}
	return out
}
