package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// Records are packed some time after their campaigns have ended: looked for once a minute,
// and at once again where one look does not take all.
func TestPackerWaitsForTheEnd(t *testing.T) {
	t.Parallel()
	rdb, ctx := redistest.Start(t).Client(), t.Context()
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const account = "default"
	token := 0
	simulate := func(from, to int) {
		t.Helper()
		_, at, _ := store.Load(ctx, account, "unknown")
		for i := from; i < to; i++ {
			var before *record.Record
			after := record.New(campaign.Campaign{ID: fmt.Sprint("c", i), Account: account}, at.Now, at.RunID)
			for _, state := range []campaign.State{campaign.StateCreating, campaign.StateSimulated} {
				token++
				after.State = state
				ch := record.Change{Before: before, After: after, RunID: at.RunID, Token: fmt.Sprint("t", token)}
				if got, _, err := store.Commit(ctx, ch); err != nil || got != record.CommitApplied {
					t.Fatalf("got %q, %v", got, err)
				}
				after = ch.Written()
				last := after
				before = &last
			}
		}
	}
	now := time.Now()
	p := &packer{ledger: store, after: time.Hour, clock: func(context.Context) (time.Time, error) { return now, nil }}
	looks := func(when string, want int) {
		t.Helper()
		if n, err := p.pack(ctx, account); n != 0 || err != nil {
			t.Errorf("%s: got %d, %v, want no finding", when, n, err)
		}
		packed := 0
		for _, id := range rdb.ZRange(ctx, key.State(account, campaign.StateSimulated), 0, -1).Val() {
			if r, _, err := store.Load(ctx, account, id); err != nil {
				t.Fatal(err)
			} else if r.Packed != nil {
				packed++
			}
		}
		if packed != want {
			t.Errorf("%s: got %d packed, want %d", when, packed, want)
		}
	}
	simulate(0, 2)
	looks("within the hour", 0)
	now = now.Add(time.Hour + 30*time.Second)
	looks("an hour later", 2)
	simulate(2, 3)
	now = now.Add(30 * time.Second)
	looks("within the minute", 2)
	now = now.Add(time.Hour)
	looks("later", 3)
	simulate(3, 3+packMost+1)
	now = now.Add(time.Hour)
	looks("many", 3+packMost)
	looks("the rest, at once", 3+packMost+1)
}
