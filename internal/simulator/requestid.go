package simulator

import "time"

// requestIDs remembers idempotency keys for a while. They expire after 24 hours (doc); that they are remembered per
// account is inferred.
type requestIDs struct {
	at    map[string]time.Time
	order []string // oldest first
}

// has reports whether id was used within ttl, and forgets what is older.
func (r *requestIDs) has(id string, now time.Time, ttl time.Duration) bool {
	for len(r.order) > 0 && now.Sub(r.at[r.order[0]]) >= ttl {
		delete(r.at, r.order[0])
		r.order = r.order[1:]
	}
	_, ok := r.at[id]
	return ok
}

// add remembers id from now on. An empty one is nothing to remember.
func (r *requestIDs) add(id string, now time.Time) {
	if id == "" {
		return
	}
	r.at[id] = now
	r.order = append(r.order, id)
}
