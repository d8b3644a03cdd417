package stage

import (
	"context"
	"time"
)

// callContext is the context of a call and its claim: the process may be asked
// to stop meanwhile, but the answer is still wanted until the claim runs out.
func (r *Runner) callContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), r.Policy.Claim)
}

// settleContext is the context in which an answer is written down. It outlives the
// call's: a process that was frozen during the call has used that up, and Redis may be
// away for long, while the answer may be a ticket that no other process knows. A
// process that is asked to stop does not keep it for longer than a claim, and not when
// it has given Redis up.
func (r *Runner) settleContext(stopping context.Context) (context.Context, context.CancelFunc) {
	const patience = 5 * time.Minute
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stopping), max(patience, r.Policy.Claim))
	stop := context.AfterFunc(stopping, func() {
		t := time.NewTimer(r.Policy.Claim)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-r.GivenUp:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel() }
}

// cleanupContext is a context for what must be finished although the process stops.
func cleanupContext(ctx context.Context) (context.Context, context.CancelFunc) {
	const grace = 10 * time.Second
	return context.WithTimeout(context.WithoutCancel(ctx), grace)
}
