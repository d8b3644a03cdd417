package admin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// A replay that is under way is not asked for again: a write behind the worker's back
// would make it begin anew, and ask the API once more.
func TestReplayUnderWayIsLeftAlone(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	store, desk := deskOf(t, rdb)
	c := die(t, rdb, store).Campaign
	if err := desk.Replay(t.Context(), c.Account, c.ID, "", false); err != nil {
		t.Fatalf("the first: %v", err)
	}
	before, _, err := store.Load(t.Context(), c.Account, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, force := range []bool{false, true} {
		if err := desk.Replay(t.Context(), c.Account, c.ID, "", force); !errors.Is(err, queue.ErrBusy) {
			t.Errorf("once more, by force %v: got %v, want that it is busy", force, err)
		}
	}
	after, _, err := store.Load(t.Context(), c.Account, c.ID)
	if err != nil || after.Revision != before.Revision {
		t.Errorf("the record: got revision %d, %v, want %d as the first replay left it", after.Revision, err, before.Revision)
	}
}

func deskOf(t *testing.T, rdb redis.UniversalClient) (*ledger.Store, *admin.Service) {
	t.Helper()
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	desk, err := admin.New(rdb, "ann", 0)
	if err != nil {
		t.Fatal(err)
	}
	return store, desk
}

// die writes the record and the letter of a campaign that Octopush refused.
func die(t *testing.T, rdb redis.UniversalClient, store *ledger.Store) record.Record {
	t.Helper()
	c := campaign.Campaign{
		ID: "spring", Account: "shop", ListName: "customers", Text: "Spring is here. STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	}
	r := record.New(c, time.Now().UTC(), "")
	r.State, r.Step, r.Failure = campaign.StateDead, 2, &campaign.Failure{Class: campaign.FailRejected}
	m, err := store.Observe(t.Context(), c.Account)
	if err != nil {
		t.Fatal(err)
	}
	if v, _, err := store.Commit(t.Context(), record.Change{After: r, RunID: m.RunID, Token: "died"}); v != record.CommitApplied {
		t.Fatalf("got %q, %v", v, err)
	}
	letter := task.Task{Account: c.Account, ID: c.ID, Step: r.Next(), Letter: &task.Letter{Campaign: c, Failure: *r.Failure}}
	if err := queue.NewLetters(rdb).Bury(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	return r
}
