package metrics

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// callsOfAWorker is how many calls of a stage one worker makes at once by default, the
// setting concurrency.
const callsOfAWorker = 10

// due are the tasks that a worker could take now, or has.
func (st Standing) due() int64 {
	due := int64(0)
	for _, stage := range record.Stages() {
		if q := st.Queues[stage]; stage != campaign.StageDead && !q.Paused {
			due += q.Pending + q.Active
		}
	}
	return due
}

// NeedsLimit reports whether MaxInFlight decides how many workers are wanted: where
// little is due, one is enough whatever it is.
func (st Standing) NeedsLimit() bool { return st.due() > callsOfAWorker }

// wanted is how many workers would have something to do for an account now. Limits hold
// over all workers, so one more helps only an account that may have more calls under way
// than one worker makes.
func (st Standing) wanted() int64 {
	calls := st.due()
	if st.MaxInFlight > 0 {
		calls = min(calls, int64(st.MaxInFlight))
	}
	return (calls + callsOfAWorker - 1) / callsOfAWorker
}
