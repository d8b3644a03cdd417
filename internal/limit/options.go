package limit

import (
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/random"
)

// Options are the parts of a gate that tests and metrics want to set. The zero
// value is what a worker needs.
type Options struct {
	// Now is the local clock; time.Now when nil. Its readings must be
	// monotonic: a wall clock that is wrong or stepped does no harm then.
	Now func() time.Time
	// Name makes the name of this gate, unlike that of any other; random when nil.
	Name func() string
	// OnError is called with what went wrong in the background. The gate tries
	// again by itself. It must not block.
	OnError func(error)
	// OnWait is called with how long each granted call has waited. It must not block.
	OnWait func(call campaign.Call, waited time.Duration)
	// Unheard has the gate not subscribe to what is published: it looks for free slots ten
	// times a second instead, so that gates which subscribe come before it.
	Unheard bool
	// Timeout bounds one round trip to Redis, 5 s when zero.
	Timeout time.Duration
}

func (o Options) withDefaults() (Options, error) {
	if o.Timeout < 0 {
		return o, fmt.Errorf("timeout is %v: want a positive time", o.Timeout)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Name == nil {
		o.Name = random.Token
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	if o.OnWait == nil {
		o.OnWait = func(campaign.Call, time.Duration) {}
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	return o, nil
}
