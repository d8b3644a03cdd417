package hold

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/octoq/octoq/campaign"
)

// ByProbe stands in OnChange for the Keeper's own probe of the balance, and
// ByMonitor for whoever resumed a queue in asynqmon.
const (
	ByProbe   = "probe"
	ByMonitor = "monitor"
)

// rounds bounds how often a change is decided again because the hold had
// changed in between.
const rounds = 8

// Keeper looks after the hold of one account. Its methods may be called at the
// same time, from several processes.
type Keeper struct {
	account string
	config  Config
	Ports
	poke    chan struct{}
	running atomic.Bool

	// What the goroutine of Run knows, or, without a Run, whoever mirrors.
	mu     sync.Mutex
	tidy   bool      // no queue was found marked since the last hold was seen
	tidied time.Time // when tidy was last looked into
	leads  bool      // as last heard
	asked  time.Time // when that was
}

// NewKeeper makes the keeper of one account's hold.
func NewKeeper(account string, c Config, p Ports) (*Keeper, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("hold of account %s: %w", account, err)
	}
	if p.Store == nil || p.Marks == nil || p.Pauser == nil || p.Lead == nil {
		return nil, fmt.Errorf("hold of account %s: a port is missing: store, marks, pauser and lead are needed", account)
	}
	if p.OnChange == nil {
		p.OnChange = func(Action, campaign.Hold, string) {}
	}
	if p.OnError == nil {
		p.OnError = func(error) {}
	}
	if p.Random == nil {
		p.Random = rand.Float64
	}
	return &Keeper{account: account, config: c, Ports: p, poke: make(chan struct{}, 1)}, nil
}

// Observe takes the outcome of a call, after its permit was released. It asks
// the store only for outcomes that can change a hold. The queues follow within
// moments: the process that leads pauses them.
func (k *Keeper) Observe(ctx context.Context, o Observation) error {
	if err := k.explain(ctx, &o); err != nil {
		return fmt.Errorf("observe campaign %s: %w", o.Campaign, err)
	}
	if !o.Probe && Decide(nil, o, k.config) == ActionNone {
		return nil
	}
	err := k.change(ctx, func(h *campaign.Hold, now time.Time) (Action, *campaign.Hold) {
		a := Decide(h, o, k.config)
		return a, k.after(h, a, o, now)
	}, o.Campaign)
	if err != nil {
		return fmt.Errorf("observe campaign %s: %w", o.Campaign, err)
	}
	return nil
}

// explain adds to the answer of a blocked create how long that has lasted and,
// if that will hold the creates, what is in the way. Without a list of that
// the creates are held all the same.
func (k *Keeper) explain(ctx context.Context, o *Observation) error {
	if !blocked(*o) {
		return nil
	}
	if !o.Probe {
		var err error
		if o.BlockedFor, o.Blocked, err = k.Store.Blocked(ctx); err != nil || Decide(nil, *o, k.config) == ActionNone {
			return err
		}
	}
	if k.InTheWay == nil {
		return nil
	}
	what, err := k.InTheWay(ctx)
	if err != nil {
		k.OnError(fmt.Errorf("look for what blocks the creates of account %s: %w", k.account, err))
		return nil
	}
	o.Outcome.Message = strings.TrimPrefix(o.Outcome.Message+"; "+what, "; ")
	return nil
}

// Set holds the account by hand until it is cleared by hand. A hold that
// exists becomes the operator's and keeps its time.
func (k *Keeper) Set(ctx context.Context, by, message string) error {
	err := k.change(ctx, func(h *campaign.Hold, now time.Time) (Action, *campaign.Hold) {
		if h != nil && h.Reason == campaign.HoldOperator && h.By == by && h.Message == message {
			return ActionNone, nil
		}
		after := campaign.Hold{
			Account: k.account, Reason: campaign.HoldOperator, Phase: campaign.PhaseHeld, By: by, Message: message,
			Since: now,
		}
		if h != nil {
			// One more than before, so that the write differs from the hold
			// that it replaces and a repeat of it is known.
			after.Since, after.Tries = h.Since, h.Tries+1
		}
		return ActionSet, &after
	}, by)
	if err != nil {
		return err
	}
	k.mirrorIfLeading(ctx)
	return nil
}

// Clear lifts any hold by hand, and reports whether there was one.
func (k *Keeper) Clear(ctx context.Context, by string) (bool, error) {
	found := false
	err := k.change(ctx, func(h *campaign.Hold, _ time.Time) (Action, *campaign.Hold) {
		if h == nil {
			return ActionNone, nil
		}
		found = true
		return ActionLift, nil
	}, by)
	if err != nil {
		return false, err
	}
	k.mirrorIfLeading(ctx)
	return found, nil
}

// change decides and writes until what was decided on is what was written over.
func (k *Keeper) change(
	ctx context.Context, decide func(*campaign.Hold, time.Time) (Action, *campaign.Hold), by string,
) error {
	for range rounds {
		before, now, err := k.Store.Get(ctx)
		if err != nil {
			return err
		}
		action, after := decide(before, now)
		if action == ActionNone {
			return nil
		}
		done, err := k.swap(ctx, action, before, after, by)
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("hold of account %s: it changed %d times in a row while being changed; try again", k.account, rounds)
}

func (k *Keeper) swap(ctx context.Context, a Action, before, after *campaign.Hold, by string) (bool, error) {
	done, err := k.Store.Swap(ctx, before, after)
	if err != nil || !done {
		return false, err
	}
	if after == nil {
		after = before
	}
	k.OnChange(a, *after, by)
	select {
	case k.poke <- struct{}{}:
	default:
	}
	return true, nil
}

// after is the hold that an action leads to; nil when it is lifted.
func (k *Keeper) after(h *campaign.Hold, a Action, o Observation, now time.Time) *campaign.Hold {
	next := campaign.Hold{
		Account: k.account, Reason: campaign.HoldUnavailable, Phase: campaign.PhaseHeld,
		Code: o.Outcome.Code, Message: o.Outcome.Message, By: o.Campaign, LastBy: o.Campaign, Since: now,
	}
	switch {
	case o.Outcome.Class == campaign.ClassAccount:
		next.Reason, next.Call = campaign.HoldAccount, o.Call
	case blocked(o):
		next.Reason, next.Call = campaign.HoldBlocked, o.Call
	}
	switch a {
	case ActionSet:
		next.ProbeAt = now.Add(k.config.wait(0, k.Random()))
		return &next
	case ActionClose:
		if next.Reason == campaign.HoldUnavailable {
			// Not being answered proves nothing about the account: its reason stays.
			next.Reason, next.Code, next.Message, next.Call = h.Reason, h.Code, h.Message, h.Call
		}
		// The balance call and the campaign were one try, counted already.
		next.By, next.Since, next.Tries = h.By, h.Since, h.Tries
		next.ProbeAt = now.Add(k.config.wait(next.Tries, k.Random()))
		return &next
	default:
		return nil
	}
}

// mirrorIfLeading brings the queues in line at once if no other process leads:
// one that does has been told, or looks within a moment. So has this one's Run.
// The hold is changed already, and trouble with the queues is none of that: who
// leads next sees to them.
func (k *Keeper) mirrorIfLeading(ctx context.Context) {
	if k.running.Load() {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	lead, err := k.Lead.Lead(ctx)
	if err == nil && lead {
		_, _, err = k.mirror(ctx)
		err = errors.Join(err, k.Lead.Resign(ctx))
	}
	if err != nil {
		k.OnError(fmt.Errorf("bring the queues of account %s in line with its hold: %w", k.account, err))
	}
}
