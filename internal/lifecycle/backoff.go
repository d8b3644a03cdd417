package lifecycle

import "time"

// maxRetryAfter bounds what a Retry-After may ask for, as the limiter's
// cool-down does: one mistaken header must not cost a campaign its deadline.
const maxRetryAfter = time.Hour

// Backoff is exponential with full jitter above half a base, so that no two
// campaigns march in step and none comes back at once.
func (p Policy) Backoff(streak int, retryAfter time.Duration) time.Duration {
	d := max(doubled(p.BackoffBase, streak-1, p.BackoffCap), p.BackoffBase)
	return max(p.BackoffBase/2+p.Jitter(d), min(retryAfter, maxRetryAfter))
}

// pollWait is the wait before the next look at a ticket that was looked at n times.
func (p Policy) pollWait(n int, retryAfter time.Duration) time.Duration {
	return max(doubled(p.PollFirst, n, p.PollCap), min(retryAfter, maxRetryAfter))
}

func doubled(d time.Duration, times int, limit time.Duration) time.Duration {
	for ; times > 0 && d < limit; times-- {
		d *= 2
	}
	return min(d, limit)
}
