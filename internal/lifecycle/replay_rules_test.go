package lifecycle

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// dead is a campaign with a ticket that died in a stage.
func dead(class campaign.FailureClass, stage campaign.Stage) record.Record {
	r := recordOf(9, never, 1)
	r.State, r.Ticket = campaign.StateDead, "T1"
	r.Failure = &campaign.Failure{Class: class, Stage: stage, Ticket: "T1"}
	return r
}

// quiet is a moment without a change, inDoubt one soon after a change, tooLate one a
// day later.
func quiet() record.Snapshot { return record.Snapshot{Now: hour(11)} }
func inDoubt() record.Snapshot {
	return record.Snapshot{Now: hour(11), Changes: []record.RedisChange{change(1, 2, 10.02, 9.99)}}
}

func tooLate() record.Snapshot {
	m := inDoubt()
	m.Now = hour(36)
	return m
}

func TestReplays(t *testing.T) {
	t.Parallel()
	expired := dead(campaign.FailExpired, campaign.StageConfirm)
	with := func(r record.Record, change func(*record.Record)) record.Record {
		change(&r)
		return r
	}
	bare := with(expired, func(r *record.Record) { r.Ticket, r.Failure = "", &campaign.Failure{Class: campaign.FailRejected} })
	for _, c := range []struct {
		name                string
		r                   record.Record
		m                   record.Snapshot
		keepsTicket, asksIt bool // goes on with its ticket; asks under the same request_id
		refused             string
	}{
		{"with a good ticket", expired, quiet(), true, false, ""},
		{"with a good ticket, in doubt and late", expired, tooLate(), true, false, ""},
		{"after an unanswered confirm of it", with(expired, func(r *record.Record) { r.ConfirmTried, r.MaybeConfirmed = true, true }), quiet(), true, false, ""},
		{"edited", with(expired, func(r *record.Record) { r.Edited = true }), quiet(), false, false, ""},
		{"its ticket failed", dead(campaign.FailComputation, campaign.StageStatus), quiet(), false, false, ""},
		{"its ticket is unknown", dead(campaign.FailRejected, campaign.StageStatus), quiet(), false, false, ""},
		{"its confirm was refused", dead(campaign.FailRejected, campaign.StageConfirm), quiet(), false, false, ""},
		{"another ticket may have been sent", with(expired, func(r *record.Record) { r.MaybeConfirmed = true }), quiet(), false, false, "maybe_confirmed"},
		{"the same, and no report has come for a month", with(expired, func(r *record.Record) { r.MaybeConfirmed, r.ConfirmedAt = true, hour(10) }), record.Snapshot{Now: hour(10 + 30*24)}, false, false, "maybe_confirmed"},
		{"the same by force", with(expired, func(r *record.Record) { r.MaybeConfirmed, r.Forced = true, true }), quiet(), false, false, ""},
		{"a ticket of a forced run", with(expired, func(r *record.Record) { r.MaybeConfirmed, r.ForcedRuns = true, []int{1} }), quiet(), true, false, ""},
		{"without a ticket", bare, quiet(), false, true, ""},
		{"without a ticket, in doubt", bare, inDoubt(), false, true, ""},
		{"without a ticket, too late", bare, tooLate(), false, true, "octoq vouch"},
		{"the same by force", with(bare, func(r *record.Record) { r.Forced = true }), tooLate(), false, false, ""},
		{"the run before was forced", with(bare, func(r *record.Record) { r.ForcedRuns = []int{1} }), tooLate(), false, true, "octoq vouch"},
		{"its tickets were lost", with(bare, func(r *record.Record) { r.Failure = &campaign.Failure{Class: campaign.FailLostTicket} }), quiet(), false, false, ""},
	} {
		if got := keepsTicket(c.r); got != c.keepsTicket {
			t.Errorf("%s: keeps its ticket: got %v, want %v", c.name, got, c.keepsTicket)
		}
		if got := keepsRequest(c.r); got != c.asksIt {
			t.Errorf("%s: keeps its request_id: got %v, want %v", c.name, got, c.asksIt)
		}
		if got := RefusesReplay(c.r, c.m); (got == "") != (c.refused == "") || !strings.Contains(got, c.refused) {
			t.Errorf("%s: refused: got %q, want %q in it", c.name, got, c.refused)
		}
	}
}

// A replay by an older octoq asked for another ticket, so one that Redis may have
// forgotten is not recognised.
func TestReplaysOfAnOlderOctoq(t *testing.T) {
	t.Parallel()
	letter := func(edits ...func(*record.Record)) record.Record {
		r := dead(campaign.FailRejected, campaign.StageCreate)
		r.Ticket, r.Failure.Ticket, r.Failure.At = "", "", hour(10)
		r.Started = map[campaign.Call]campaign.Start{campaign.CallCreate: {At: hour(9.5)}}
		for _, edit := range edits {
			edit(&r)
		}
		return r
	}
	at := func(changes ...record.RedisChange) record.Snapshot {
		return record.Snapshot{Now: hour(11), Changes: changes}
	}
	after := change(1, 2, 10.5, 10.4)
	for _, c := range []struct {
		name    string
		r       record.Record
		m       record.Snapshot
		refused bool
	}{
		{"Redis was replaced after its death", letter(), at(after), true},
		{"the same with a ticket", letter(func(r *record.Record) { r.Ticket, r.Failure.Class = "T1", campaign.FailDeadline }), at(after), true},
		{"the same by force", letter(func(r *record.Record) { r.Forced = true }), at(after), false},
		{"of today's octoq", letter(func(r *record.Record) { r.AskedAt = hour(9.5) }), at(after), false},
		{"nothing was asked", letter(func(r *record.Record) { r.Started = nil }), at(after), false},
		{"Redis was replaced before its death", letter(), at(change(1, 2, 9.9, 9.8)), false},
		{"the ledger was born after its death", letter(), at(record.RedisChange{To: after.To, FirstSeen: after.FirstSeen}), false},
		{"Redis was never replaced, or a vouch", letter(), at(), false},
	} {
		if got := RefusesReplay(c.r, c.m); strings.Contains(got, "older octoq") != c.refused || (got != "") != c.refused {
			t.Errorf("%s: got %q, want it refused: %v", c.name, got, c.refused)
		}
	}
}

// The API refused to delete the ticket that a replay leaves behind.
func TestRefusedDeletes(t *testing.T) {
	t.Parallel()
	edited := dead(campaign.FailExpired, campaign.StageConfirm)
	edited.Edited = true
	marked, forced := edited, edited
	marked.MaybeConfirmed, forced.Forced = true, true
	failed := dead(campaign.FailComputation, campaign.StageStatus)
	for _, c := range []struct {
		name    string
		r       record.Record
		m       record.Snapshot
		unknown bool // 131
		refused bool
	}{
		{"131", edited, quiet(), true, false},
		{"131 in doubt: the forgotten life may have deleted it and sent the next", edited, inDoubt(), true, true},
		{"131 of what may have been confirmed", marked, quiet(), true, true},
		{"131 by force", forced, inDoubt(), true, false},
		{"another refusal: the ticket could still be sent", edited, quiet(), false, true},
		{"another refusal by force", forced, inDoubt(), false, false},
		{"another refusal of a failed ticket, which is never sent", failed, quiet(), false, false},
		{"another refusal of a failed ticket in doubt", failed, inDoubt(), false, true},
	} {
		if got := refusesDelete(c.r, c.m, c.unknown); (got != "") != c.refused {
			t.Errorf("%s: got %q, want a refusal: %v", c.name, got, c.refused)
		}
	}
}
