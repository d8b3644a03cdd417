// Package limit keeps the limits of one account across all processes: calls a
// second, calls in flight, cool-downs and holds.
//
// A Gate is what a worker waits at before each call. It asks one script in
// Redis, on Redis's clock, for leave to call, and hands what it gets to the
// most urgent of its local waiters. Holds stores the account's stop, which the
// same script obeys.
//
// The package knows nothing of what a call is for and decides nothing about
// campaigns. Whether an account is to be stopped, probed or set free is decided
// by internal/hold; what becomes of a campaign, by internal/stage.
package limit
