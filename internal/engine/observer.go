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
}

// run stamps the account's ledger until ctx ends, and logs a change of Redis's
// run, after which campaigns are in doubt.
func (o *observer) run(ctx context.Context) {
	tick := time.NewTicker(observeEvery)
	defer tick.Stop()
	for noted := (time.Time{}); ; {
		m, err := o.ledger.Observe(ctx, o.account)
		if last, changed := lastChange(m); err == nil && changed && last.FirstSeen.After(noted) {
			noted = last.FirstSeen
			o.logChange(last, m.Now)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
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
