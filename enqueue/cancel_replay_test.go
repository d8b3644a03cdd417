package enqueue_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

// A replay that no worker has begun can be cancelled: its letter waits for a person
// again. Without a replay there is nothing to cancel, since a dead campaign is not sent.
func TestCancelTakesAReplayBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.enqueue(t, order("a"))
		w.move(t, "a", campaign.StateDead)
		letters := queue.NewLetters(w.rdb)
		dead := w.get(t, "a")
		letter := task.Letter{Campaign: dead.Campaign, Failure: campaign.Failure{Class: campaign.FailRejected}}
		if err := letters.Bury(t.Context(), task.Task{Account: dead.Account(), ID: "a", Step: step(dead), Letter: &letter}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.client.Cancel(t.Context(), "", "a"); !errors.Is(err, campaign.ErrState) {
			t.Errorf("nothing was asked for: got %v, want ErrState", err)
		}
		for name, ask := range map[string]func(){
			"with octoq":          func() { w.askReplay(t, "a") },
			"with asynq's own UI": func() {}, // which runs the letter and does not write to the record
		} {
			ask()
			asked := w.get(t, "a")
			if err := letters.Run(t.Context(), asked.Account(), "a", step(asked)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			r, err := w.client.Cancel(t.Context(), "", "a")
			if err != nil || r.State != campaign.StateDead || r.ReplayBy != "" || r.Step <= asked.Step {
				t.Fatalf("%s: got %+v, %v, want it dead, with no replay", name, r, err)
			}
			if !slices.Contains(events(w.get(t, "a")), "replay_cancelled") {
				t.Errorf("%s: got timeline %q, want that the replay was cancelled", name, events(w.get(t, "a")))
			}
			if b, err := letters.At(t.Context(), r.Account(), "a", step(r)); err != nil || b.Running {
				t.Errorf("%s: its letter: got %+v, %v, want it to wait for a person", name, b, err)
			}
			if _, err := letters.At(t.Context(), r.Account(), "a", step(asked)); !errors.Is(err, campaign.ErrNotFound) {
				t.Errorf("%s: the letter that was run: got %v, want it gone", name, err)
			}
		}
	})
}

// askReplay notes a request for a replay in the record.
func (w *world) askReplay(t *testing.T, id string) {
	t.Helper()
	r, m, err := w.ledger.Load(t.Context(), campaign.DefaultAccount, id)
	if err != nil {
		t.Fatal(err)
	}
	after, entries, err := r.RequestReplay("ann", "", false)
	if err != nil {
		t.Fatal(err)
	}
	change := record.Change{Before: &r, After: after, RunID: m.RunID, Token: rand.Text(), Entries: entries}
	if v, _, err := w.ledger.Commit(t.Context(), change); v != record.CommitApplied {
		t.Fatalf("got %q, %v", v, err)
	}
}

// step is the step that a record waits for.
func step(r campaign.Record) record.Step { return record.Record{Record: r}.Next() }
