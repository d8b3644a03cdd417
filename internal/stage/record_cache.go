package stage

import (
	"sync"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// recordCache remembers for a moment what this process has just written, or is just
// writing, so that the campaign's next step need not ask for it. To decide on
// it is as safe as to be slow: the write that follows is refused unless the
// record's latest write and Redis's run_id are still the ones it was decided
// on, and then the record is asked for. What a status call brings that was
// not wanted any more is refused in the same way. A decision that no write
// follows, to let a wake-up go or to wait, is not made on it: an operator may have
// approved meanwhile.
type recordCache struct {
	mu   sync.Mutex
	byID map[string]cachedRecord // by account and id
	last cachedRecord            // of no record: the latest moment alone
}

// cachedRecord is a record as it was written, and the moment it was written in.
type cachedRecord struct {
	record record.Record
	moment record.Snapshot
	at     time.Time // local clock
}

const (
	// cachedFor is how long a cached record is good for: what its moment says of
	// holds and of the credit of others grows old.
	cachedFor = 5 * time.Second
	// maxCached bounds their number.
	maxCached = 4096
)

// add remembers a record as it is written. m is whole.
func (c *recordCache) add(rec record.Record, m record.Snapshot, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) >= maxCached {
		c.byID = map[string]cachedRecord{}
	}
	c.byID[rec.Account()+"/"+rec.ID()] = cachedRecord{record: rec, moment: m, at: now}
	c.last = cachedRecord{moment: m, at: now}
}

// fetch returns what a wake-up may be decided on, once: the record that waits
// for this very step, with the moment brought up to date.
func (c *recordCache) fetch(job Job, now time.Time) (loaded, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := job.Account + "/" + job.ID
	cached, known := c.byID[key]
	delete(c.byID, key)
	switch {
	case known && cached.good(now) && cached.record.Next() == job.Step:
		return stored(cached.record, cached.moment).later(now.Sub(cached.at)), true
	case !known && job.First != nil && c.last.good(now):
		return loaded{record: *job.First, at: c.last.moment}.later(now.Sub(c.last.at)), true
	default:
		return loaded{}, false
	}
}

func (c cachedRecord) good(now time.Time) bool {
	age := now.Sub(c.at)
	return !c.at.IsZero() && age >= 0 && age < cachedFor
}
