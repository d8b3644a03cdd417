package stage

import (
	"time"

	"github.com/octoq/octoq/internal/lifecycle"
)

func testPolicy() lifecycle.Policy {
	return lifecycle.Policy{
		Who: "worker-1", Deadline: 24 * time.Hour, Claim: time.Minute,
		BackoffBase: time.Second, BackoffCap: time.Minute,
		PollFirst: 2 * time.Second, PollCap: time.Minute,
		Jitter: func(d time.Duration) time.Duration { return d }, // as long as back-offs can be
	}
}
