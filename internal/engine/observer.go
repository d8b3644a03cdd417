package engine

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
)

// observeEvery is how often an account's ledger is stamped whatever else happens
// there. The stamp says how late a create may have been that Redis forgot, so that of
// an idle account must not lag.
const observeEvery = 30 * time.Second

// observer stamps an account's ledger.
type observer struct {
	account string
	ledger  *ledger.Store
	log     accountLog
	noted   time.Time // when the latest change that was logged was first seen
}

// run stamps the account's ledger until ctx ends.
func (o *observer) run(ctx context.Context) {
	tick := time.NewTicker(observeEvery)
	defer tick.Stop()
	for {
		_ = o.observe(ctx) // Redis is away: others say so
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// observe stamps the account's ledger, and logs a change of Redis's run, after which
// campaigns are in doubt.
func (o *observer) observe(ctx context.Context) error {
	m, err := o.ledger.Observe(ctx, o.account)
	if err != nil {
		return err
	}
	if last, changed := lastChange(m); changed && last.FirstSeen.After(o.noted) {
		o.noted = last.FirstSeen
		o.logChange(last, m.Now)
	}
	return nil
}

func lastChange(m record.Snapshot) (record.RedisChange, bool) {
	if len(m.Changes) == 0 {
		return record.RedisChange{}, false
	}
	return m.Changes[len(m.Changes)-1], true
}

// logChange names the remedy while a change is younger than a day. The birth of an
// account's ledger is no reason to look up.
func (o *observer) logChange(c record.RedisChange, now time.Time) {
	if c.Birth() || now.Sub(c.FirstSeen) > 24*time.Hour {
		return
	}
	o.log.Warn().Time("since", c.FirstSeen).
		Msg("Redis was restarted or replaced: campaigns from before that are in doubt for a day; if it has forgotten nothing, say so with octoq vouch")
}
