package stage

import (
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
)

// recent remembers for a moment what this process has just written, or is just
// writing, so that the campaign's next step need not ask for it. To decide on
// it is as safe as to be slow: the write that follows is refused unless the
// record's latest write and Redis's run_id are still the ones it was decided
// on, and then the record is asked for. What comes of a status call that was
// not wanted any more is refused in the same way. A decision that no write
// follows, to let a wake-up go or to wait, is not made on it: somebody may have
// approved meanwhile.
type recent struct {
	mu   sync.Mutex
	by   map[string]sight // by account and id
	last sight            // of no record: the latest moment alone
}

// sight is a record as it was written, and the moment it was written in.
type sight struct {
	record campaign.Record
	moment campaign.Moment
	at     time.Time // local clock
}

const (
	// recentFor is how long a sight is good for: what it says of holds and of the
	// credit of others grows old.
	recentFor = 5 * time.Second
	// mostRecent bounds their number.
	mostRecent = 4096
)

// keep remembers a record as it is written. m is whole.
func (r *recent) keep(rec campaign.Record, m campaign.Moment, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil || len(r.by) >= mostRecent {
		r.by = map[string]sight{}
	}
	r.by[rec.Account()+"/"+rec.ID()] = sight{record: rec, moment: m, at: now}
	r.last = sight{moment: m, at: now}
}

// take returns what a wake-up may be decided on, once: the record that waits
// for this very step, with the moment brought up to date. before is nil for a
// campaign that has no record yet.
func (r *recent) take(job Job, now time.Time) (before *campaign.Record, rec campaign.Record, m campaign.Moment, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := job.Account + "/" + job.ID
	s, known := r.by[key]
	delete(r.by, key)
	switch {
	case known && s.good(now) && s.record.Next() == job.Step:
		return &s.record, s.record, s.up(now), true
	case !known && job.First != nil && r.last.good(now):
		return nil, *job.First, r.last.up(now), true
	default:
		return nil, campaign.Record{}, campaign.Moment{}, false
	}
}

func (s sight) good(now time.Time) bool {
	age := now.Sub(s.at)
	return !s.at.IsZero() && age >= 0 && age < recentFor
}

func (s sight) up(now time.Time) campaign.Moment { return later(s.moment, now.Sub(s.at)) }
