package enqueue

import (
	"time"

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
	item = o.apply(item)
	if item.ID == "" {
		var err error
		if item.ID, err = o.newID(); err != nil {
			return item, nil, err
		}
	}
	if err := item.Validate(); err != nil {
		return item, nil, err
	}
	if item.Window == "" && c.accounts[item.Account] == nil {
		return item, nil, nil
	}
	dated, err := c.dated(item, now)
	return item, dated, err
}
