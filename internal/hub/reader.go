package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/key"
)

// ErrCursor says that a text is no cursor that a reader gave.
var ErrCursor = errors.New("this is no cursor of events")

// GoneError says that events behind a cursor were removed.
type GoneError struct {
	Oldest string // a cursor before all that is kept
}

func (*GoneError) Error() string { return "events behind this cursor are no longer kept" }

// Filter says which events are wanted; the zero Filter wants all.
type Filter struct {
	// Accounts and Types are those wanted, all if empty.
	Accounts []string
	Types    []event.Type
	// Sees reports whether the reader may know of an account; nil is of all.
	Sees func(account string) bool
}

func (f Filter) wants(e event.Event) bool {
	return (len(f.Accounts) == 0 || slices.Contains(f.Accounts, e.Account)) &&
		(len(f.Types) == 0 || slices.Contains(f.Types, e.Type)) &&
		(f.Sees == nil || f.Sees(e.Account))
}

// EventPage is some events in their order.
type EventPage struct {
	Events []event.Event
	Next   string // the cursor behind them
}

// Reader reads the stream. It may be used by many goroutines at once.
type Reader struct {
	rdb     redis.UniversalClient
	scripts scripts
	newest  *newest
}

// NewReader makes a reader.
func NewReader(rdb redis.UniversalClient) *Reader {
	return &Reader{rdb: rdb, scripts: newScripts(), newest: newNewest()}
}

const (
	// searchStep is how many events are read at once, and searchMost how many for a page.
	searchStep = 500
	searchMost = 5000
	// lookEvery is the pause between two looks for new events.
	lookEvery = 250 * time.Millisecond
)

// Read returns at most limit events behind a cursor, "" for all that are kept. It
// waits until there is one, for as long as wait says. It fails with ErrCursor, with
// *GoneError, and when Redis does not answer.
func (r *Reader) Read(ctx context.Context, after string, f Filter, limit int, wait time.Duration) (EventPage, error) {
	from, err := parsePosition(after)
	if err != nil {
		return EventPage{}, fmt.Errorf("%w: %.64q", ErrCursor, after)
	}
	end := time.NewTimer(wait)
	defer end.Stop()
	for {
		moved := r.newest.move()
		page, to, err := r.read(ctx, from, f, limit)
		if err != nil || len(page.Events) > 0 || wait <= 0 {
			return page, err
		}
		from = to
		if ended, err := r.newest.wait(ctx, moved, end.C, r.end); ended || err != nil {
			return page, err
		}
	}
}

// read searches once.
func (r *Reader) read(ctx context.Context, from position, f Filter, limit int) (EventPage, position, error) {
	var page EventPage
	for searched := 0; searched < searchMost; {
		run, entries, err := r.step(ctx, from)
		if err != nil {
			return EventPage{}, from, err
		}
		if moved := from.under(run); moved.id != from.id {
			from = moved
			continue
		}
		from.run = run
		for _, entry := range entries {
			e, err := eventOf(entry)
			from.id = entry.ID
			// What cannot be read, because octoq has not written it, hides no other event.
			if err == nil && f.wants(e) {
				page.Events = append(page.Events, e)
			}
			if len(page.Events) == limit {
				page.Next = from.String()
				return page, from, nil
			}
		}
		if searched += len(entries); len(entries) < searchStep {
			break
		}
	}
	page.Next = from.String()
	return page, from, nil
}

// step reads the next entries, and the run that they are read under.
func (r *Reader) step(ctx context.Context, from position) (string, []redis.XMessage, error) {
	answer, err := r.scripts.read.Run(ctx, r.rdb, []string{key.HubEvents, key.HubCopied}, from.id, searchStep).Slice()
	if err != nil {
		return "", nil, fmt.Errorf("read events: %w", err)
	}
	if len(answer) != 3 {
		return "", nil, fmt.Errorf("read events: unexpected answer of a script: %v", answer)
	}
	run, _ := answer[0].(string)
	trimmed, _ := answer[1].(string)
	if from.id != start && trimmed != "" && isBefore(from.id, trimmed) && from.run == run {
		return "", nil, &GoneError{Oldest: position{trimmed, run}.String()}
	}
	entries, err := entriesOf(answer[2])
	return run, entries, err
}

// End is the cursor behind the newest event.
func (r *Reader) End(ctx context.Context) (string, error) {
	p, err := r.end(ctx)
	if err != nil {
		return "", err
	}
	return p.String(), nil
}

// end is the place of the newest event.
func (r *Reader) end(ctx context.Context) (position, error) {
	run, err := r.scripts.run.Run(ctx, r.rdb, []string{key.HubEvents}).Text()
	if err != nil {
		return position{}, fmt.Errorf("read events: %w", err)
	}
	newest, err := r.rdb.XRevRangeN(ctx, key.HubEvents, "+", "-", 1).Result()
	if err != nil {
		return position{}, fmt.Errorf("read events: %w", err)
	}
	if len(newest) == 0 {
		return position{start, run}, nil
	}
	return position{newest[0].ID, run}, nil
}
