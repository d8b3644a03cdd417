package enqueue_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// world is a client on a Redis of its own.
type world struct {
	rdb    *redis.Client
	mini   *miniredis.Miniredis // nil on a real Redis
	client *enqueue.Client
	ledger *ledger.Store
}

// onBoth runs a test on miniredis and on a real Redis.
func onBoth(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Run("miniredis", func(t *testing.T) { t.Parallel(); test(t, onMini(t)) })
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t, redistest.Start(t).Client()))
	})
}

func onMini(t *testing.T) *world {
	t.Helper()
	m := memredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	w := newWorld(t, rdb)
	w.mini = m
	return w
}

func newWorld(t *testing.T, rdb *redis.Client) *world {
	t.Helper()
	client, err := enqueue.New(enqueue.Config{Client: rdb, Who: "tester"})
	if err != nil {
		t.Fatalf("new client: %v", err)
	}
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatalf("new ledger: %v", err)
	}
	return &world{rdb: rdb, client: client, ledger: store}
}

// order is a valid campaign.
func order(id string) campaign.Campaign {
	return campaign.Campaign{ID: id, ListName: "l", Text: "Hello, STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale}
}

func (w *world) enqueue(t *testing.T, items ...campaign.Campaign) {
	t.Helper()
	for r, err := range w.client.EnqueueAll(t.Context(), slices.Values(items)) {
		if err != nil {
			t.Fatalf("enqueue %s: %v", r.ID, err)
		}
	}
}

// way is how a worker takes a campaign to a state.
func way(to campaign.State) []campaign.State {
	long := []campaign.State{campaign.StateCreating, campaign.StateComputing, campaign.StateReady, campaign.StateConfirming, campaign.StateSent}
	if i := slices.Index(long, to); i >= 0 {
		return long[:i+1]
	}
	switch to {
	case campaign.StateAwaitingApproval, campaign.StateCancelling:
		return []campaign.State{campaign.StateCreating, campaign.StateComputing, to}
	default:
		return []campaign.State{campaign.StateCreating, to}
	}
}

// move takes a campaign of the default account to a state and its task out of
// the queue, as a worker does.
func (w *world) move(t *testing.T, id string, to campaign.State) {
	t.Helper()
	for _, state := range way(to) {
		if _, err := w.settle(t.Context(), id, state); err != nil {
			t.Fatalf("move %s to %s: %v", id, state, err)
		}
	}
	const queue = "asynq:{default.create}:"
	err := errors.Join(w.rdb.Del(t.Context(), queue+"t:"+id).Err(), w.rdb.LRem(t.Context(), queue+"pending", 0, id).Err(),
		w.rdb.ZRem(t.Context(), queue+"scheduled", id).Err())
	if err != nil {
		t.Fatalf("take %s out of its queue: %v", id, err)
	}
}

// settle writes one transition, with the flags that are there.
func (w *world) settle(ctx context.Context, id string, state campaign.State) (record.CommitResult, error) {
	r, m, err := w.ledger.Load(ctx, campaign.DefaultAccount, id)
	if err != nil && !errors.Is(err, campaign.ErrNotFound) {
		return "", err
	}
	change := record.Change{RunID: m.RunID, Token: rand.Text(), Entries: []campaign.Entry{{What: string(state), Who: "worker", State: state}}}
	if err == nil {
		change.Before = &r
	} else if r.Record, err = w.client.Get(ctx, "", id); err != nil {
		return "", err
	}
	change.After = r
	change.After.State, change.After.Step = state, r.Step+1
	verdict, _, err := w.ledger.Commit(ctx, change)
	return verdict, err
}

// waiting are the task ids that wait in a queue of the default account.
func (w *world) waiting(t *testing.T, stage campaign.Stage) []string {
	t.Helper()
	ids, err := w.rdb.LRange(t.Context(), fmt.Sprintf("asynq:{default.%s}:pending", stage), 0, -1).Result()
	if err != nil {
		t.Fatalf("read the queue of %s: %v", stage, err)
	}
	slices.Reverse(ids)
	return ids
}

func ids(records []campaign.Record) []string {
	all := make([]string, len(records))
	for i, r := range records {
		all[i] = r.ID()
	}
	return all
}
