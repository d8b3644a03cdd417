package enqueue

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/queue"
)

// prepare gives each campaign its defaults and refuses the invalid ones.
func (b *batch) prepare() {
	now := time.Now()
	for i := range b.group {
		item, dated, err := b.client.ready(b.group[i], b.options, now)
		b.results[i] = result{err: err, receipt: Receipt{Account: item.Account, ID: item.ID}}
		if err == nil {
			b.results[i].receipt.Warnings = append(item.Warnings(now), dated...)
			b.ofAccount(item.Account).add(pending{index: i, campaign: item, ownID: b.group[i].ID == "", formerID: spelledID(b.group[i])})
		}
	}
	b.group = nil
}

// lookUp readies the valid campaigns for their queues.
func (b *batch) lookUp(ctx context.Context) {
	for _, s := range b.accounts {
		if s.err = ctx.Err(); s.err == nil {
			s.err = b.client.lookUp(ctx, s, b.options)
		}
	}
}

// lookUp asks the ledger once which ids are known, and Redis for its run_id and
// time, before the tasks are written: an older run_id than that of the write only
// makes a campaign doubtful, never the other way round. Without a run_id the
// tasks have none; it is for the worker to be careful then.
func (c *Client) lookUp(ctx context.Context, s *accountBatch, o options) error {
	if err := c.keepOldIDs(ctx, s); err != nil {
		return err
	}
	ids := make([]string, len(s.items))
	for i := range s.items {
		ids[i] = s.items[i].campaign.ID
	}
	pipe := c.rdb.Pipeline()
	askKnown, askOrigin := c.ledger.AskKnown(ctx, pipe, s.account, ids), queue.AskOrigin(ctx, pipe, s.account)
	askAnnounced := c.ledger.AskAnnounce(ctx, pipe, s.account) // each time: it may have been removed
	noteRight := c.warnings.askToPublish(ctx, pipe)
	_, _ = pipe.Exec(ctx) // each of them has its own error
	noteRight()
	known, err := askKnown()
	if err != nil {
		return err
	}
	origin, err := askOrigin()
	if err != nil {
		return err
	}
	if origin.RunID == "" {
		c.warnings.add(noRunID)
	}
	if err := askAnnounced(); err != nil {
		return err
	}
	if s.durabilityCheck, err = c.durabilityCheck(ctx, s.account, o); err != nil {
		return err
	}
	s.warnings = c.unserved(ctx, s.account)
	traceOf := o.traces(ctx)
	tasks := make([]queue.Item, 0, len(s.items))
	for i := range s.items {
		if known[i] {
			s.known = append(s.known, i)
			continue
		}
		s.toEnqueue = append(s.toEnqueue, i)
		item := queue.FirstCreate(s.items[i].campaign, origin, c.who)
		item.Task.First.MarkTrace(traceIDs(traceOf(s.items[i].campaign)))
		if s.items[i].ownID {
			item.Task.First.MarkOwnID()
		}
		tasks = append(tasks, item)
	}
	s.tasks = c.producer.Prepare(ctx, tasks)
	return nil
}
