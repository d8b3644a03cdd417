package enqueue

import (
	"sync"
	"time"
)

const (
	// believeServed is how long a client believes that an account is served, and
	// believeUnserved that it is not, before it asks again.
	believeServed   = time.Minute
	believeUnserved = 10 * time.Second
)

// served remembers of each account whether a worker serves it.
type served struct {
	mu    sync.Mutex
	known map[string]servedAccount
}

type servedAccount struct {
	served bool
	until  time.Time
}

// get is what is known of an account; what is not known has run out.
func (s *served) get(account string) servedAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[account]
}

// put keeps what was found out about an account.
func (s *served) put(account string, found servedAccount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]servedAccount{}
	}
	s.known[account] = found
}
