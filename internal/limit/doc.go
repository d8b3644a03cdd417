// Package limit keeps the limits of one account across all processes: calls a
// second, calls in flight, cool-downs and holds.
//
// A Gate is what a worker waits at before each call. One script in Redis, on
// Redis's clock, reserves grants for it, and the gate gives them to the most
// urgent of its local waiters. The same script obeys the account's hold, which
// internal/holdstore writes.
//
// The files read downwards. Gate is the face and the goroutines; the allocator
// decides, under one lock, which call is admitted and what to ask for; below it are the
// parts that it decides on: the matcher with its wait queue, grants and calls
// under way, what is known of the account, and the round trips to Redis.
//
// The package knows nothing of what a call is for and decides nothing about
// campaigns. Whether an account is to be stopped, probed or set free is decided
// by internal/hold; what becomes of a campaign, by internal/stage.
package limit
