package stage

import (
	"time"

	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// loaded is a record with the moment that it was read or written in.
type loaded struct {
	// before is the record as the ledger has it, nil when there is none yet.
	before *record.Record
	record record.Record
	at     record.Snapshot
}

// stored is a record that the ledger has.
func stored(rec record.Record, at record.Snapshot) loaded {
	return loaded{before: &rec, record: rec, at: at}
}

// change is what a decision on the record writes. The token names the write, so that
// one whose reply was lost may be repeated.
func (l loaded) change(d lifecycle.Decision, token string) record.Change {
	return record.Change{Before: l.before, After: d.After, RunID: l.at.RunID, Token: token, Entries: d.Entries, Policy: l.at.Policy}
}

// later is the same record a while later, without asking Redis again.
func (l loaded) later(elapsed time.Duration) loaded {
	l.at.Now = l.at.Now.Add(elapsed)
	return l
}

// localTime turns a time on Redis's clock into one on the local clock, which showed
// now at the moment at. The zero time stays zero.
func localTime(t time.Time, at record.Snapshot, now time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return now.Add(t.Sub(at.Now))
}
