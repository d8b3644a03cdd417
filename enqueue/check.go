package enqueue

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/octoq/octoq/campaign"
)

// Check says what EnqueueAll would refuse: it is nil, or the error that the
// campaign would get with these options before Redis is touched. It asks
// nothing of Redis, so it does not know which ids are there already.
func (c *Client) Check(item campaign.Campaign, opts ...Option) error {
	o, err := collect(opts)
	if err != nil {
		return err
	}
	_, _, err = c.ready(item, o, time.Now())
	return err
}

// Preview is Check that says as well what EnqueueAll would put into Redis, and
// what it would warn of. An empty id stays empty: EnqueueAll chooses one then.
func (c *Client) Preview(item campaign.Campaign, opts ...Option) (campaign.Campaign, []campaign.Warning, error) {
	o, err := collect(opts)
	if err != nil {
		return item, nil, err
	}
	now, given := time.Now(), item.ID
	item, dated, err := c.ready(item, o, now)
	if err != nil {
		return item, nil, err
	}
	item.ID = given
	return item, append(item.Warnings(now), dated...), nil
}

// ready gives a campaign its defaults, an id and what the options say, and
// refuses an invalid one. The warnings are those that need zones and holidays.
func (c *Client) ready(item campaign.Campaign, o options, now time.Time) (campaign.Campaign, []campaign.Warning, error) {
	return c.checker.ready(item, o, now)
}

// newID is an id for a campaign that has none.
func (o options) newID() (string, error) {
	if o.durable != nil {
		return "", &campaign.ValidationError{Faults: []campaign.Fault{{
			Field: "id", Problem: "is missing: with Durable give one, so that asking again does not enqueue another campaign",
		}}}
	}
	return newID()
}

// newID is an id for a campaign that has none: a UUIDv7, so ids sort by time.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("choose an id: %w", err)
	}
	return id.String(), nil
}
