package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/limit"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/record"
)

// ErrOnHold says that the account is stopped, so that no call was made.
var ErrOnHold = errors.New("the account is on hold")

// Contacts adds contacts to lists of one account, within the limits that its workers keep,
// and behind their calls.
type Contacts struct {
	account string
	client  *octopush.Client
	gate    *limit.Gate
	calls   int
	stop    context.CancelFunc
	running sync.WaitGroup
	onError func(error)
}

// NewContacts makes one; what goes wrong in the background is given to onError, and tried
// again. It has to be closed.
func NewContacts(rdb redis.UniversalClient, cfg AccountConfig, onError func(error)) (*Contacts, error) {
	client, err := octopush.New(cfg.API)
	if err != nil {
		return nil, fmt.Errorf("account %q: %w", cfg.Name, err)
	}
	limits := limit.Limits{Rate: cfg.Rate, Burst: cfg.Burst, MaxInFlight: cfg.MaxInFlight}
	gate, err := limit.NewGate(rdb, cfg.Name, limits, limit.Options{OnError: onError, Unheard: true})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &Contacts{account: cfg.Name, client: client, gate: gate, calls: callsAtOnce(limits), stop: stop, onError: onError}
	c.running.Go(func() {
		if err := gate.Run(ctx); err != nil {
			onError(err)
		}
	})
	return c, nil
}

// mostCalls is how many calls add contacts at once where the limits allow any number.
const mostCalls = 8

// callsAtOnce is how many calls add contacts at once: half of what the limits allow, so that
// a call of a worker finds a free slot.
func callsAtOnce(l limit.Limits) int {
	if l.MaxInFlight == 0 {
		return mostCalls
	}
	return max(1, min(l.MaxInFlight/2, mostCalls))
}

// Calls is how many calls it may be given at once.
func (c *Contacts) Calls() int { return c.calls }

// Close ends it, after the calls.
func (c *Contacts) Close() {
	c.stop()
	c.running.Wait()
	c.client.Close()
}

// Add makes one call that adds contacts to a list, once the limits let it; it waits out a
// pause that the API has asked for. The error says why no call was made: ErrOnHold,
// or ctx has ended.
func (c *Contacts) Add(ctx context.Context, list string, contacts []campaign.Contact) (record.Outcome, error) {
	permit, err := c.permit(ctx)
	if err != nil {
		return record.Outcome{}, fmt.Errorf("add contacts to a list of account %s: %w", c.account, err)
	}
	out := c.client.AddContacts(ctx, list, contacts, permit.NotAfter())
	if _, err := permit.Release(ctx, out); err != nil {
		c.onError(err) // its slot ends by itself
	}
	return out, nil
}

func (c *Contacts) permit(ctx context.Context) (*limit.Permit, error) {
	for {
		p, err := c.gate.Acquire(ctx, record.CallContacts, "")
		later, sentAway := errors.AsType[*limit.LaterError](err)
		switch {
		case !sentAway:
			return p, err
		case later.Why == limit.WhyHold:
			return nil, ErrOnHold
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Until(later.At)):
		}
	}
}
