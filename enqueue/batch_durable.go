package enqueue

import (
	"context"
	"errors"
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/key"
)

// durabilityCheck is nil unless it has to be durable.
func (c *Client) durabilityCheck(ctx context.Context, account string, o options) (*durability.Check, error) {
	if o.durable == nil {
		return nil, nil
	}
	return durability.New(ctx, c.rdb, key.Kept(key.Queue(account, campaign.StageCreate)), "enqueue the same ids")
}

// confirm waits until what is in Redis is durable. Ids that were known already
// are waited for too: that is how a producer asks again.
func (b *batch) confirm(ctx context.Context, s *accountBatch) {
	there := func(err error) bool { return err == nil || errors.Is(err, campaign.ErrDuplicate) }
	wait := false
	for p := range s.all {
		wait = wait || there(b.results[p.index].err)
	}
	if s.durabilityCheck == nil || !wait {
		return
	}
	err := s.durabilityCheck.Wait(ctx, *b.options.durable)
	if err == nil {
		return
	}
	for p := range s.all {
		if r := &b.results[p.index]; there(r.err) {
			r.err = notDurable(p.campaign, r.err, err)
		}
	}
}

// notDurable adds to what is known of a campaign that it is not confirmed.
func notDurable(c campaign.Campaign, known, err error) error {
	e := &NotDurableError{Account: c.Account, ID: c.ID, Why: err.Error(), Err: err}
	if u, ok := errors.AsType[*durability.NotDurableError](err); ok {
		e.Do = u.Do
	}
	if known == nil {
		return e
	}
	return fmt.Errorf("%w; %w", known, e)
}
