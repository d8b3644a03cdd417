package stage

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
)

// loaded is a record with the moment that it was read or written in.
type loaded struct {
	// before is the record as it stands in the ledger, nil when there is none yet.
	before *campaign.Record
	record campaign.Record
	at     campaign.Moment
}

// stored is a record that stands in the ledger.
func stored(rec campaign.Record, at campaign.Moment) loaded {
	return loaded{before: &rec, record: rec, at: at}
}

// change is what a decision on the record writes. The token names the write, so that
// one whose reply was lost may be repeated.
func (l loaded) change(d lifecycle.Decision, token string) campaign.Change {
	return campaign.Change{Before: l.before, After: d.After, RunID: l.at.RunID, Token: token, Entries: d.Entries}
}

// later is the same record a while later, without asking Redis again.
func (l loaded) later(elapsed time.Duration) loaded {
	l.at.Now = l.at.Now.Add(elapsed)
	return l
}

// localTime turns a time on Redis's clock into one on the local clock, which showed
// now at the moment at. The zero time stays zero.
func localTime(t time.Time, at campaign.Moment, now time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return now.Add(t.Sub(at.Now))
}
