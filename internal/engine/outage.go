package engine

import (
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/redisconn"
)

const (
	// outageEvery is the pause between two lines about a Redis that stays away.
	outageEvery = time.Minute
	// outageQuiet is how long nothing has failed when Redis counts as back.
	outageQuiet = 2 * time.Second
)

// outage logs that Redis is away or refuses to serve: a line when that begins, one a
// minute while it lasts, and one when it ends. Everything else that fails meanwhile is
// counted and not logged.
type outage struct {
	log zerolog.Logger
	now func() time.Time

	mu      sync.Mutex
	since   time.Time // zero while Redis serves
	last    time.Time // of the failures
	next    time.Time // when the next line is due
	leftOut int       // lines
}

// Note reports whether an error is one of an outage. It has logged or counted it
// then, so the caller does not log it.
func (o *outage) Note(err error) bool {
	if !redisconn.Away(err) {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	o.last = now
	switch {
	case o.since.IsZero():
		o.since, o.next, o.leftOut = now, now.Add(outageEvery), 0
		o.log.Warn().Err(err).Msg("redis is away or refuses to serve: the worker goes on when it is back")
	case !now.Before(o.next):
		o.next = now.Add(outageEvery)
		o.lasting(o.log.Warn().Err(err)).Msg("redis is still away or refuses to serve")
	default:
		o.leftOut++
	}
	return true
}

// Count reports whether there is an outage; the line that is then left out is
// counted.
func (o *outage) Count() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		return false
	}
	o.leftOut++
	return true
}

// on reports whether there is an outage.
func (o *outage) on() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.since.IsZero()
}

// served notes that Redis has taken a write. The outage is over when nothing has
// failed for a while.
func (o *outage) served() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() || o.now().Sub(o.last) < outageQuiet {
		return
	}
	o.lasting(o.log.Info()).Msg("redis serves again")
	o.since = time.Time{}
}

// lasting adds how long the outage has lasted, and how many lines were left out.
func (o *outage) lasting(line *zerolog.Event) *zerolog.Event {
	return line.Int64("seconds", int64(o.last.Sub(o.since)/time.Second)).Int("lines_left_out", o.leftOut)
}
