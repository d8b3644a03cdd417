package engine

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

// The ledger of an account is stamped while nothing happens there: the stamp says how
// late a create may have been that Redis forgot.
func TestIdleAccountsAreStamped(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	p := processOf(t, with(rdb), AccountConfig{Name: "shop", API: at(newSlow(t))})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the worker ended with %v", err)
		}
	})
	stampedAfter := func(at time.Time) {
		t.Helper()
		end := time.NewTimer(2 * observeEvery)
		defer end.Stop()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			stamp, _ := rdb.HGet(ctx, key.Meta("shop"), "stamp").Int64() // none at first
			if !time.UnixMilli(stamp).Before(at) {
				return
			}
			select {
			case <-end.C:
				t.Fatalf("stamped at %v, want it after %v", time.UnixMilli(stamp), at)
			case <-tick.C:
			}
		}
	}
	begun := time.Now().Truncate(time.Millisecond)
	stampedAfter(begun)
	idle := time.Now().Add(-2 * observeEvery).UnixMilli() // as if it had been idle since
	if err := rdb.HSet(ctx, key.Meta("shop"), "stamp", strconv.FormatInt(idle, 10)).Err(); err != nil {
		t.Fatal(err)
	}
	stampedAfter(begun)
}
