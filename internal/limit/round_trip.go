package limit

import (
	"context"
	"errors"
	"time"
)

// roundTrip is what to do in Redis in one go: slots to give back, and what to
// ask for, if anything.
type roundTrip struct {
	unused  []slotRelease
	request *grantRequest
}

// tripResult is what a round trip brought. sent and received are local times around
// the request alone.
type tripResult struct {
	request        *grantRequest
	reservation    reservation
	sent, received time.Time
	err            error
}

// local is a time of Redis's clock, in microseconds, on the local one.
func (r tripResult) local(micros int64) time.Time {
	return r.received.Add(time.Duration(micros-r.reservation.now) * time.Microsecond)
}

// grant is the nth grant of the reservation, counted from 0. It is used no
// earlier than its time reckoned from when the answer came, and no later than
// reckoned from before the request left: both err to the safe side by the way
// to Redis.
func (r tripResult) grant(n int, validFor time.Duration) grant {
	wait := time.Duration(r.reservation.grants[n]-r.reservation.now) * time.Microsecond
	g := grant{
		token: slotToken(r.request.token, n+1),
		due:   r.received.Add(wait),
		void:  r.sent.Add(wait + validFor),
	}
	if b := r.reservation.bound; b > 0 && b <= len(r.request.waiters) {
		g.bound, g.probe = r.request.waiters[b-1], r.reservation.probe
	}
	return g
}

// roundTripper makes round trips to Redis, and knows nothing of waiters.
type roundTripper struct {
	scripts limiterScripts
	now     func() time.Time
	timeout time.Duration // of each script
	onError func(error)
}

// run makes one round trip after another, until there are no more.
func (t roundTripper) run(ctx context.Context, trips <-chan roundTrip, results chan<- tripResult) {
	for trip := range trips {
		t.release(ctx, trip.unused)
		var r tripResult
		if trip.request != nil {
			r = t.request(ctx, trip.request)
		}
		results <- r
	}
}

func (t roundTripper) request(ctx context.Context, req *grantRequest) tripResult {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	r := tripResult{request: req, sent: t.now()}
	r.reservation, r.err = t.scripts.acquire(ctx, *req)
	r.received = t.now()
	if r.err != nil && !errors.Is(r.err, context.Canceled) { // the gate is being stopped
		t.onError(r.err)
	}
	return r
}

// release frees slots that no call used. Those it cannot free end with their
// leases.
func (t roundTripper) release(ctx context.Context, unused []slotRelease) {
	var errs []error
	for _, r := range unused {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.timeout)
		_, _, err := t.scripts.release(ctx, r)
		cancel()
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		t.onError(err)
	}
}

// renew renews slots, and the seat of the campaign that holds it, if any.
func (t roundTripper) renew(ctx context.Context, tokens []string, seat string) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	if err := t.scripts.renew(ctx, tokens, seat); err != nil && !errors.Is(err, context.Canceled) {
		t.onError(err)
	}
}
