package stage

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Ledger keeps the records.
type Ledger interface {
	// Load returns the record and the moment it was read in. It fails with
	// campaign.ErrNotFound, the moment still being valid, when there is none,
	// and with campaign.ErrVersion when this octoq cannot read it.
	Load(ctx context.Context, account, id string) (record.Record, record.Snapshot, error)
	// Commit writes a change if the record is still the one it was decided on.
	// Errors mean that it is not known whether the change was written; asking
	// again with the same token is safe. The moment is whole if the change takes
	// a claim, else Now and RunID alone.
	Commit(ctx context.Context, ch record.Change) (record.CommitResult, record.Snapshot, error)
}

// API makes one call and classifies whatever it comes back with.
type API interface {
	Do(ctx context.Context, r record.Request) record.Outcome
}

// Gate lets calls pass as the account's limits and hold allow.
type Gate interface {
	// Acquire waits for a permit for a record's campaign. It fails with *GateClosedError when the wait is
	// known to be long, and with ctx's error when that ends.
	Acquire(ctx context.Context, call campaign.Call, r record.Record) (Permit, error)
}

// Permit is the right to make one call.
type Permit interface {
	// NotAfter is when the permit is void, on the local clock.
	NotAfter() time.Time
	// Release gives the permit back with what the call taught; the zero
	// Outcome says that no call was made. A second Release does nothing.
	Release(ctx context.Context, out record.Outcome)
}

// Queue wakes campaigns up.
type Queue interface {
	// Put queues a step of a record; a step that is queued already is not an error.
	Put(ctx context.Context, r record.Record, step record.Step, at time.Time) error
	// Bury stores the letter of a dead campaign; refused says why the last
	// replay was refused, if it was.
	Bury(ctx context.Context, r record.Record, refused string) error
}

// Completer commits a change, enqueues the next step and acknowledges the task of the
// job in one script.
type Completer interface {
	// Complete is Ledger's Commit. If the change is applied and that can be done in
	// the same script, it also enqueues the next step, if there is one, and
	// acknowledges the task; Completion.Acknowledged says so. Otherwise both are left
	// to the caller.
	Complete(ctx context.Context, job Job, ch record.Change, next NextStep) (Completion, error)
}

// Completion is what became of a change.
type Completion struct {
	Result record.CommitResult
	// At has Now and RunID alone.
	At record.Snapshot
	// Acknowledged: the next step is enqueued and the task is acknowledged.
	Acknowledged bool
}

// NextStep is a step to be enqueued, and when it is due on the local clock; the zero
// NextStep is none, the zero time means now.
type NextStep struct {
	Step record.Step
	At   time.Time
}

// GateClosedError is the error of a gate that will not open soon.
type GateClosedError struct {
	At  time.Time // local clock
	Why string
}

func (e *GateClosedError) Error() string {
	return fmt.Sprintf("not before %s: %s", e.At.Format(time.RFC3339), e.Why)
}
