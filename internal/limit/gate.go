package limit

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
)

// Gate is where the calls of one account wait in one process.
type Gate struct {
	account   string
	allocator *allocator
	redis     roundTripper
	subscribe subscriber
	started   atomic.Bool
	changed   signal // of the hold
}

// NewGate makes the gate of one account. It asks nothing before Run.
func NewGate(rdb redis.UniversalClient, account string, limits Limits, opts Options) (*Gate, error) {
	if account == "" {
		return nil, errors.New("a gate needs the name of an account")
	}
	if err := limits.Validate(); err != nil {
		return nil, fmt.Errorf("limits of account %s: %w", account, err)
	}
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("gate of account %s: %w", account, err)
	}
	subscribe := subscription(rdb, account)
	if opts.Unheard {
		subscribe = func(context.Context, func(string)) {}
	}
	return newGate(account, limits, opts, newLimiter(rdb, account, limits), subscribe), nil
}

func newGate(account string, l Limits, o Options, s limiterScripts, subscribe subscriber) *Gate {
	return &Gate{
		account: account, allocator: newAllocator(account, l, o),
		redis:     roundTripper{scripts: s, now: o.Now, timeout: o.Timeout, onError: o.OnError},
		subscribe: subscribe, changed: newSignal(),
	}
}

// HoldChanged receives when the account's hold may have changed, in this or
// another process. Signals that were not received yet are one.
func (g *Gate) HoldChanged() <-chan struct{} { return g.changed }

// Acquire waits until the call may be made and returns leave to make it, which
// the caller must Release, also when it makes no call. id names the campaign, which is
// no alert.
//
// It returns a *LaterError when the account is on hold or the API asked for a
// pause of more than two seconds, an error with ctx's inside when ctx ends
// first, and ErrStopped once Run has ended. While Redis is out of reach it
// waits. Before Run has started it waits, too.
func (g *Gate) Acquire(ctx context.Context, call campaign.Call, id string) (*Permit, error) {
	return g.acquire(ctx, rank{call: call}, id)
}

// AcquireAlert is Acquire for an alert: in this process it comes before all that are
// none, but for one grant in nine. Probes come before both.
func (g *Gate) AcquireAlert(ctx context.Context, call campaign.Call, id string) (*Permit, error) {
	return g.acquire(ctx, rank{alert: true, call: call}, id)
}

func (g *Gate) acquire(ctx context.Context, r rank, id string) (*Permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("wait for the limiter: %w", err)
	}
	w, admitted, err := g.allocator.enter(r, id)
	if err != nil {
		return nil, err
	}
	if admitted == nil {
		if admitted, err = g.wait(ctx, w); err != nil {
			return nil, err
		}
	}
	return &Permit{call: admitted, slotReleaser: slotReleaser{allocator: g.allocator, scripts: g.redis.scripts, timeout: g.redis.timeout}}, nil
}

func (g *Gate) wait(ctx context.Context, w *waiter) (*activeCall, error) {
	select {
	case r := <-w.result:
		return r.call, r.err
	case <-ctx.Done():
		g.allocator.leave(w)
		return nil, fmt.Errorf("wait for the limiter: %w", ctx.Err())
	}
}
