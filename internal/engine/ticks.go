package engine

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/runid"
	"github.com/octoq/octoq/internal/schedule"
)

// ticks enqueues the campaigns of ticks as any producer does: what the ledger
// or the queue knows is a duplicate.
type ticks struct {
	account  string
	rdb      redis.UniversalClient
	ledger   *ledger.Store
	producer *queue.Producer
}

// Enqueue puts campaigns into the account's queue. The ledger is asked for the
// ids, and Redis for its run_id, before anything is written.
func (t *ticks) Enqueue(ctx context.Context, due []schedule.TickCampaign) []error {
	errs := make([]error, len(due))
	known, origin, err := t.ask(ctx, due)
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	var items []queue.Item
	var at []int
	for i, d := range due {
		if known[i] {
			errs[i] = t.duplicate(ctx, d.Campaign, nil)
			continue
		}
		items, at = append(items, firstOfTick(d, origin)), append(at, i)
	}
	for i, err := range t.producer.Enqueue(ctx, items) {
		if conflict, taken := errors.AsType[*queue.ConflictError](err); taken {
			err = t.duplicate(ctx, due[at[i]].Campaign, conflict.Existing)
		}
		errs[at[i]] = err
	}
	return errs
}

// firstOfTick is the first create of a tick's campaign: the schedule enqueues what
// another one wrote.
func firstOfTick(d schedule.TickCampaign, origin queue.Origin) queue.Item {
	by := actor.Schedule(d.Schedule)
	if actor.Check(d.CreatedBy) != nil { // no schedule of octoq's own commands
		return queue.FirstCreate(d.Campaign, origin, by)
	}
	return queue.FirstCreate(d.Campaign, origin, by, d.CreatedBy)
}

func (t *ticks) ask(ctx context.Context, due []schedule.TickCampaign) (known []bool, origin queue.Origin, err error) {
	ids := make([]string, len(due))
	for i, d := range due {
		ids[i] = d.Campaign.ID
	}
	pipe := t.rdb.Pipeline()
	askKnown, askOrigin := t.ledger.AskKnown(ctx, pipe, t.account, ids), queue.AskOrigin(ctx, pipe, t.account)
	_, _ = pipe.Exec(ctx) // each of them has its own error
	if known, err = askKnown(); err == nil {
		origin, err = askOrigin()
	}
	if err == nil && origin.RunID == "" {
		err = runid.ErrMissing
	}
	return known, origin, err
}

// duplicate is the error for a campaign whose id is known, and reports in it whether
// what is known is the same. Where only the id is known any more, it counts as the
// same.
func (t *ticks) duplicate(ctx context.Context, c campaign.Campaign, existing *queue.QueuedCampaign) error {
	if existing != nil {
		return existing.First.Record().Duplicate(c)
	}
	r, err := t.ledger.Get(ctx, t.account, c.ID)
	switch {
	case err == nil && r.State != campaign.StatePurged:
		return r.Duplicate(c)
	case err != nil && !errors.Is(err, campaign.ErrNotFound) && !errors.Is(err, campaign.ErrVersion):
		return err
	}
	e := &campaign.DuplicateError{Account: c.Account, ID: c.ID, State: campaign.StateQueued, Same: true}
	if err == nil {
		e.State = r.State
	}
	return e
}
