package lifecycle

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// worstJitter makes back-offs as long as they can be, so that tests can distinguish
// them: half a base and the whole of the doubled one.
func worstJitter(d time.Duration) time.Duration { return d }

func testPolicy() Policy {
	return Policy{
		Who: "worker-1", Deadline: 24 * time.Hour, Claim: time.Minute,
		BackoffBase: time.Second, BackoffCap: time.Minute,
		PollFirst: 2 * time.Second, PollCap: time.Minute,
		Jitter: worstJitter,
	}
}

// retention is how long the records of the tests' policies are kept.
const retention = 90 * 24 * time.Hour

// given builds a record, a moment and a policy from words: those of recordtest, and
// circumstances that concern the policy.
func given(t *testing.T, words string) (record.Record, record.Snapshot, Policy) {
	t.Helper()
	p, fields := testPolicy(), strings.Fields(words)
	has := func(word string) bool {
		n := len(fields)
		fields = slices.DeleteFunc(fields, func(w string) bool { return w == word })
		return len(fields) < n
	}
	p.Manual, p.ParkLost = has("manual"), has("park")
	ancient := has("ancient") // enqueued longer ago than records are kept
	r, m := recordtest.Given(t, strings.Join(fields, " "))
	if ancient {
		r.EnqueuedAt, p.Retention = m.Now.Add(-retention-time.Hour), retention
	}
	return r, m, p
}

// whatNext says how the campaign goes on after a write: the same step again
// after a while, the next one, a person, a letter, or not at all.
func whatNext(before, after record.Record, m record.Snapshot, p Policy) string {
	switch {
	case after.State == campaign.StateDead:
		return "letter"
	case after.State.Final():
		return "-"
	case WaitsForPerson(after):
		return "person"
	}
	wait := "now"
	if at := DueAt(before, after, m, p); !at.IsZero() {
		wait = "in " + at.Sub(m.Now).String()
	}
	if after.Step == before.Step {
		return "again " + wait
	}
	return string(record.StageOf(after.State)) + " " + wait
}
