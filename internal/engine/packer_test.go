package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// ended are the campaigns of an account that are simulated.
type ended struct {
	t      *testing.T
	rdb    redis.UniversalClient
	store  *ledger.Store
	writes int
}

func newEnded(t *testing.T, rdb redis.UniversalClient) *ended {
	t.Helper()
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &ended{t: t, rdb: rdb, store: store}
}

// add adds n of them.
func (e *ended) add(n int) {
	e.t.Helper()
	_, at, _ := e.store.Load(e.t.Context(), campaign.DefaultAccount, "unknown")
	for range n {
		var before *record.Record
		after := record.New(campaign.Campaign{ID: fmt.Sprint("c", e.writes), Account: campaign.DefaultAccount}, at.Now, at.RunID)
		for _, state := range []campaign.State{campaign.StateCreating, campaign.StateSimulated} {
			e.writes++
			after.State = state
			ch := record.Change{Before: before, After: after, RunID: at.RunID, Token: fmt.Sprint("t", e.writes)}
			if got, _, err := e.store.Commit(e.t.Context(), ch); err != nil || got != record.CommitApplied {
				e.t.Fatalf("got %q, %v", got, err)
			}
			after = ch.Written()
			last := after
			before = &last
		}
	}
}

// arePacked fails the test unless so many of them are.
func (e *ended) arePacked(when string, want int) {
	e.t.Helper()
	ids := e.rdb.ZRange(e.t.Context(), key.State(campaign.DefaultAccount, campaign.StateSimulated), 0, -1).Val()
	all, err := e.store.LoadAll(e.t.Context(), campaign.DefaultAccount, ids)
	packed := 0
	for _, r := range all.Records {
		if r.Packed != nil {
			packed++
		}
	}
	if packed != want || err != nil {
		e.t.Errorf("%s: got %d packed, %v, want %d", when, packed, err, want)
	}
}

// Records are packed some time after their campaigns have ended: looked for once a minute,
// and at once again where one look does not take all.
func TestPackerWaitsForTheEnd(t *testing.T) {
	t.Parallel()
	e, now := newEnded(t, redistest.Start(t).Client()), time.Now()
	p := &packer{ledger: e.store, after: time.Hour, clock: func(context.Context) (time.Time, error) { return now, nil }}
	look := func(when string, want int) {
		t.Helper()
		if n, err := p.pack(t.Context(), campaign.DefaultAccount); n != 0 || err != nil {
			t.Errorf("%s: got %d, %v, want no finding", when, n, err)
		}
		e.arePacked(when, want)
	}
	e.add(2)
	look("within the hour", 0)
	now = now.Add(time.Hour + 30*time.Second)
	look("an hour later", 2)
	e.add(1)
	now = now.Add(30 * time.Second)
	look("within the minute", 2)
	now = now.Add(time.Hour)
	look("later", 3)
	e.add(packMost + 1)
	now = now.Add(time.Hour)
	look("many", 3+packMost)
	look("the rest, at once", 3+packMost+1)
}

// An account that sleeps packs what is over in the rounds of its chores, and goes on in the
// next one where there is more.
func TestASleepingAccountPacks(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := newEnded(t, server.Client())
	e.add(packMost + 1)
	p := processOf(t, Config{RedisURL: server.URL(), PackAfter: time.Millisecond}, AccountConfig{Name: campaign.DefaultAccount})
	d, err := p.deps(e.rdb, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := newChores(d.of(p.config.Accounts[0]))
	e.arePacked("before", 0)
	c.round(t.Context(), false)
	e.arePacked("one round", packMost)
	c.round(t.Context(), false)
	e.arePacked("the next", packMost+1)
	e.add(1)
	c.round(t.Context(), false)
	e.arePacked("one of five without a sweep", packMost+1)
}
