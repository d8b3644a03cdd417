package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// OfChange returns the events of a change of the ledger once it is applied, without
// their time. Most changes have none.
func OfChange(ch record.Change) []Event {
	var events []Event
	written := ch.Written()
	for _, t := range typesOf(ch) {
		events = append(events, ofRecord(t, written))
	}
	return events
}

func typesOf(ch record.Change) []Type {
	var types []Type
	if t, ok := ofState(ch.After.State); ok && (ch.Before == nil || ch.Before.State != ch.After.State) {
		types = append(types, t)
	}
	if isDoubtful(ch.After) && (ch.Before == nil || !isDoubtful(*ch.Before)) {
		types = append(types, MaybeConfirmed)
	}
	if ch.Before != nil && orphansSent(ch.After) > orphansSent(*ch.Before) {
		types = append(types, OrphanSent)
	}
	return types
}

// ofState is the type of an event for a campaign that has come into a state; ok is false for none.
func ofState(s campaign.State) (t Type, ok bool) {
	switch s {
	case campaign.StateAwaitingApproval:
		return AwaitingApproval, true
	case campaign.StateSent:
		return Sent, true
	case campaign.StateSimulated:
		return Simulated, true
	case campaign.StateDead:
		return Dead, true
	case campaign.StateCancelled:
		return Cancelled, true
	default:
		return "", false
	}
}

func isDoubtful(r record.Record) bool {
	return r.State == campaign.StateDead && r.MaybeConfirmed
}

func orphansSent(r record.Record) int {
	n := 0
	for _, o := range r.Orphans {
		if o.Sent {
			n++
		}
	}
	return n
}

// ofRecord is an event of a record as it was written.
func ofRecord(t Type, r record.Record) Event {
	e := Event{
		ID:   idOf(r.Account(), r.ID(), strconv.FormatInt(r.Revision, 10), r.LastToken, string(t)),
		Type: t, Account: r.Account(), Campaign: r.ID(), Run: r.Run, State: r.State,
		Data: Data{Ticket: r.Ticket, Waiting: r.Waiting, Failure: r.Failure},
	}
	if !r.PricedAt.IsZero() {
		cost, _ := r.Cost.MarshalText() // it has no error
		e.Data.Cost, e.Data.Contacts = string(cost), &r.Contacts
	}
	return e
}

// idOf names an event by what distinguishes it.
func idOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	const size = 16
	return "evt_" + hex.EncodeToString(sum[:size])
}
