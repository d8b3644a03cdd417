package enqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
)

type result struct {
	receipt Receipt
	err     error
}

// batch is a group of campaigns on its way into Redis: it is prepared, then
// looked up, then put there.
type batch struct {
	client   *Client
	options  options
	group    []campaign.Campaign
	results  []result
	accounts []*accountBatch
	done     chan struct{} // closed when the results are there
}

func (c *Client) newBatch(o options, group []campaign.Campaign) *batch {
	return &batch{client: c, options: o, group: group, results: make([]result, len(group)), done: make(chan struct{})}
}

// accountBatch is what a batch has of one account.
type accountBatch struct {
	account         string
	items           []pending
	first           map[string]int // by id, its place in items
	repeated        []inBatchDuplicate
	known           []int // places in items of those that the ledger has
	toEnqueue       []int // places in items of those that are put into the queue
	durabilityCheck *queue.DurabilityCheck
	tasks           *queue.Batch
	err             error // of all of it

	warnings []campaign.Warning // about the account
}

// pending is a valid campaign; index is its place in the results.
type pending struct {
	index    int
	campaign campaign.Campaign
	ownID    bool   // the client chose its id
	formerID string // an id that older versions gave it; empty if there is none
}

// inBatchDuplicate is a campaign whose id an earlier one of its batch has. It is not
// sent: a batch goes to Redis in several runs of scripts, and the later one could win.
type inBatchDuplicate struct {
	pending
	original int // place in the account's items
}

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

// ofAccount is the part of the batch that belongs to an account.
func (b *batch) ofAccount(account string) *accountBatch {
	for _, s := range b.accounts {
		if s.account == account {
			return s
		}
	}
	s := &accountBatch{account: account, first: map[string]int{}}
	b.accounts = append(b.accounts, s)
	return s
}

func (s *accountBatch) add(p pending) {
	if first, there := s.first[p.campaign.ID]; there {
		s.repeated = append(s.repeated, inBatchDuplicate{pending: p, original: first})
		return
	}
	s.first[p.campaign.ID] = len(s.items)
	s.items = append(s.items, p)
}

// all are the campaigns of an account, those with a repeated id included.
func (s *accountBatch) all(yield func(pending) bool) {
	for _, p := range s.items {
		if !yield(p) {
			return
		}
	}
	for _, t := range s.repeated {
		if !yield(t.pending) {
			return
		}
	}
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
	if err := c.announce(ctx, s.account, origin.RunID); err != nil {
		return err
	}
	if s.durabilityCheck, err = c.durabilityCheck(ctx, s.account, o); err != nil {
		return err
	}
	s.warnings = c.unserved(ctx, s.account)
	tasks := make([]queue.Item, 0, len(s.items))
	for i := range s.items {
		if known[i] {
			s.known = append(s.known, i)
			continue
		}
		s.toEnqueue = append(s.toEnqueue, i)
		item := queue.FirstCreate(s.items[i].campaign, origin)
		if s.items[i].ownID {
			item.Task.First.MarkOwnID()
		}
		tasks = append(tasks, item)
	}
	s.tasks = c.producer.Prepare(ctx, tasks)
	return nil
}

// announce makes an account one of those that Accounts lists, once for each
// start of Redis; each time where starts cannot be distinguished.
func (c *Client) announce(ctx context.Context, account, runID string) error {
	if on, known := c.announced.Load(account); known && on == runID && runID != "" {
		return nil
	}
	if err := c.ledger.Announce(ctx, account); err != nil {
		return err
	}
	c.announced.Store(account, runID)
	return nil
}

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

// fail reports the error of an account of which nothing was put into Redis.
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
			r.err = &campaign.DuplicateError{
				Account: s.account, ID: t.campaign.ID, State: campaign.StateQueued, Same: first.campaign.Same(t.campaign),
			}
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
		d, e := twice[i], &campaign.DuplicateError{Account: account, ID: ids[i], State: campaign.StateQueued}
		results[d.index].err = e
		switch {
		case found.Err == nil:
			e.State, e.Same = found.Record.State, found.Record.Campaign.Same(d.campaign)
		case errors.Is(found.Err, campaign.ErrVersion): // of a newer octoq, or broken: known all the same
			results[d.index].err = fmt.Errorf("%w, but not more of it: %w", campaign.ErrDuplicate, found.Err)
		case !errors.Is(found.Err, campaign.ErrNotFound): // what became of it is not known, yet it is in Redis
			results[d.index].err = fmt.Errorf("%w, but not more of it: %v", campaign.ErrDuplicate, found.Err) //nolint:errorlint // a context's error would deny it
		case d.existing != nil:
			e.Same = d.existing.First.Campaign.Same(d.campaign)
		}
	}
}
