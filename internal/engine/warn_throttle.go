package engine

import (
	"sync"
	"time"
)

// warnEvery is the pause between two warnings of the same kind about an account.
const warnEvery = time.Minute

// warnThrottle keeps a warning that could come with every call to one a minute.
type warnThrottle struct {
	mu         sync.Mutex
	until      time.Time
	suppressed int
}

// allow reports whether to warn now, the first time at once, and how many warnings
// were suppressed since the last one.
func (t *warnThrottle) allow(now time.Time) (due bool, suppressed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Before(t.until) {
		t.suppressed++
		return false, 0
	}
	suppressed, t.suppressed, t.until = t.suppressed, 0, now.Add(warnEvery)
	return true, suppressed
}
