package hub

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// back is by how much reading goes back where Redis may have forgotten something.
const back = time.Hour

// start is before every entry of a stream.
const start = "0-0"

// position is how far a stream was read, and under which run of Redis.
type position struct{ id, run string }

// String is the position as it is kept, and as a cursor.
func (p position) String() string { return p.id + "." + p.run }

// errPosition says that a text is no position.
var errPosition = errors.New("no position in a stream")

// parsePosition is the reverse of position.String; "" is the start.
func parsePosition(s string) (position, error) {
	if s == "" {
		return position{id: start}, nil
	}
	id, run, found := strings.Cut(s, ".")
	if _, _, err := parseID(id); !found || err != nil || strings.ContainsFunc(run, isNoHex) {
		return position{}, fmt.Errorf("%w: %.64q", errPosition, s)
	}
	return position{id, run}, nil
}

func isNoHex(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }

// under is the position from which to read on under a run of Redis.
func (p position) under(run string) position {
	if run == "" || p.run == run {
		return p
	}
	if p.id == start || p.run == "" {
		return position{p.id, run}
	}
	ms, _, err := parseID(p.id)
	if err != nil || ms < back.Milliseconds() {
		return position{start, run}
	}
	return position{strconv.FormatInt(ms-back.Milliseconds(), 10) + "-0", run}
}

// parseID reads the id of an entry: unix milliseconds, and a number within one.
func parseID(id string) (ms, seq int64, err error) {
	first, second, found := strings.Cut(id, "-")
	if !found {
		return 0, 0, errPosition
	}
	if ms, err = strconv.ParseInt(first, 10, 64); err == nil {
		seq, err = strconv.ParseInt(second, 10, 64)
	}
	if err == nil && (ms < 0 || seq < 0) {
		err = errPosition
	}
	return ms, seq, err
}

// isBefore reports whether an id is before another one. Both have been parsed before.
func isBefore(a, b string) bool {
	am, as, _ := parseID(a)
	bm, bs, _ := parseID(b)
	return am < bm || am == bm && as < bs
}

// timeOf is when an entry was added.
func timeOf(id string) time.Time {
	ms, _, _ := parseID(id)
	return time.UnixMilli(ms).UTC()
}

// idAt is the id before all entries that were added at a moment or later.
func idAt(t time.Time) string { return strconv.FormatInt(max(0, t.UnixMilli()), 10) + "-0" }
