package ledger

import (
	"slices"
	"strconv"

	"github.com/octoq/octoq/campaign"
)

// expiring lists the states whose records go after the retention. A dead one
// lives as long as its letter, and a tombstone keeps its id taken for good.
func expiring() []campaign.State {
	return []campaign.State{campaign.StateSent, campaign.StateSimulated, campaign.StateCancelled}
}

// keep is how long the record is kept in a state, in milliseconds; 0 is for good.
func (s *Store) keep(state campaign.State) string {
	if slices.Contains(expiring(), state) {
		return s.milliseconds()
	}
	return "0"
}

// ticketKeep is the same for the keys that lead from its tickets. Those of a
// living record go after the retention too, so that a ticket that was lost or
// replaced does not stay; they are renewed when the record ends.
func (s *Store) ticketKeep(state campaign.State) string {
	if state == campaign.StateDead || state == campaign.StatePurged {
		return "0"
	}
	return s.milliseconds()
}

func (s *Store) milliseconds() string { return strconv.FormatInt(s.retention.Milliseconds(), 10) }

// moved reports whether the campaign comes into its state with this change.
func moved(ch campaign.Change) bool {
	return ch.Before == nil || ch.Before.State != ch.After.State
}

// afresh reports whether the change begins a run, and with it a new list of
// applied tokens.
func afresh(ch campaign.Change) bool {
	return ch.Before != nil && ch.Before.Run != ch.After.Run
}

// left lists the states whose sets the id leaves. A first write may find it
// in the set of an earlier record of that id, which has expired.
func left(ch campaign.Change) []campaign.State {
	switch {
	case ch.Before == nil:
		return slices.DeleteFunc(expiring(), func(s campaign.State) bool { return s == ch.After.State })
	case moved(ch):
		return []campaign.State{ch.Before.State}
	default:
		return nil
	}
}

// leading lists the tickets whose keys are written: the new ones, and all when
// the record ends or comes back to life, because the keys then live as long.
func leading(ch campaign.Change) []string {
	all := tickets(ch.After)
	if ch.Before == nil || moved(ch) && (ch.Before.State.Final() || ch.After.State.Final()) {
		return all
	}
	known := tickets(*ch.Before)
	return slices.DeleteFunc(all, func(t string) bool { return slices.Contains(known, t) })
}

// tickets are all tickets that a record knows of, its orphans included.
func tickets(r campaign.Record) []string {
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
