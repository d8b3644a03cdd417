package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// overdue reports whether a stage has taken longer than the deadline, hold,
// window and approval left out.
func overdue(r record.Record, call campaign.Call, m record.Snapshot, deadline time.Duration) bool {
	start, ok := r.Started[call]
	if !ok {
		return false
	}
	return stageTime(start, r, m) > deadline
}

// stageTime is how long a stage has been under way, without the time that the
// campaign was idle.
func stageTime(start campaign.Start, r record.Record, m record.Snapshot) time.Duration {
	return m.Now.Sub(start.At) - (idle(r, m) - start.Idle)
}

// idle is the time that the campaign has stood still through no fault of its own.
func idle(r record.Record, m record.Snapshot) time.Duration {
	return m.Held + r.Idle + waited(r, m)
}

// waited is how long the present wait has lasted, the time on hold left out:
// that counts as such. What is not known of a wait counts in the campaign's favour.
func waited(r record.Record, m record.Snapshot) time.Duration {
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
func unheld(m record.Snapshot) time.Time { return m.Now.Add(-m.Held) }
