package hold

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// LeaseName is the name of the lease under which one process at a time keeps the
// queues in line with the hold.
const LeaseName = "hold"

// The names that OnChange gets instead of a campaign's: ByProbe is the Controller's own probe of
// the balance, ByMonitor a person who resumed a queue in asynqmon.
const (
	ByProbe   = "probe"
	ByMonitor = "monitor"
)

// rounds bounds how often a change is decided again because the hold had
// changed in between.
const rounds = 8

// Controller keeps the hold of one account. Its methods may be called at the
// same time, from several processes.
type Controller struct {
	account string
	config  Config
	Ports
	changed chan struct{} // by this Controller
	running atomic.Bool

	// What the goroutine of Run knows, or, without a Run, the caller that mirrors.
	mu      sync.Mutex
	tidy    bool      // no queue was found marked since the last hold was seen
	tidied  time.Time // when the queues were last looked at, tidy or not
	leader  bool      // this process had the lease
	askedAt time.Time // when it last asked for it
}

// NewController makes the controller of one account's hold.
func NewController(account string, c Config, p Ports) (*Controller, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("hold of account %s: %w", account, err)
	}
	if p.Store == nil || p.Marks == nil || p.Pauser == nil || p.Lease == nil {
		return nil, fmt.Errorf("hold of account %s: a port is missing: store, marks, pauser and lease are needed", account)
	}
	if p.OnChange == nil {
		p.OnChange = func(Action, record.Hold, string) {}
	}
	if p.OnError == nil {
		p.OnError = func(error) {}
	}
	if p.Random == nil {
		p.Random = rand.Float64
	}
	return &Controller{account: account, config: c, Ports: p, changed: make(chan struct{}, 1)}, nil
}

// Observe takes the outcome of a call, after its permit was released. It asks
// the store only for outcomes that can change a hold. The queues follow within
// moments: the process that leads pauses them.
func (c *Controller) Observe(ctx context.Context, o Observation) error {
	if err := c.explain(ctx, &o); err != nil {
		return fmt.Errorf("observe campaign %s: %w", o.Campaign, err)
	}
	if !o.Probe && Decide(nil, o, c.config) == ActionNone {
		return nil
	}
	err := c.change(ctx, func(h *record.Hold, now time.Time) (Action, *record.Hold) {
		a := Decide(h, o, c.config)
		return a, c.after(h, a, o, now)
	}, o.Campaign)
	if err != nil {
		return fmt.Errorf("observe campaign %s: %w", o.Campaign, err)
	}
	return nil
}

// explain adds to the answer of a blocked create how long that has lasted and,
// if that will hold the creates, what is in the way. Without a list of that
// the creates are held all the same.
func (c *Controller) explain(ctx context.Context, o *Observation) error {
	if !blocked(*o) {
		return nil
	}
	if !o.Probe {
		var err error
		if o.BlockedFor, o.Blocked, err = c.Store.Blocked(ctx); err != nil || Decide(nil, *o, c.config) == ActionNone {
			return err
		}
	}
	if c.InTheWay == nil {
		return nil
	}
	what, err := c.InTheWay(ctx)
	if err != nil {
		c.OnError(fmt.Errorf("look for what blocks the creates of account %s: %w", c.account, err))
		return nil
	}
	o.Outcome.Message = strings.TrimPrefix(o.Outcome.Message+"; "+what, "; ")
	return nil
}

// change decides and writes until what was decided on is what was written over.
func (c *Controller) change(
	ctx context.Context, decide func(*record.Hold, time.Time) (Action, *record.Hold), by string,
) error {
	for range rounds {
		before, now, err := c.Store.Get(ctx)
		if err != nil {
			return err
		}
		action, after := decide(before, now)
		if action == ActionNone {
			return nil
		}
		done, err := c.swap(ctx, action, before, after, by)
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("hold of account %s: it changed %d times in a row while being changed; try again", c.account, rounds)
}

func (c *Controller) swap(ctx context.Context, a Action, before, after *record.Hold, by string) (bool, error) {
	done, err := c.Store.Swap(ctx, before, after)
	if err != nil || !done {
		return false, err
	}
	if after == nil {
		after = before
	}
	c.OnChange(a, *after, by)
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return true, nil
}

// after is the hold that an action leads to; nil when it is lifted.
func (c *Controller) after(h *record.Hold, a Action, o Observation, now time.Time) *record.Hold {
	next := record.Hold{
		Account: c.account, Reason: record.HoldUnavailable, Phase: record.PhaseHeld,
		Code: o.Outcome.Code, Message: o.Outcome.Message, By: o.Campaign, LastBy: o.Campaign, Since: now,
	}
	switch {
	case o.Outcome.Class == record.ClassAccount:
		next.Reason, next.Call = record.HoldAccount, o.Call
	case blocked(o):
		next.Reason, next.Call = record.HoldBlocked, o.Call
	}
	switch a {
	case ActionSet:
		next.ProbeAt = now.Add(c.config.wait(0, c.Random()))
		return &next
	case ActionClose:
		if next.Reason == record.HoldUnavailable {
			// Not being answered proves nothing about the account: its reason stays.
			next.Reason, next.Code, next.Message, next.Call = h.Reason, h.Code, h.Message, h.Call
		}
		// The balance call and the campaign were one try, counted already.
		next.By, next.Since, next.Tries = h.By, h.Since, h.Tries
		next.ProbeAt = now.Add(c.config.wait(next.Tries, c.Random()))
		return &next
	default:
		return nil
	}
}
