package sweep

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// cancelled is a ledger of campaigns that were cancelled unclaimed, in pages of
// two, and the tasks of some of them.
type cancelled struct {
	ids     []string
	tasks   []string
	before  []time.Time // that was asked for
	expired []string
	fail    error
}

func (c *cancelled) Lasting(_ context.Context, _ string, before time.Time, cursor string, _ int) ([]string, string, error) {
	c.before = append(c.before, before)
	const page = 2
	at := 0
	if cursor != "" {
		at = slices.Index(c.ids, cursor)
	}
	end := min(at+page, len(c.ids))
	next := ""
	if end < len(c.ids) {
		next = c.ids[end]
	}
	return c.ids[at:end], next, nil
}

func (c *cancelled) Expire(_ context.Context, _, id string) error {
	if c.fail == nil {
		c.expired = append(c.expired, id)
	}
	return c.fail
}

func (c *cancelled) Retention() time.Duration { return time.Hour }

func (c *cancelled) Gone(_ context.Context, _ string, expected []ExpectedTask) ([]bool, error) {
	gone := make([]bool, len(expected))
	for i, e := range expected {
		gone[i] = !slices.Contains(c.tasks, e.ID)
	}
	return gone, nil
}

// A record whose first create still waits has to last: that create would begin
// the campaign anew.
func TestOnlyRecordsWithoutAFirstCreateExpire(t *testing.T) {
	t.Parallel()
	c := &cancelled{ids: []string{"a", "b", "c"}, tasks: []string{"b"}}
	e := &Expirer{Ledger: c, Queue: c, Clock: func(context.Context) (time.Time, error) { return noon(), nil }}
	for i, want := range []int{1, 1} { // a page with each sweep
		if n, err := e.Expire(t.Context(), "default"); n != want || err != nil {
			t.Errorf("sweep %d: got %d, %v, want %d", i, n, err, want)
		}
	}
	if want := []string{"a", "c"}; !slices.Equal(c.expired, want) {
		t.Errorf("expired: got %q, want %q", c.expired, want)
	}
	if want := noon().Add(-time.Hour); !c.before[0].Equal(want) {
		t.Errorf("asked for those before %s, want %s: younger ones have time", c.before[0], want)
	}
	c.fail = errors.New("redis is away")
	if n, err := e.Expire(t.Context(), "default"); n != 0 || !errors.Is(err, c.fail) {
		t.Errorf("without Redis: got %d, %v, want none and %v", n, err, c.fail)
	}
}
