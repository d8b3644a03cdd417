package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
)

// follower reads the stream of events by its cursor, through all that Redis goes through,
// as a backend does.
type follower struct {
	w *world

	mu        sync.Mutex
	published map[string]campaign.State // by id, run and state
	last      map[string]event.Event    // by id: the last one
	seen      map[string]bool           // ids of events
}

// follow reads until end is called.
func (w *world) follow() (f *follower, end func()) {
	f = &follower{w: w, published: map[string]campaign.State{}, last: map[string]event.Event{}, seen: map[string]bool{}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.read(ctx)
	}()
	return f, func() { cancel(); <-ended }
}

func (f *follower) read(ctx context.Context) {
	const page, pause = 1000, 200 * time.Millisecond
	rdb := f.w.place.client()
	reader, cursor := hub.NewReader(rdb), ""
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for ctx.Err() == nil {
		got, err := reader.Read(ctx, cursor, hub.Filter{}, page, time.Second)
		if gone, ok := errors.AsType[*hub.GoneError](err); ok {
			cursor = gone.Oldest
			continue
		}
		if err != nil {
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
			continue
		}
		cursor = got.Next
		f.take(got.Events)
	}
}

func (f *follower) take(events []event.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range events {
		if f.seen[e.ID] || e.Campaign == "" {
			continue
		}
		f.seen[e.ID] = true
		f.published[eventKey(e.Campaign, e.Run, e.State)] = e.State
		if e.State.Final() {
			f.last[e.Campaign] = e
		}
	}
}

func eventKey(id string, run int, s campaign.State) string {
	return fmt.Sprintf("%s run %d %s", id, run, s)
}

// unpublished are the final states of records without an event, or whose event is not the last one. What
// Redis has forgotten may have been published: then the record may be where it was before.
func (f *follower) unpublished(records []campaign.Record) []string {
	f.w.losses.Lock()
	forgot := f.w.losses.any
	f.w.losses.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	var missing []string
	for _, r := range records {
		if !r.State.Final() || r.State == campaign.StatePurged {
			continue
		}
		as := eventKey(r.ID(), r.Run, r.State)
		if _, published := f.published[as]; !published {
			missing = append(missing, as+" was not published")
		} else if last := f.last[r.ID()]; !forgot && (last.State != r.State || last.Run != r.Run) {
			missing = append(missing, fmt.Sprintf("%s, and then %s of run %d was published", as, last.State, last.Run))
		}
	}
	return missing
}

// agrees waits until the stream has the end of each campaign.
func (f *follower) agrees(records []campaign.Record) {
	f.w.t.Helper()
	f.w.until(time.Minute, "the stream of events agrees with the ledger", func() (bool, string) {
		missing := f.unpublished(records)
		const shown = 5
		return len(missing) == 0, fmt.Sprintf("%d do not: %q", len(missing), missing[:min(len(missing), shown)])
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.w.note("%d events were read, and agree with %d records", len(f.seen), len(records))
}
