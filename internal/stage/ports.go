package stage

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Ledger keeps the records.
type Ledger interface {
	// Load returns the record and the moment it was read in. It fails with
	// campaign.ErrNotFound, the moment still being valid, when there is none,
	// and with campaign.ErrVersion when this octoq cannot read it.
	Load(ctx context.Context, account, id string) (campaign.Record, campaign.Moment, error)
	// Commit writes a change if the record is still the one it was decided on.
	// Errors mean that it is not known whether the change was written; asking
	// again with the same token is safe. The moment is whole if the change takes
	// a claim, else Now and RunID alone.
	Commit(ctx context.Context, ch campaign.Change) (campaign.Verdict, campaign.Moment, error)
}

// API makes one call and classifies whatever it comes back with.
type API interface {
	Do(ctx context.Context, r campaign.Request) campaign.Outcome
}

// Gate lets calls pass as the account's limits and hold allow.
type Gate interface {
	// Acquire waits for a permit. It fails with *Later when the wait is known
	// to be long, and with ctx's error when that ends.
	Acquire(ctx context.Context, call campaign.Call, id string) (Permit, error)
}

// Permit is the right to make one call.
type Permit interface {
	// NotAfter is when the permit is void, on the local clock.
	NotAfter() time.Time
	// Release gives the permit back with what the call taught; the zero
	// Outcome says that no call was made. A second Release does nothing.
	Release(ctx context.Context, out campaign.Outcome)
}

// Queue wakes campaigns up.
type Queue interface {
	// Put queues a step; a step that is queued already is not an error.
	Put(ctx context.Context, account, id string, step campaign.Step, at time.Time) error
	// Bury stores the letter of a dead campaign; refused says why the last
	// replay was refused, if it was.
	Bury(ctx context.Context, r campaign.Record, refused string) error
}

// Handover is Ledger and Queue in one, for a change with which a task has served.
type Handover interface {
	// HandOver is Ledger's Commit. If the change is applied and that can be done
	// in the same breath, the next wake-up is queued, if there is one, and the
	// task of the job is acknowledged; handed says so. Otherwise both are left to
	// the caller.
	HandOver(ctx context.Context, job Job, ch campaign.Change, next Wake) (v campaign.Verdict, m campaign.Moment, handed bool, err error)
}

// Wake is a wake-up to be queued; the zero Wake is none.
type Wake struct {
	Step campaign.Step
	At   time.Time
}

// Window is when campaigns may go out.
type Window interface {
	// At reports whether it is open at t, and when that changes next; the zero
	// time means not within a year.
	At(t time.Time) (open bool, change time.Time)
	// String is the window for people.
	String() string
}

// Later is the error of a gate that will not open soon.
type Later struct {
	At  time.Time // local clock
	Why string
}

func (e *Later) Error() string {
	return fmt.Sprintf("not before %s: %s", e.At.Format(time.RFC3339), e.Why)
}
