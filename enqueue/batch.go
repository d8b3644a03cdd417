package enqueue

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/durability"
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
	durabilityCheck *durability.Check
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
