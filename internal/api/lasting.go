package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// recheckEvery is the pause between two looks whether the caller of a request that
// lasts may go on.
const recheckEvery = time.Second

// errRevoked says that a request was let in, and would not be any more.
var errRevoked = errors.New("the user or token that sent this was removed or changed")

// whileAllowed gives a request a context that ends with errRevoked once its caller would
// not be let in as it was. done is to be called when the request has been answered.
func (a *Endpoints) whileAllowed(r *http.Request) (lasting *http.Request, done func()) {
	if a.config.StillAllowed == nil {
		return r, func() {}
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	var looking sync.WaitGroup
	looking.Add(1)
	timer := time.AfterFunc(recheckEvery, func() {
		defer looking.Done()
		a.recheck(ctx, cancel)
	})
	return r.WithContext(ctx), func() {
		if timer.Stop() {
			looking.Done()
		}
		cancel(nil)
		looking.Wait()
	}
}

func (a *Endpoints) recheck(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(recheckEvery)
	defer tick.Stop()
	for a.config.StillAllowed(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	cancel(errRevoked)
}

// untilStop gives what waits a context that ends with errStopping when octoq is to stop.
func (a *Endpoints) untilStop(ctx context.Context) (waiting context.Context, done func()) {
	waiting, cancel := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-a.config.Stopping:
			cancel(errStopping)
		case <-waiting.Done():
		}
	})
	return waiting, func() {
		cancel(nil)
		watching.Wait()
	}
}

// revoked is the answer to a request that its caller may not go on with.
func revoked() *Problem {
	return newProblem(http.StatusUnauthorized, "", capitalised(errRevoked.Error())+" while it was under way. What came after was not done.")
}

// waitProblem is the answer to a request that could not wait to its end.
func (a *Endpoints) waitProblem(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errRevoked) {
		return revoked()
	}
	return a.problem(err)
}
