package dispatch

import (
	"sync"
	"time"
)

const (
	// sayEvery is the pause between two reports of the same.
	sayEvery = time.Minute
	// mostSaid bounds how many are remembered.
	mostSaid = 100
)

// said remembers what was reported: while Redis is away, each round fails the same way.
type said struct {
	mu sync.Mutex
	at map[string]time.Time
}

// isNew reports whether a text was not reported of late, and notes that it is now.
func (s *said) isNew(text string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, known := s.at[text]; known && now.Sub(at) < sayEvery {
		return false
	}
	if s.at == nil || len(s.at) >= mostSaid {
		s.at = map[string]time.Time{}
	}
	s.at[text] = now
	return true
}

func (d *Dispatcher) report(err error) {
	if d.said.isNew(err.Error(), d.Now()) {
		d.Report(err)
	}
}
