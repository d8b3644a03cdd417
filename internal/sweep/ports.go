package sweep

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Ledger finds and changes records.
type Ledger interface {
	// Idle lists ids of a state whose last change is older than before and,
	// unless since is zero, not older than that: oldest first, at most n of
	// them, from a cursor ("" at first) to the next one ("" at the end).
	Idle(ctx context.Context, account string, s campaign.State, since, before time.Time, cursor string, n int) (ids []string, next string, err error)
	// LoadAll reads those of some records that are there, and the moment they
	// were read in; unknown counts those that only a newer octoq can read.
	LoadAll(ctx context.Context, account string, ids []string) (record.Loaded, error)
	// Commit is that of the stages.
	Commit(ctx context.Context, ch record.Change) (record.CommitResult, record.Snapshot, error)
}

// ExpectedTask is a step whose task should be in its queue.
type ExpectedTask struct {
	ID   string
	Step record.Step
}

// Steps queues the steps of campaigns, as the stages do.
type Steps interface {
	Put(ctx context.Context, r record.Record, step record.Step, at time.Time) error
}

// Queue knows what became of tasks, and queues them.
type Queue interface {
	Steps
	// Stuck reports for each step whether its task will not run by itself:
	// gone, archived, or active without a lease for a while.
	Stuck(ctx context.Context, account string, expected []ExpectedTask) ([]bool, error)
	// Bury is that of the stages.
	Bury(ctx context.Context, r record.Record, refused string) error
}

// Orphans finds records whose orphans are still to be cancelled.
type Orphans interface {
	// Orphaned lists ids whose orphans last changed before a time, paged as
	// Ledger.Idle is. It walks over those alone.
	Orphaned(ctx context.Context, account string, before time.Time, cursor string, n int) (ids []string, next string, err error)
}

// LastingRecords finds and ends records that do not expire by themselves.
type LastingRecords interface {
	// Lasting lists ids of campaigns that were cancelled unclaimed before a time,
	// paged as Ledger.Idle is.
	Lasting(ctx context.Context, account string, before time.Time, cursor string, n int) (ids []string, next string, err error)
	// Expire lets a record expire as those of other campaigns do.
	Expire(ctx context.Context, account, id string) error
	// Retention is how long records are kept.
	Retention() time.Duration
}

// TaskFinder knows what became of tasks.
type TaskFinder interface {
	// Gone reports for each step whether there is no task of it.
	Gone(ctx context.Context, account string, expected []ExpectedTask) ([]bool, error)
}
