package worker

import (
	"sync"
	"time"
)

// silenceFor is the pause between two warnings of the same kind about an account.
const silenceFor = time.Minute

// warnThrottle keeps a warning that could come with every call to one a minute.
type warnThrottle struct {
	mu         sync.Mutex
	until      time.Time
	suppressed int
}

// broken reports whether to warn now, the first time at once, and how often
// that was left out since the last time.
func (s *warnThrottle) broken(now time.Time) (due bool, untold int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.until) {
		s.suppressed++
		return false, 0
	}
	untold, s.suppressed, s.until = s.suppressed, 0, now.Add(silenceFor)
	return true, untold
}
