package engine

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/balancestore"
	"github.com/octoq/octoq/internal/redistest"
)

// wallet is an API that knows a balance, or refuses to say it.
type wallet struct {
	asked  atomic.Int32
	status atomic.Int32
}

func (w *wallet) ServeHTTP(rw http.ResponseWriter, _ *http.Request) {
	w.asked.Add(1)
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(int(w.status.Load()))
	_, _ = rw.Write([]byte(`{"amount":12.5,"unit":"euro"}`))
}

// balanceWatches are those of the account's workers.
func balanceWatches(t *testing.T, rdb *redis.Client, n int) (*wallet, []*balanceWatch) {
	t.Helper()
	api := &wallet{}
	api.status.Store(http.StatusOK)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	var all []*balanceWatch
	for range n {
		p := processOf(t, with(rdb), AccountConfig{API: at(server.URL), Rate: 1000, Burst: 1000})
		a := accountOf(t, p, rdb)
		var running sync.WaitGroup
		running.Go(func() { _ = a.gate.Run(t.Context()) })
		t.Cleanup(running.Wait)
		all = append(all, a.balance)
	}
	return api, all
}

// Of an account's workers one asks for the balance, through the limits, and not again
// before it is old; what Octopush refuses to say changes nothing.
func TestOneWorkerAsksForTheBalance(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	api, all := balanceWatches(t, rdb, 3)
	seen := func() balancestore.Credit {
		t.Helper()
		s, known, err := balancestore.Get(t.Context(), rdb, "default")
		if err != nil || !known {
			t.Fatalf("got %v, %v, want a balance", known, err)
		}
		return s
	}
	if _, known, err := balancestore.Get(t.Context(), rdb, "default"); known || err != nil {
		t.Errorf("before any worker has asked: got %v, %v, want none", known, err)
	}
	var group sync.WaitGroup
	for _, w := range all {
		group.Go(func() {
			if err := w.look(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	first := seen()
	if first.Amount != 12_5000 || time.Since(first.At).Abs() > time.Minute || api.asked.Load() != 1 {
		t.Errorf("got %+v, asked for %d times, want 12.50 € by one call", first, api.asked.Load())
	}
	if err := balancestore.Put(t.Context(), rdb, "default", balancestore.Credit{Amount: campaign.Euro, At: time.Now().Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	api.status.Store(http.StatusInternalServerError)
	for range 2 {
		if err := all[1].look(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if got := seen(); got.Amount != campaign.Euro || api.asked.Load() != 3 {
		t.Errorf("an answer without a balance: got %+v after %d calls, want the one before, asked for again", got, api.asked.Load())
	}
	api.status.Store(http.StatusOK)
	if err := all[2].look(t.Context()); err != nil || seen().Amount != 12_5000 {
		t.Errorf("an old one: got %+v, %v, want it asked for again", seen(), err)
	}
}
