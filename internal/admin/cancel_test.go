package admin_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// A replay that no worker has begun can be cancelled: its letter waits for a person
// again. Without a replay there is nothing to cancel, since a dead campaign is not sent.
func TestCancelTakesAReplayBack(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	store, desk := deskOf(t, rdb)
	client, err := enqueue.New(enqueue.Config{Client: rdb, Who: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	dead := die(t, rdb, store)
	if _, err := client.Cancel(t.Context(), dead.Account(), dead.ID()); !errors.Is(err, campaign.ErrState) {
		t.Errorf("nothing was asked for: got %v, want ErrState", err)
	}
	for range 2 { // what was taken back can be asked for again at once
		if err := desk.Replay(t.Context(), dead.Account(), dead.ID(), false); err != nil {
			t.Fatalf("replay: %v", err)
		}
		asked, _, err := store.Load(t.Context(), dead.Account(), dead.ID())
		if err != nil || asked.ReplayBy == "" {
			t.Fatalf("got %+v, %v, want a replay that ann asked for", asked, err)
		}
		r, err := client.Cancel(t.Context(), dead.Account(), dead.ID())
		if err != nil || r.State != campaign.StateDead || r.ReplayBy != "" || r.Step <= asked.Step {
			t.Fatalf("got %+v, %v, want it dead, with no replay", r, err)
		}
		shown, err := client.Get(t.Context(), dead.Account(), dead.ID())
		if err != nil || !slices.ContainsFunc(shown.Timeline, func(e campaign.Entry) bool {
			return e.What == "replay_cancelled" && e.Who == "bob"
		}) {
			t.Errorf("got timeline %+v, %v, want who cancelled the replay", shown.Timeline, err)
		}
		letters := queue.NewLetters(rdb)
		if b, err := letters.At(t.Context(), dead.Account(), dead.ID(), r.Next()); err != nil || b.Running {
			t.Errorf("its letter: got %+v, %v, want it to wait for a person", b, err)
		}
		if _, err := letters.At(t.Context(), dead.Account(), dead.ID(), asked.Next()); !errors.Is(err, campaign.ErrNotFound) {
			t.Errorf("the letter that was run: got %v, want it gone", err)
		}
	}
}
