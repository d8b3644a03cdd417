package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// What is in Redis and was not confirmed counts as what it is, and is told; the
// command fails, although known ids alone would not be a failure.
func TestReportOfWhatIsNotDurable(t *testing.T) {
	t.Parallel()
	unsure := &enqueue.NotDurableError{Account: "default", ID: "a", Why: "no disk", Do: "Buy one."}
	known := fmt.Errorf("%w; %w", &campaign.DuplicateError{Account: "default", ID: "a", State: campaign.StateQueued}, unsure)
	for want, err := range map[string]error{"enqueued": unsure, "known": known} {
		var out bytes.Buffer
		r := &enqueueReport{out: &out, err: &out, json: true, tally: &tally{}}
		r.result(1, enqueue.Receipt{Account: "default", ID: "a", State: campaign.StateQueued}, err)
		var l line
		if err := json.Unmarshal(out.Bytes(), &l); err != nil || l.Result != want || l.NotDurable != "no disk" || l.State != campaign.StateQueued {
			t.Errorf("%s: got %s (%v), want it told", want, out.String(), err)
		}
		if got := r.finish(); !errors.Is(got, enqueue.ErrNotDurable) || exitCode(got) != exitFailed {
			t.Errorf("%s: got %v and exit code %d, want ErrNotDurable and %d", want, got, exitCode(got), exitFailed)
		}
	}
}
