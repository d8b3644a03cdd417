package lifecycle

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

func at(d time.Duration) time.Time { return recordtest.Noon().Add(d) }

func TestOverdue(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	started := func(held time.Duration) map[campaign.Call]campaign.Start {
		return map[campaign.Call]campaign.Start{campaign.CallStatus: {At: recordtest.Noon(), Idle: held}}
	}
	for _, c := range []struct {
		why    string
		record record.Record
		moment record.Snapshot
		want   bool
	}{
		{"no call was made yet", record.Record{}, record.Snapshot{Now: at(9 * day)}, false},
		{"another stage's call does not count", record.Record{Record: campaign.Record{Started: map[campaign.Call]campaign.Start{campaign.CallCreate: {At: recordtest.Noon()}}}}, record.Snapshot{Now: at(9 * day)}, false},
		{"to the last moment", record.Record{Record: campaign.Record{Started: started(0)}}, record.Snapshot{Now: at(day)}, false},
		{"past it", record.Record{Record: campaign.Record{Started: started(0)}}, record.Snapshot{Now: at(day + time.Second)}, true},
		{"an hour on hold since", record.Record{Record: campaign.Record{Started: started(0)}}, record.Snapshot{Now: at(day + time.Hour), Held: time.Hour}, false},
		{"and no more than that hour", record.Record{Record: campaign.Record{Started: started(0)}}, record.Snapshot{Now: at(day + time.Hour + time.Second), Held: time.Hour}, true},
		{"holds before the first call do not count", record.Record{Record: campaign.Record{Started: started(time.Hour)}}, record.Snapshot{Now: at(day + time.Second), Held: time.Hour}, true},
		{"an hour for approval, over", record.Record{Record: campaign.Record{Started: started(0)}, Idle: time.Hour}, record.Snapshot{Now: at(day + time.Hour)}, false},
		{"waiting for approval since the first call", record.Record{Record: campaign.Record{Started: started(0), WaitingSince: recordtest.Noon()}}, record.Snapshot{Now: at(9 * day)}, false},
		{"waiting for approval since an hour", record.Record{Record: campaign.Record{Started: started(0), WaitingSince: at(day)}}, record.Snapshot{Now: at(day + time.Hour)}, false},
		{"hold and approval together", record.Record{Record: campaign.Record{Started: started(0)}, Idle: time.Hour}, record.Snapshot{Now: at(day + 2*time.Hour), Held: time.Hour}, false},
	} {
		if got := overdue(c.record, campaign.CallStatus, c.moment, day); got != c.want {
			t.Errorf("%s: got %v, want %v", c.why, got, c.want)
		}
	}
}

// The time that a person takes to approve does not count towards the deadline.
func TestApprovalTakesNoTimeFromTheStage(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "computing manual")
	r = Settle(r, campaign.CallStatus, recordtest.Answer(t, "ok ready"), m, p).After
	m.Now = at(72 * time.Hour)
	r.Approved, r.Cover, r.PricedAt = true, recordtest.Covering(25800, 20), m.Now
	r.Cover.Content = content.Hash(r.Campaign)
	pl := PlanStep(r, r.Next(), m, p, "mine")
	if got := planned(pl); got != "call confirm under claim: confirming approved" {
		t.Fatalf("approved after three days: got %q, want the confirm", got)
	}
	if got := pl.After.Idle; got != 72*time.Hour || !pl.After.WaitingSince.IsZero() {
		t.Errorf("got %v idle and waiting since %v, want 72h and no more", got, pl.After.WaitingSince)
	}
	if got, want := pl.After.Started[campaign.CallConfirm], (campaign.Start{At: m.Now, Idle: 72 * time.Hour}); got != want {
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
		d := newDraft(r, p.Who)
		pass(time.Hour, c.before)
		d.awaitPerson(m, "awaiting_approval", "a person")
		if c.old {
			d.WaitingFrom = time.Time{}
		}
		pass(3*time.Hour, c.within)
		if got := stageTime(start, d.Record, m); got != c.waiting {
			t.Errorf("%s: while it waits, got %s of the stage's time, want %s", c.why, got, c.waiting)
		}
		d.endWait(m)
		pass(time.Hour, c.outside)
		if got := stageTime(start, d.Record, m); got != c.over || !d.WaitingSince.IsZero() || !d.WaitingFrom.IsZero() {
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
	r = timing{until: opening, why: "the sending window is closed"}.toPlan(newDraft(r, p.Who), m).After
	m.Now, m.Held = opening, night
	if got := stageTime(r.Started[campaign.CallConfirm], r, m); got != time.Hour {
		t.Errorf("got %s of the stage's time, want 1h", got)
	}
}

// A cancel that is asked for again after a refusal gets its whole deadline.
func TestSecondCancelHasItsOwnTime(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "cancelling")
	r = Settle(r, campaign.CallCancel, recordtest.Answer(t, "rejected 202"), m, p).After
	m.Now = at(72 * time.Hour)
	r.CancelRequested = true
	r = PlanStep(r, r.Next(), m, p, "mine").After
	if got := planned(PlanStep(r, r.Next(), m, p, "mine")); got != "call cancel under claim: cancelling cancel" {
		t.Errorf("got %q, want the cancel to be asked for", got)
	}
}

func TestDeadlineTellsTheLastAnswer(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "computing overdue")
	r.LastRefusal = &campaign.Failure{Code: 153, HTTPStatus: 503, Message: "route congested"}
	r.Attempts.Status = 12
	f := PlanStep(r, r.Next(), m, p, "mine").After.Failure
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
		if got := planned(PlanStep(r, r.Next(), m, p, "mine")); got != c.plan {
			t.Errorf("%v after expires_at: got %q, want %q", c.passed, got, c.plan)
		}
	}
}
