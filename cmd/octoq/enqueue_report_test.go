package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// What is in Redis and was not confirmed counts as enqueued or known, and is reported
// as not durable; the command fails, although known ids alone would not be a failure.
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
			t.Errorf("%s: got %s (%v), want it with why it is not durable", want, out.String(), err)
		}
		if got := r.finish(); !errors.Is(got, enqueue.ErrNotDurable) || exitCode(got) != exitFailed {
			t.Errorf("%s: got %v and exit code %d, want ErrNotDurable and %d", want, got, exitCode(got), exitFailed)
		}
	}
}

// results gives a report the results of many campaigns and returns what was said.
func results(t *testing.T, n int, json bool, err func(i int) error) (out, said string, end error) {
	t.Helper()
	var o, e bytes.Buffer
	counts := &tally{}
	r := &enqueueReport{out: &o, err: &e, json: json, tally: counts, stopped: func() error { return nil }}
	r.progress = newFileProgress(&e, false, counts, 0)
	for i := range n {
		r.result(i+1, enqueue.Receipt{Account: "default", ID: fmt.Sprint("c", i+1)}, err(i))
	}
	end = r.finish()
	return o.String(), e.String(), end
}

// A campaign whose id belongs to another one is printed with its line and counted,
// up to a limit; the exit code stays that of known ones.
func TestReportOfOtherContent(t *testing.T) {
	t.Parallel()
	out, said, end := results(t, 150, false, func(i int) error {
		return &campaign.DuplicateError{Account: "default", ID: fmt.Sprint("c", i+1), State: campaign.StateSent, Same: i == 0}
	})
	if out != "0 enqueued, 150 known already (149 with other content), 0 invalid\n" || exitCode(end) != exitKnown {
		t.Errorf("got %q and %v, want the sum and exit code %d", out, end, exitKnown)
	}
	first := "line 2, campaign default/c2 is known already: state sent, different content; that one counts, this one does not\n"
	last := "49 more campaigns failed, or are known with other content: --json prints them all\n"
	if !strings.HasPrefix(said, first) || !strings.HasSuffix(said, last) || strings.Count(said, "\n") != maxPrinted+1 {
		t.Errorf("got %q, want %d lines from %q to %q", said, maxPrinted+1, first, last)
	}
	out, said, _ = results(t, 1, false, func(int) error {
		return &campaign.DuplicateError{Account: "default", ID: "c1", State: campaign.StatePurged}
	})
	if strings.Contains(out, "other content") || !strings.Contains(said, "was purged") {
		t.Errorf("purged: got %q and %q, want it said that the content is unknown", out, said)
	}
}

// Failures are counted, and printed up to a limit.
func TestReportOfFailures(t *testing.T) {
	t.Parallel()
	out, said, end := results(t, 150, false, func(int) error { return errors.New("WRONGTYPE no list") })
	if out != "0 enqueued, 0 known already, 0 invalid, 150 failed\n" || exitCode(end) != exitFailed || strings.Count(said, "\n") != maxPrinted+1 {
		t.Errorf("got %q, %q and %v, want 150 failed and %d of them printed", out, said, end, maxPrinted)
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// Results that cannot be written are no failure of what was enqueued, and are said
// once. A dry run does nothing else.
func TestReportOnAFullDisk(t *testing.T) {
	t.Parallel()
	for _, json := range []bool{true, false} {
		var said strings.Builder
		r := &enqueueReport{out: fullDisk{}, err: &said, json: json, tally: &tally{}}
		r.result(1, enqueue.Receipt{Account: "default", ID: "a", State: campaign.StateQueued}, nil)
		if err := r.finish(); exitCode(err) != exitOK || strings.Count(said.String(), "it is done, but the result could not be printed: no space left\n") != 1 {
			t.Errorf("json %v: got %v and %q, want it done, and the trouble said once", json, err, said.String())
		}
		dry := &enqueueReport{out: fullDisk{}, err: io.Discard, json: json, tally: &tally{}, dry: true}
		dry.result(1, enqueue.Receipt{Account: "default", ID: "a", State: campaign.StateQueued}, nil)
		if err := dry.finish(); exitCode(err) != exitFailed || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("dry, json %v: got %v, want it failed", json, err)
		}
	}
}
