package enqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
)

// Get finds a campaign by its id, from the moment it was enqueued until its
// retention has passed, with its timeline. It fails with campaign.ErrNotFound.
// An empty account means "default".
func (c *Client) Get(ctx context.Context, account, id string) (campaign.Record, error) {
	account = named(account)
	if !campaign.ValidID(id) || !campaign.ValidAccount(account) {
		return campaign.Record{}, notFound(account, id)
	}
	r, err := c.ledger.Get(ctx, account, id)
	if !errors.Is(err, campaign.ErrNotFound) {
		return r, err
	}
	q, err := c.producer.Existing(ctx, account, id)
	switch {
	case err == nil:
		return queuedRecord(q), nil
	case !errors.Is(err, campaign.ErrNotFound):
		return campaign.Record{}, err
	}
	// It may have left the queue between the two looks.
	r, err = c.ledger.Get(ctx, account, id)
	if errors.Is(err, campaign.ErrNotFound) {
		return r, notFound(account, id)
	}
	return r, err
}

func named(account string) string {
	if account == "" {
		return campaign.DefaultAccount
	}
	return account
}

func notFound(account, id string) error {
	return fmt.Errorf("campaign %s/%s: %w", account, id, campaign.ErrNotFound)
}

// queuedRecord is what can be said of a campaign that no worker has touched.
func queuedRecord(q queue.Queued) campaign.Record {
	r := q.First.Record()
	r.DueAt = q.DueAt
	r.Timeline = []campaign.Entry{{At: q.First.EnqueuedAt, What: "enqueued", Who: "producer", State: campaign.StateQueued}}
	return r
}

// Filter says what List lists.
type Filter struct {
	// Account is "default" when empty.
	Account string
	// State, or all of them when empty.
	State campaign.State
	// Cursor is "" for the first page, then Page.Next.
	Cursor string
	// Limit is how many records a page holds at most, 100 by default and at most 1,000.
	Limit int
}

// Page is a part of a list.
type Page struct {
	Records []campaign.Record
	// Next is the cursor of the next page; "" after the last one.
	Next string
}

const (
	defaultLimit = 100
	maxLimit     = 1000
	inQueue      = "q" // marks a cursor that goes on in the queue
)

// List lists campaigns without their timelines: those that a worker has
// touched, newest change first, then those that still wait in their queue. A
// page may hold fewer than Limit although more follow.
func (c *Client) List(ctx context.Context, f Filter) (Page, error) {
	f, err := f.withDefaults()
	if err != nil {
		return Page{}, err
	}
	cursor, queued := strings.CutPrefix(f.Cursor, inQueue)
	if !queued {
		records, next, err := c.ledger.List(ctx, f.Account, f.State, f.Cursor, f.Limit)
		if err != nil {
			return Page{}, err
		}
		if next == "" && (f.State == "" || f.State == campaign.StateQueued) {
			next = inQueue
		}
		return Page{Records: records, Next: next}, nil
	}
	return c.listQueued(ctx, f, cursor)
}

// listQueued lists what waits in the queue and is not in the ledger.
func (c *Client) listQueued(ctx context.Context, f Filter, cursor string) (Page, error) {
	waiting, next, err := c.producer.List(ctx, f.Account, cursor, f.Limit)
	if err != nil {
		return Page{}, err
	}
	ids := make([]string, len(waiting))
	for i, q := range waiting {
		ids[i] = q.First.Campaign.ID
	}
	known, err := c.ledger.Known(ctx, f.Account, ids)
	if err != nil {
		return Page{}, err
	}
	var page Page
	for i, q := range waiting {
		if !known[i] {
			r := queuedRecord(q)
			r.Timeline = nil
			page.Records = append(page.Records, r)
		}
	}
	if next != "" {
		page.Next = inQueue + next
	}
	return page, nil
}

func (f Filter) withDefaults() (Filter, error) {
	f.Account = named(f.Account)
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	switch {
	case f.Limit < 0 || f.Limit > maxLimit:
		return f, fmt.Errorf("%w: a page holds 1 to %d campaigns, not %d", campaign.ErrInvalid, maxLimit, f.Limit)
	case !campaign.ValidAccount(f.Account):
		return f, fmt.Errorf("%w: %q is no account", campaign.ErrInvalid, f.Account)
	case f.State != "" && !f.State.Valid():
		return f, fmt.Errorf("%w: %q is no state; the states are %q", campaign.ErrInvalid, f.State, campaign.States())
	}
	return f, nil
}

// Accounts lists the accounts that campaigns were ever enqueued for.
func (c *Client) Accounts(ctx context.Context) ([]string, error) {
	accounts, err := c.ledger.Accounts(ctx)
	slices.Sort(accounts)
	return accounts, err
}
