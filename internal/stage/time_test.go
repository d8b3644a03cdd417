package stage

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

func at(d time.Duration) time.Time { return noon().Add(d) }

func TestOverdue(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	started := func(held time.Duration) map[campaign.Call]campaign.Start {
		return map[campaign.Call]campaign.Start{campaign.CallStatus: {At: noon(), Idle: held}}
	}
	for _, c := range []struct {
		why    string
		record campaign.Record
		moment campaign.Moment
		want   bool
	}{
		{"no call was made yet", campaign.Record{}, campaign.Moment{Now: at(9 * day)}, false},
		{"another stage's call does not count", campaign.Record{Started: map[campaign.Call]campaign.Start{campaign.CallCreate: {At: noon()}}}, campaign.Moment{Now: at(9 * day)}, false},
		{"to the last moment", campaign.Record{Started: started(0)}, campaign.Moment{Now: at(day)}, false},
		{"past it", campaign.Record{Started: started(0)}, campaign.Moment{Now: at(day + time.Second)}, true},
		{"an hour on hold since", campaign.Record{Started: started(0)}, campaign.Moment{Now: at(day + time.Hour), Held: time.Hour}, false},
		{"and no more than that hour", campaign.Record{Started: started(0)}, campaign.Moment{Now: at(day + time.Hour + time.Second), Held: time.Hour}, true},
		{"holds before the first call do not count", campaign.Record{Started: started(time.Hour)}, campaign.Moment{Now: at(day + time.Second), Held: time.Hour}, true},
		{"an hour for approval, over", campaign.Record{Started: started(0), Idle: time.Hour}, campaign.Moment{Now: at(day + time.Hour)}, false},
		{"waiting for approval since the first call", campaign.Record{Started: started(0), WaitingSince: noon()}, campaign.Moment{Now: at(9 * day)}, false},
		{"waiting for approval since an hour", campaign.Record{Started: started(0), WaitingSince: at(day)}, campaign.Moment{Now: at(day + time.Hour)}, false},
		{"hold and approval together", campaign.Record{Started: started(0), Idle: time.Hour}, campaign.Moment{Now: at(day + 2*time.Hour), Held: time.Hour}, false},
	} {
		if got := overdue(c.record, campaign.CallStatus, c.moment, day); got != c.want {
			t.Errorf("%s: got %v, want %v", c.why, got, c.want)
		}
	}
}

// The time that a person takes to approve is on nobody's account.
func TestApprovalTakesNoTimeFromTheStage(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "computing manual")
	r = settle(r, campaign.CallStatus, answer(t, "ok ready"), m, p).after
	m.Now = at(72 * time.Hour)
	r.Approved, r.Cover, r.PricedAt = true, covering(25800, 20), m.Now
	r.Cover.Content = r.Campaign.ContentHash()
	pl := open(r, r.Next(), m, p, "mine")
	if got := planned(pl); got != "call confirm under claim: confirming approved" {
		t.Fatalf("approved after three days: got %q, want the confirm", got)
	}
	if got := pl.after.Idle; got != 72*time.Hour || !pl.after.WaitingSince.IsZero() {
		t.Errorf("got %v idle and waiting since %v, want 72h and no more", got, pl.after.WaitingSince)
	}
	if got, want := pl.after.Started[campaign.CallConfirm], (campaign.Start{At: m.Now, Idle: 72 * time.Hour}); got != want {
		t.Errorf("the confirm's stage: got %+v, want %+v", got, want)
	}
}

// A wait that begins, and a hold that falls into it: the time that both take is
// counted once, while the wait lasts and after it.
func TestHoldWithinAWaitCountsOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why                     string
		before, within, outside time.Duration // on hold: before the wait, in it, after it
		old                     bool          // written by an octoq that did not note it
		waiting, over           time.Duration // of the stage's time, three hours into the wait and an hour after it
	}{
		{"no hold", 0, 0, 0, false, time.Hour, 2 * time.Hour},
		{"a hold in all of the wait", 0, 3 * time.Hour, 0, false, time.Hour, 2 * time.Hour},
		{"a hold in a part of it", 0, 2 * time.Hour, 0, false, time.Hour, 2 * time.Hour},
		{"a hold before it", 30 * time.Minute, 0, 0, false, 30 * time.Minute, 90 * time.Minute},
		{"a hold after it", 0, 0, 20 * time.Minute, false, time.Hour, 100 * time.Minute},
		{"each of them", 30 * time.Minute, 2 * time.Hour, 20 * time.Minute, false, 30 * time.Minute, 70 * time.Minute},
		{"a wait that began under an older octoq", 0, 3 * time.Hour, 0, true, -2 * time.Hour, -time.Hour},
	} {
		r, m, p := given(t, "confirming")
		start := campaign.Start{At: m.Now, Idle: 5 * time.Hour}
		m.Held = start.Idle
		pass := func(d, held time.Duration) { m.Now, m.Held = m.Now.Add(d), m.Held+held }
		d := edit(r, p.Who)
		pass(time.Hour, c.before)
		d.await(m, "awaiting_approval", "a person")
		if c.old {
			d.WaitingFrom = time.Time{}
		}
		pass(3*time.Hour, c.within)
		if got := taken(start, d.Record, m); got != c.waiting {
			t.Errorf("%s: while it waits, got %s of the stage's time, want %s", c.why, got, c.waiting)
		}
		d.settleIdle(m)
		pass(time.Hour, c.outside)
		if got := taken(start, d.Record, m); got != c.over || !d.WaitingSince.IsZero() || !d.WaitingFrom.IsZero() {
			t.Errorf("%s: after it, got %s of the stage's time, want %s, and no wait any more", c.why, got, c.over)
		}
	}
}

// An older octoq ends a wait and begins another without a look at what it does
// not know: then the hold is counted as that octoq counts it, never too little.
func TestWaitOfAnOlderOctoqIsNotCutShort(t *testing.T) {
	t.Parallel()
	r, m, _ := given(t, "ready")
	r.WaitingFrom = m.Now.Add(-time.Hour)
	r.WaitingSince = m.Now
	m.Now, m.Held = m.Now.Add(3*time.Hour), time.Hour
	if got := waited(r, m); got != 3*time.Hour {
		t.Errorf("got %s, want all 3 hours", got)
	}
}

// A closed night on hold gives a confirm its own deadline and no more.
func TestHoldThroughAClosedNight(t *testing.T) {
	t.Parallel()
	const night = 12 * time.Hour
	r, m, p := given(t, "ready unclaimed")
	r.Started = map[campaign.Call]campaign.Start{campaign.CallConfirm: {At: m.Now}}
	m.Now = at(time.Hour)
	opening := m.Now.Add(night)
	r = turn{until: opening, why: "the sending window is closed"}.take(edit(r, p.Who), m).after
	m.Now, m.Held = opening, night
	if got := taken(r.Started[campaign.CallConfirm], r, m); got != time.Hour {
		t.Errorf("got %s of the stage's time, want 1h", got)
	}
}

// A cancel that is asked for again after a refusal gets its whole deadline.
func TestSecondCancelHasItsOwnTime(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "cancelling")
	r = settle(r, campaign.CallCancel, answer(t, "rejected 202"), m, p).after
	m.Now = at(72 * time.Hour)
	r.CancelRequested = true
	r = open(r, r.Next(), m, p, "mine").after
	if got := planned(open(r, r.Next(), m, p, "mine")); got != "call cancel under claim: cancelling cancel" {
		t.Errorf("got %q, want the cancel to be asked for", got)
	}
}

func TestDeadlineTellsTheLastAnswer(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "computing overdue")
	r.LastRefusal = &campaign.Failure{Code: 153, HTTPStatus: 503, Message: "route congested"}
	r.Attempts.Status = 12
	f := open(r, r.Next(), m, p, "mine").after.Failure
	want := campaign.Failure{
		Class: campaign.FailDeadline, Code: 153, HTTPStatus: 503, Stage: campaign.StageStatus, Attempts: 12, At: m.Now, Ticket: "T1",
		Message: "status did not succeed within 24h0m0s; the last answer was: route congested",
	}
	if f == nil || *f != want {
		t.Errorf("got %+v, want %+v", f, want)
	}
}

func TestExpiresAt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		passed time.Duration
		plan   string
	}{
		{-time.Second, "call confirm under claim: confirming"},
		{0, "call confirm under claim: confirming"},
		{time.Second, "write dead"},
	} {
		r, m, p := given(t, "ready")
		r.Campaign.ExpiresAt = m.Now.Add(-c.passed)
		if got := planned(open(r, r.Next(), m, p, "mine")); got != c.plan {
			t.Errorf("%v after expires_at: got %q, want %q", c.passed, got, c.plan)
		}
	}
}

func TestBackoffBounds(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	least := func(time.Duration) time.Duration { return 0 }
	for streak, most := range []time.Duration{
		time.Second, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute,
	} {
		p.Jitter = worstJitter
		if got, want := p.backoff(streak, 0), p.BackoffBase/2+most; got != want {
			t.Errorf("streak %d at its longest: got %v, want %v", streak, got, want)
		}
		p.Jitter = least
		if got, want := p.backoff(streak, 0), p.BackoffBase/2; got != want {
			t.Errorf("streak %d at its shortest: got %v, want %v", streak, got, want)
		}
	}
	p.Jitter = worstJitter
	if got, want := p.backoff(1<<40, 0), p.BackoffBase/2+p.BackoffCap; got != want {
		t.Errorf("a huge streak: got %v, want %v", got, want)
	}
}

// The jitter is asked for the whole of the wait, so that campaigns that failed
// together do not come back together.
func TestBackoffIsFullyJittered(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	var asked time.Duration
	p.Jitter = func(d time.Duration) time.Duration { asked = d; return d / 4 }
	if got, want := p.backoff(4, 0), 500*time.Millisecond+2*time.Second; got != want || asked != 8*time.Second {
		t.Errorf("got %v of %v, want %v of 8s", got, asked, want)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	for _, c := range []struct{ streak, after, want time.Duration }{
		{1, 7 * time.Second, 7 * time.Second},
		{1, time.Hour, time.Hour},
		{7, 7 * time.Second, 60500 * time.Millisecond},
		{1, -time.Second, 1500 * time.Millisecond},
	} {
		if got := p.backoff(int(c.streak), c.after); got != c.want {
			t.Errorf("streak %d, Retry-After %v: got %v, want %v", c.streak, c.after, got, c.want)
		}
	}
}

func TestPollSchedule(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	for n, want := range []string{"2s", "4s", "8s", "16s", "32s", "1m0s", "1m0s"} {
		if got := p.poll(n, 0).String(); got != want {
			t.Errorf("after %d looks: got %v, want %v", n, got, want)
		}
	}
	if got := p.poll(-1, 0); got != p.PollFirst {
		t.Errorf("before any look: got %v, want %v", got, p.PollFirst)
	}
	p.PollFirst, p.PollCap = time.Minute, time.Second
	if got := p.poll(3, 0); got != p.PollCap {
		t.Errorf("a first wait above the longest: got %v, want %v", got, p.PollCap)
	}
}
