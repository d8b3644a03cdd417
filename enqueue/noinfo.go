package enqueue

import "github.com/octoq/octoq/internal/runid"

// warnOfRunID says once that Redis gives no run_id. Campaigns are enqueued all the
// same: it is a worker that must not go on without one.
func (c *Client) warnOfRunID() {
	if !c.noRunID.Load() {
		return
	}
	c.warnOnce.Do(func() {
		c.warn("Redis gives octoq no run_id: campaigns are enqueued, but do not say on which run of Redis, and workers under this user would not start. " +
			"To mend that, " + runid.Remedy)
	})
}
