package queue

import "time"

// TrustWakes lets a server that is not started learn of work from nothing but
// wake-ups: what none tells of is not taken within a test.
func (s *Server) TrustWakes() {
	s.client.poll, s.client.longest = time.Hour, time.Hour
}
