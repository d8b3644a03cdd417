package queue

import "time"

// TrustWakes has a server that is not started learn of work from nothing but
// wake-ups: what none announces is not taken within a test.
func (s *Server) TrustWakes() {
	s.client.dequeuer.poll, s.client.dequeuer.longest = time.Hour, time.Hour
}

// KeepPrefetched has a server that is not started keep what it has prefetched for so long.
func (s *Server) KeepPrefetched(keep time.Duration) { s.client.dequeuer.prefetched.keep = keep }
