package enqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
		return r.Record, err
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
		return r.Record, notFound(account, id)
	}
	return r.Record, err
}

// ByTicket finds the campaign that a ticket of Octopush's belongs or belonged to. It
// fails with campaign.ErrNotFound where that is not known. An empty account means
// "default".
func (c *Client) ByTicket(ctx context.Context, account, ticket string) (campaign.Record, error) {
	account = named(account)
	if !campaign.ValidAccount(account) {
		return campaign.Record{}, fmt.Errorf("ticket of account %q: %w", account, campaign.ErrNotFound)
	}
	id, err := c.ledger.ByTicket(ctx, account, ticket)
	if err != nil {
		return campaign.Record{}, err
	}
	return c.Get(ctx, account, id)
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
func queuedRecord(q queue.QueuedCampaign) campaign.Record {
	r := q.First.Record()
	r.DueAt = q.DueAt
	who := r.EnqueuedBy
	if who == "" { // an older octoq enqueued it
		who = "producer"
	}
	r.Timeline = []campaign.Entry{{At: q.First.EnqueuedAt, What: "enqueued", Who: who, State: campaign.StateQueued}}
	return r.Record
}

// Accounts lists the accounts that campaigns were ever enqueued for.
func (c *Client) Accounts(ctx context.Context) ([]string, error) {
	accounts, err := c.ledger.Accounts(ctx)
	slices.Sort(accounts)
	return accounts, err
}
