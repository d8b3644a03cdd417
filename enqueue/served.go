package enqueue

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/presence"
)

// servedTimeout bounds the question whether an account is served: campaigns are
// waiting for the answer.
const servedTimeout = time.Second

// Served reports whether a worker serves an account ("default" when empty): one
// that was killed or frozen counts for up to a minute. Workers of versions before
// this one are not seen. The receipts of campaigns that no worker would send have a
// warning of the field account, too.
func (c *Client) Served(ctx context.Context, account string) (bool, error) {
	account = named(account)
	if !campaign.ValidAccount(account) {
		return false, fmt.Errorf("%w: %q is no account", campaign.ErrInvalid, account)
	}
	workers, err := presence.Workers(ctx, c.rdb, []string{account})
	return workers[account] > 0, err
}

// unserved is the warning of an account that no worker serves. Where that cannot
// be found out, there is none: the campaigns are enqueued all the same.
func (c *Client) unserved(ctx context.Context, account string) []campaign.Warning {
	now := time.Now()
	known := c.served.get(account)
	if now.After(known.until) {
		known = c.askServed(ctx, account, now)
	}
	if known.served {
		return nil
	}
	return []campaign.Warning{{
		Field:   "account",
		Problem: fmt.Sprintf("no worker serves account %s: its campaigns wait until one does. Is the name right, and does a worker run?", account),
	}}
}

func (c *Client) askServed(ctx context.Context, account string, now time.Time) servedAccount {
	ctx, cancel := context.WithTimeout(ctx, servedTimeout)
	defer cancel()
	is, err := c.Served(ctx, account)
	known := servedAccount{served: is || err != nil, until: now.Add(believeServed)}
	if !known.served {
		known.until = now.Add(believeUnserved)
	}
	c.served.put(account, known)
	return known
}
