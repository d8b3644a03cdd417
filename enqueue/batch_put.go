package enqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
)

// put puts what was looked up into its queues.
func (b *batch) put(ctx context.Context) {
	for _, s := range b.accounts {
		if s.err == nil {
			s.err = ctx.Err()
		}
		if s.err != nil {
			b.fail(s)
			continue
		}
		b.settle(ctx, s, b.client.producer.Send(ctx, s.tasks))
		b.confirm(ctx, s)
	}
	close(b.done)
}

// fail reports the error of an account whose campaigns did not get into Redis.
func (b *batch) fail(s *accountBatch) {
	for p := range s.all {
		b.results[p.index].err = fmt.Errorf("enqueue campaign %s/%s: %w", s.account, p.campaign.ID, s.err)
	}
}

// settle notes what became of the campaigns of an account.
func (b *batch) settle(ctx context.Context, s *accountBatch, errs []error) {
	for p := range s.all {
		b.results[p.index].receipt.ID = p.campaign.ID
	}
	var twice []duplicate
	for _, i := range s.known {
		twice = append(twice, duplicate{pending: s.items[i]})
	}
	for n, i := range s.toEnqueue {
		p := &s.items[i]
		r := &b.results[p.index]
		if conflict, ok := errors.AsType[*queue.ConflictError](errs[n]); ok {
			twice = append(twice, duplicate{pending: *p, existing: conflict.Existing})
			continue
		}
		if r.err = unanswered(*p, errs[n]); r.err == nil {
			r.receipt.State, r.receipt.NotBefore = campaign.StateQueued, p.campaign.NotBefore
			r.receipt.Warnings = append(r.receipt.Warnings, s.warnings...)
		}
	}
	twice = append(twice, b.settleRepeated(s, twice)...)
	b.client.reportDuplicates(ctx, s.account, twice, b.results)
}

// settleRepeated gives campaigns with a repeated id their results by what became of
// the first one: queued now, it makes the other a duplicate; failed, both have the
// same error. It returns those whose first one was a duplicate itself.
func (b *batch) settleRepeated(s *accountBatch, twice []duplicate) []duplicate {
	if len(s.repeated) == 0 {
		return nil
	}
	known := make(map[int]duplicate, len(twice)) // by the place of the result
	for _, d := range twice {
		known[d.index] = d
	}
	var more []duplicate
	for _, t := range s.repeated {
		first, r := s.items[t.original], &b.results[t.index]
		d, duplicated := known[first.index]
		switch err := b.results[first.index].err; {
		case duplicated:
			more = append(more, duplicate{pending: t.pending, existing: d.existing})
		case err != nil:
			r.err = err
		default:
			r.err = record.New(first.campaign, time.Time{}, "").Duplicate(t.campaign)
		}
	}
	return more
}

// duplicate is a campaign whose id is known; existing is the task that has it, where
// the queue answered with it.
type duplicate struct {
	pending
	existing *queue.QueuedCampaign
}

// reportDuplicates says what is known of ids, by the ledger, else by the queue.
func (c *Client) reportDuplicates(ctx context.Context, account string, twice []duplicate, results []result) {
	if len(twice) == 0 {
		return
	}
	ids := make([]string, len(twice))
	for i, d := range twice {
		ids[i] = d.campaign.ID
	}
	for i, found := range c.ledger.Look(ctx, account, ids) {
		d := twice[i]
		results[d.index].err = &campaign.DuplicateError{Account: account, ID: ids[i], State: campaign.StateQueued}
		switch {
		case found.Err == nil:
			results[d.index].err = found.Record.Duplicate(d.campaign)
		case errors.Is(found.Err, campaign.ErrVersion): // of a newer octoq, or broken: known all the same
			results[d.index].err = fmt.Errorf("%w, but not more of it: %w", campaign.ErrDuplicate, found.Err)
		case !errors.Is(found.Err, campaign.ErrNotFound): // what became of it is not known, yet it is in Redis
			results[d.index].err = fmt.Errorf("%w, but not more of it: %v", campaign.ErrDuplicate, found.Err) //nolint:errorlint // a context's error would deny it
		case d.existing != nil:
			results[d.index].err = d.existing.First.Record().Duplicate(d.campaign)
		}
	}
}
