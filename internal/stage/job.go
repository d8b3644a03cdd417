package stage

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Job is one wake-up.
type Job struct {
	Account, ID string
	Step        record.Step
	// First is the record of a campaign that no worker has touched yet, made
	// from its task; nil for every other wake-up.
	First *record.Record
}

// cancelsOrphans reports whether the wake-up is for the record's orphans, and for none
// of its steps.
func (j Job) cancelsOrphans() bool {
	return j.Step.Stage == campaign.StageCancel && j.Step.Step == 0
}

// JobResult says what becomes of the task.
type JobResult struct {
	// Done: the task has served. Otherwise it comes back at At; the zero time
	// means as soon as possible.
	Done bool
	At   time.Time
	// RunID is the run_id of the Redis whose ledger says that the task has served. A
	// task that was taken from another one has not: that one may not know the record.
	RunID string
	// Cancelled: a first create found its campaign cancelled, so nothing waits any more
	// that could begin it.
	Cancelled bool
	// Err is why the task comes back although no plan says so, for the log.
	Err error
}

func done(at record.Snapshot) JobResult { return JobResult{Done: true, RunID: at.RunID} }
func again(at time.Time) JobResult      { return JobResult{At: at} }
