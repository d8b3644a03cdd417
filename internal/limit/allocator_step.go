package limit

import "time"

// step admits the calls that can be admitted. It returns the round trip to make now, nil
// for none, and when to step again at the latest, zero if not before it is woken.
func (a *allocator) step() (*roundTrip, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.matcher.grantDue(now)
	trip := a.nextTrip(now)
	next := a.matcher.grants.nextDue()
	if !a.underWay && a.wanted() > 0 && (next.IsZero() || a.state.askAt.Before(next)) {
		next = a.state.askAt
	}
	return trip, next
}

// wanted is how many grants are to be asked for.
func (a *allocator) wanted() int { return a.matcher.waiting.n - len(a.matcher.grants) }

// nextTrip is the round trip to make now; nil when there is nothing to do, or
// one is under way.
func (a *allocator) nextTrip(now time.Time) *roundTrip {
	if a.underWay {
		return nil
	}
	trip := roundTrip{unused: a.matcher.unused.takeAll()}
	if want := a.wanted(); want > 0 && !now.Before(a.state.askAt) {
		trip.request = a.nextRequest(want)
	}
	if trip.request == nil && len(trip.unused) == 0 {
		return nil
	}
	a.underWay, a.outdated = true, false
	return &trip
}

func (a *allocator) nextRequest(want int) *grantRequest {
	r := &grantRequest{token: a.matcher.tokens.request(), want: min(want, batch)}
	switch {
	case a.state.phase != "":
		r.want, r.waiters = 1, a.matcher.waiting.first(crowd)
	case a.limits.unlimited():
		r.want = 0
	}
	return r
}

// handleResult takes in what a round trip brought.
func (a *allocator) handleResult(r tripResult) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.underWay = false
	switch {
	case r.request == nil:
		return
	case r.err != nil:
		a.state.failed(r)
		a.matcher.unused.addLost(*r.request)
		return
	}
	a.state.learn(r, a.limits, len(a.matcher.grants))
	if a.outdated {
		a.state.outdate() // the answer is older than the message
	}
	a.matcher.collect(r, a.outdated)
	a.rejectWaiting(r)
	if a.limits.unlimited() && r.reservation.why == "" && r.reservation.phase == "" && !a.outdated {
		a.admitUnlimited(r)
	}
}

// rejectWaiting sends the waiters away whose wait is known to be long.
func (a *allocator) rejectWaiting(r tripResult) {
	for _, x := range rejections(r) {
		for _, w := range a.matcher.waiting.all() {
			if x.concerns(w) {
				a.matcher.waiting.reject(w, &LaterError{Account: a.account, At: x.at, Why: x.why})
			}
		}
	}
}

// admitUnlimited admits every call for a while: nothing is limited, and there is
// neither hold nor cool-down.
func (a *allocator) admitUnlimited(r tripResult) {
	a.state.unlimitedUntil = r.sent.Add(poll)
	a.matcher.admitAllUnlimited(a.now())
}
