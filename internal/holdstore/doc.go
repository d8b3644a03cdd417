// Package holdstore keeps the stop of an account in Redis, for internal/hold:
// the hold itself, which queues are paused for it, and for how long creates have
// been blocked. The limiter of internal/limit reads the hold at each request and
// obeys it. When an account is to be held or set free is decided by internal/hold.
package holdstore
