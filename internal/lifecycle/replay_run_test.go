package lifecycle

import (
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

func TestReplayKeepsWhatMustBeKept(t *testing.T) {
	t.Parallel()
	rec, m, _ := given(t, "dead maybe")
	rec.EnqueuedRunID, rec.OwnID, rec.AcceptedRunID = "redis-before", true, recordtest.RunID
	rec.TraceID, rec.TraceSpan = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7-01"
	rec.Forced, rec.Epoch, rec.Try, rec.ReplayBy = true, 4, 3, "ann"
	rec.LostRequests, rec.ForcedRuns = []string{"lost"}, []int{1}
	rec.Orphans = []campaign.Orphan{{Ticket: "T0", Cancelled: true}}
	rec.Failure = &campaign.Failure{Class: campaign.FailDuplicate}
	got := createAnew(rec, oldTicket{deleted: true}, m, "worker").Record
	if got.EnqueuedRunID != rec.EnqueuedRunID || !got.EnqueuedAt.Equal(rec.EnqueuedAt) || !got.OwnID || got.AcceptedRunID != recordtest.RunID {
		t.Errorf("got origin %q at %v: neither replay nor edit renews it", got.EnqueuedRunID, got.EnqueuedAt)
	}
	if got.TraceID != rec.TraceID || got.TraceSpan != rec.TraceSpan {
		t.Errorf("got the trace %q, %q, want that of its enqueueing", got.TraceID, got.TraceSpan)
	}
	if !got.MaybeConfirmed || !slices.Equal(got.ForcedRuns, []int{1, 2}) || got.Forced || got.ReplayBy != "" {
		t.Errorf("got mark %v, forced runs %v, force %v, want true, [1 2] and the force used up", got.MaybeConfirmed, got.ForcedRuns, got.Forced)
	}
	if len(got.Orphans) != 2 || got.Orphans[1].Ticket != "T1" || !got.Orphans[1].Cancelled || !slices.Equal(got.LostRequests, rec.LostRequests) {
		t.Errorf("got orphans %v, lost %v, want T0, T1 and those lost before", got.Orphans, got.LostRequests)
	}
	if got.Run != 2 || got.Step != rec.Step+1 || got.Epoch != 0 || got.Try != 1 || got.AskRun != 0 || got.Revision != rec.Revision {
		t.Errorf("got run %d step %d epoch %d try %d asking run %d, want 2, %d, 0, 1, its own", got.Run, got.Step, got.Epoch, got.Try, got.AskRun, rec.Step+1)
	}
	if len(rec.Orphans) != 1 || len(rec.ForcedRuns) != 1 {
		t.Error("the record that it was decided on was changed")
	}
	got.Ticket = "T1"
	if same := createAnew(got, oldTicket{}, m, "worker").Orphans; len(same) != 2 {
		t.Errorf("orphans: got %v, want no ticket twice", same)
	}
}

// Without a ticket the question stays the same, and with it what is known of it.
func TestReplayKeepsTheQuestion(t *testing.T) {
	t.Parallel()
	rec, m, _ := given(t, "dead unanswered")
	rec.Ticket, rec.Try, rec.AskedAt = "", 2, m.Now.Add(-time.Hour)
	rec.Failure = &campaign.Failure{Class: campaign.FailRejected}
	next := createAnew(rec, oldTicket{}, m, "worker").Record
	again := createAnew(next, oldTicket{}, m, "worker").Record
	for _, r := range []record.Record{next, again} {
		if r.RequestID() != rec.RequestID() || !r.Unanswered || r.UnansweredRunID != recordtest.RunID || !r.AskedAt.Equal(rec.AskedAt) {
			t.Errorf("run %d asks %s (unanswered %v on %q since %v), want the question of run 1", r.Run, r.RequestID(), r.Unanswered, r.UnansweredRunID, r.AskedAt)
		}
		if r.Version() != record.CoveredVersion {
			t.Errorf("run %d is written as version %d: an older octoq would ask another question", r.Run, r.Version())
		}
	}
}
