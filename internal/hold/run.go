package hold

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Run keeps the queues in line with the hold and tries a held account when its
// time has come, as long as this process leads; otherwise it waits for the
// lead. It returns nil when ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	if k.Prober == nil {
		return errors.New("run hold of account " + k.account + ": a prober is needed")
	}
	if k.running.Swap(true) {
		return errors.New("run hold of account " + k.account + ": it is running")
	}
	defer k.running.Store(false)
	tick := time.NewTicker(k.config.Interval)
	defer tick.Stop()
	for woken := true; ctx.Err() == nil; {
		if err := k.turn(ctx, woken); err != nil && ctx.Err() == nil {
			k.OnError(err)
		}
		woken = true
		select {
		case <-ctx.Done():
		case <-tick.C:
			woken = false
		case <-k.poke:
		case <-k.Wake:
		}
	}
	k.resign(ctx)
	return nil
}

// resign gives the lead up, so that another process takes it at once.
func (k *Keeper) resign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.leads, k.asked = false, time.Time{}
	if err := k.Lead.Resign(ctx); err != nil {
		k.OnError(err) // the lease ends by itself
	}
}

// turn is one look at the hold.
func (k *Keeper) turn(ctx context.Context, woken bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.askLead(ctx, woken); err != nil || !k.leads {
		return err
	}
	h, now, err := k.mirror(ctx)
	if err != nil || h == nil {
		return err
	}
	switch due := !h.ProbeAt.IsZero() && !now.Before(h.ProbeAt); {
	case due && h.Phase == campaign.PhaseHeld:
		return k.probe(ctx, h, now)
	case due && h.Phase == campaign.PhaseHalfOpen:
		// The balance was answered, and no call of the kind that was refused has
		// been answered since: nobody is left to try.
		_, err = k.swap(ctx, ActionLift, h, nil, ByProbe)
	}
	return err
}

// tidyFor is how long a look that found nothing to be brought in line is good for.
const tidyFor = time.Minute

// askLead renews or asks for the lead when it is time, or when there may be
// something to do and another leads.
func (k *Keeper) askLead(ctx context.Context, woken bool) error {
	if time.Since(k.asked) < k.config.LeadInterval && (k.leads || !woken) {
		return nil
	}
	led := k.leads
	k.leads, k.asked = false, time.Now()
	leads, err := k.Lead.Lead(ctx)
	if err != nil {
		k.asked = time.Time{}
		return err
	}
	// Now and then everything is looked at again: a Redis that was put back to an older
	// state may have pauses again that were ended before.
	k.leads, k.tidy = leads, k.tidy && led && time.Since(k.tidied) < tidyFor
	if !k.tidy {
		k.tidied = time.Now()
	}
	return nil
}

// probe tries a held account by asking for its balance. That the try failed is
// written before it is made, so that a crash, or a second process that believes
// to lead, costs no second try; a good answer then takes it back.
func (k *Keeper) probe(ctx context.Context, h *campaign.Hold, now time.Time) error {
	tried := *h
	tried.Tries++
	tried.ProbeAt = now.Add(k.config.wait(tried.Tries, k.Random()))
	done, err := k.Store.Swap(ctx, h, &tried)
	if err != nil || !done {
		return err
	}
	call, cancel := context.WithTimeout(ctx, k.config.ProbeTimeout)
	outcome := k.Prober.Balance(call)
	cancel()
	if !opens(outcome) {
		return nil
	}
	open := tried
	open.Phase, open.ProbeAt = campaign.PhaseHalfOpen, now.Add(k.config.Quiet)
	_, err = k.swap(ctx, ActionHalfOpen, &tried, &open, ByProbe)
	return err
}
