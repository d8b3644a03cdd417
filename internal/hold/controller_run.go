package hold

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// Run keeps the queues in line with the hold and tries a held account when its
// time has come, as long as this process leads; otherwise it waits for the
// lease. It returns nil when ctx ends.
func (c *Controller) Run(ctx context.Context) error {
	if c.Prober == nil {
		return errors.New("run hold of account " + c.account + ": a prober is needed")
	}
	if c.running.Swap(true) {
		return errors.New("run hold of account " + c.account + ": it is running")
	}
	defer c.running.Store(false)
	tick := time.NewTicker(c.config.Interval)
	defer tick.Stop()
	for woken := true; ctx.Err() == nil; {
		if err := c.reconcile(ctx, woken); err != nil && ctx.Err() == nil {
			c.OnError(err)
		}
		woken = true
		select {
		case <-ctx.Done():
		case <-tick.C:
			woken = false
		case <-c.changed:
		case <-c.Wake:
		}
	}
	c.resign(ctx)
	return nil
}

// resign gives the lease up, so that another process takes it at once.
func (c *Controller) resign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leader, c.askedAt = false, time.Time{}
	if err := c.Lease.Resign(ctx); err != nil {
		c.OnError(err) // the lease ends by itself
	}
}

// reconcile looks at the hold once, and acts on it if this process leads.
func (c *Controller) reconcile(ctx context.Context, woken bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.renewLease(ctx, woken); err != nil || !c.leader {
		return err
	}
	h, now, err := c.mirror(ctx)
	if err != nil || h == nil {
		return err
	}
	switch due := !h.ProbeAt.IsZero() && !now.Before(h.ProbeAt); {
	case due && h.Phase == record.PhaseHeld:
		return c.probe(ctx, h, now)
	case due && h.Phase == record.PhaseHalfOpen:
		// The balance was answered, and no call of the kind that was refused has
		// been answered since: no campaign is left to try.
		_, err = c.swap(ctx, ActionLift, h, nil, ByProbe)
	}
	return err
}

// tidyFor is how long a look that found nothing to be brought in line is good for.
const tidyFor = time.Minute

// renewLease renews the lease or asks for it when it is time, or when there may
// be something to do and another process leads.
func (c *Controller) renewLease(ctx context.Context, woken bool) error {
	if time.Since(c.askedAt) < c.config.LeaseInterval && (c.leader || !woken) {
		return nil
	}
	led := c.leader
	c.leader, c.askedAt = false, time.Now()
	leader, err := c.Lease.TryAcquire(ctx)
	if err != nil {
		c.askedAt = time.Time{}
		return err
	}
	// Now and then everything is looked at again: a Redis that was restored to an
	// older state may have pauses that were ended before.
	c.leader, c.tidy = leader, c.tidy && led && time.Since(c.tidied) < tidyFor
	if !c.tidy {
		c.tidied = time.Now()
	}
	return nil
}

// probe tries a held account by asking for its balance. That the try failed is
// written before it is made, so that a crash, or a second process that believes
// it leads, costs no second try; a good answer then takes it back.
func (c *Controller) probe(ctx context.Context, h *record.Hold, now time.Time) error {
	tried := *h
	tried.Tries++
	tried.ProbeAt = now.Add(c.config.wait(tried.Tries, c.Random()))
	done, err := c.Store.Swap(ctx, h, &tried)
	if err != nil || !done {
		return err
	}
	call, cancel := context.WithTimeout(ctx, c.config.ProbeTimeout)
	outcome := c.Prober.Balance(call)
	cancel()
	if !opens(outcome) {
		return nil
	}
	open := tried
	open.Phase, open.ProbeAt = record.PhaseHalfOpen, now.Add(c.config.Quiet)
	_, err = c.swap(ctx, ActionHalfOpen, &tried, &open, ByProbe)
	return err
}
