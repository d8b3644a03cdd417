package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cursor is how far a schedule has come. In Redis it is one text of three
// words, so that it can be compared and set.
type Cursor struct {
	// Generation changes when the schedule is replaced: what was decided by an
	// earlier one then moves nothing any more.
	Generation string
	// UpTo is the moment up to which every tick is decided. A new schedule has
	// ticks only after the moment at which it was added.
	UpTo time.Time
	// Last is the last tick that was enqueued, zero if there was none.
	Last time.Time
}

// ParseCursor reads a cursor: generation, UpTo and Last, the times in seconds
// since 1970, 0 for none.
func ParseCursor(text string) (Cursor, error) {
	words := strings.Fields(text)
	if len(words) != 3 {
		return Cursor{}, fmt.Errorf("%.60q is no cursor of a schedule", text)
	}
	upTo, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return Cursor{}, fmt.Errorf("read a cursor: %w", err)
	}
	last, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return Cursor{}, fmt.Errorf("read a cursor: %w", err)
	}
	c := Cursor{Generation: words[0], UpTo: time.Unix(upTo, 0).UTC()}
	if last != 0 {
		c.Last = time.Unix(last, 0).UTC()
	}
	return c, nil
}

// String is the cursor as Redis holds it.
func (c Cursor) String() string {
	var last int64
	if !c.Last.IsZero() {
		last = c.Last.Unix()
	}
	return fmt.Sprintf("%s %d %d", c.Generation, c.UpTo.Unix(), last)
}
