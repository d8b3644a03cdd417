package stage

import (
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// doubtful reports whether Redis may have forgotten what was done for this
// campaign: it was enqueued under another run_id, and it was due before the
// ledger first saw the present one. The producer's clock has no say in it.
func doubtful(r campaign.Record, m campaign.Moment) bool {
	return r.Origin != m.RunID && r.Campaign.NotBefore.Before(m.Since)
}

// forced reports whether the present run was begun by force: a second sending
// was accepted.
func forced(r campaign.Record) bool { return slices.Contains(r.ForcedRuns, r.Run) }

// justChanged reports whether Redis changed its run_id within the life of a
// request_id, so that "seen before" may speak of a forgotten run's create. A
// ledger that has known only one run_id is new.
func justChanged(m campaign.Moment) bool {
	return !m.Before.IsZero() && m.Now.Sub(m.Since) < requestIDLife
}

// tooLateToCreate reports whether a create that Redis may have forgotten could
// no longer be recognised by its request_id. The forgotten call was made after
// the campaign was due; see lastSight.
// A forced run is created at any time, or no force could ever help.
func tooLateToCreate(r campaign.Record, m campaign.Moment) bool {
	if !doubtful(r, m) || forced(r) {
		return false
	}
	earliest := lastSight(r, m)
	if due := r.Campaign.NotBefore; due.After(earliest) {
		earliest = due
	}
	return m.Now.Sub(earliest) > lastCreate
}

// lastSight is the earliest that Redis can have forgotten a create of the
// campaign: shortly before the run_id it was enqueued on was replaced. Later
// changes of the run_id do not make a forgotten create any younger.
func lastSight(r campaign.Record, m campaign.Moment) time.Time {
	if at, ok := m.Seen[r.Origin]; ok {
		return at
	}
	if !m.Before.IsZero() {
		return m.Before
	}
	return m.Started
}

// sentByAnother reports whether another ticket of the campaign may have been
// sent, as the cancel of an orphan can teach, while nobody accepted a second
// sending: then the present ticket is not confirmed.
func sentByAnother(r campaign.Record) bool {
	return r.MaybeConfirmed && !r.ConfirmTried && !forced(r)
}

// idle is the time the campaign has stood still through no fault of its own.
func idle(r campaign.Record, m campaign.Moment) time.Duration {
	return m.Held + r.Idle + waited(r, m)
}

// waited is how long the present wait has lasted, the time on hold left out:
// that counts as such. What is not known of a wait counts in the campaign's favour.
func waited(r campaign.Record, m campaign.Moment) time.Duration {
	if r.WaitingSince.IsZero() {
		return 0
	}
	all := m.Now.Sub(r.WaitingSince)
	if r.WaitingFrom.IsZero() {
		return all
	}
	return min(all, max(0, unheld(m).Sub(r.WaitingFrom)))
}

// unheld is a clock that stands still while the account is on hold.
func unheld(m campaign.Moment) time.Time { return m.Now.Add(-m.Held) }

// overdue reports whether a stage has taken longer than the deadline, hold,
// window and approval left out.
func overdue(r campaign.Record, call campaign.Call, m campaign.Moment, deadline time.Duration) bool {
	start, ok := r.Started[call]
	if !ok {
		return false
	}
	return taken(start, r, m) > deadline
}

// taken is how long a stage has been under way, without the time that the
// campaign stood still.
func taken(start campaign.Start, r campaign.Record, m campaign.Moment) time.Duration {
	return m.Now.Sub(start.At) - (idle(r, m) - start.Idle)
}
