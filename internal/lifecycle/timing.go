package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/record"
)

// timing is what the clock says to a call: make it, wait, ask for the price again, or
// give the campaign up.
type timing struct {
	failure  *campaign.Failure // give it up
	until    time.Time         // wait until then; zero: do not wait
	why      string            // it waits, for people
	askPrice bool              // ask the status first: the price is too old to be compared
	ask      string            // why a person is to decide first
	// full are the budgets that have not enough left, which is why it waits, is asked
	// about, or is given up; recheck is how soon they are looked at again.
	full    []budget.Counter
	recheck time.Duration
	// end is the last moment at which the call may be written, on Redis's clock;
	// zero: there is none.
	end time.Time
}

// callNow reports whether the call is to be made.
func (t timing) callNow() bool {
	return t.failure == nil && t.until.IsZero() && !t.askPrice && t.ask == ""
}

// TimingPassed reports whether the time of a call passed while it waited at the gate,
// or for its claim.
func TimingPassed(r record.Record, call campaign.Call, m record.Snapshot, p Policy) bool {
	return expired(r, m) || !checkTiming(r, call, m, p).callNow()
}

// LastMoment is the last moment at which a call may be written, on Redis's clock; the
// zero time means that there is none.
func LastMoment(r record.Record, call campaign.Call, m record.Snapshot, p Policy) time.Time {
	return checkTiming(r, call, m, p).end
}

// WithoutPassedSendAt is the campaign as it is created at a moment: without a send_at
// that has passed, for it is unknown what the API does with that.
func WithoutPassedSendAt(r record.Record, call campaign.Call, m record.Snapshot) record.Record {
	if call == campaign.CallCreate && !r.Campaign.SendAt.After(m.Now) {
		r.Campaign.SendAt = time.Time{}
	}
	return r
}

// checkTiming decides by send_at, expires_at, the sending window, the budgets and the age
// of the price. Only create and confirm have their time. What is decided here holds for the
// moment that it was decided in: it is asked again right before a confirm is claimed,
// and end keeps the request from being written after that.
func checkTiming(r record.Record, call campaign.Call, m record.Snapshot, p Policy) timing {
	if call != campaign.CallCreate && call != campaign.CallConfirm || r.Campaign.SimulationMode {
		return timing{}
	}
	switch {
	case call == campaign.CallCreate:
		return timing{failure: lateFailure(r, m, p)}
	case r.SentOrphan != "":
		return timing{ask: orphanWasSent(r)}
	}
	return checkWindow(r, m, p).atPrice(r, m)
}

// checkWindow decides whether a campaign may be sent at a moment, by its window and its budgets.
func checkWindow(r record.Record, m record.Snapshot, p Policy) timing {
	if failure := lateFailure(r, m, p); failure != nil {
		return timing{failure: failure}
	}
	w, err := p.windowOf(r.Campaign, m)
	switch {
	case err != nil:
		return giveUp(campaign.FailWindow, err.Error())
	case w == nil:
		return timing{end: p.lastConfirm(r, time.Time{})}.withinBudgets(r, m, p)
	}
	return inWindow(r, m, p, w).withinBudgets(r, m, p)
}

// inWindow decides by the window. What counts is the moment of sending: that of
// the confirm, or send_at if that is later.
func inWindow(r record.Record, m record.Snapshot, p Policy, w SendingWindow) timing {
	c := r.Campaign
	at, planned := m.Now, !c.SendAt.IsZero() && !c.SendAt.Before(m.Now)
	if planned {
		at = c.SendAt
	}
	open, change := w.At(at)
	switch {
	case open:
		return timing{end: p.lastConfirm(r, change)}
	case planned:
		return giveUp(campaign.FailWindow, "send_at, "+stamp(c.SendAt)+", is outside the sending window, "+w.String())
	case !c.SendAt.IsZero() && !p.sendsLate(c):
		return giveUp(campaign.FailLate, "the sending window, "+w.String()+", closed after send_at, "+stamp(c.SendAt)+", and before it could be confirmed")
	case change.IsZero():
		return giveUp(campaign.FailWindow, "the sending window never opens: "+w.String())
	case !c.ExpiresAt.IsZero() && change.After(c.ExpiresAt):
		return giveUp(campaign.FailExpired, "the sending window, "+w.String()+", opens at "+stamp(change)+", after expires_at")
	default:
		return timing{until: change, why: "the sending window, " + w.String() + ", opens at " + stamp(change)}
	}
}

func giveUp(class campaign.FailureClass, why string) timing {
	return timing{failure: &campaign.Failure{Class: class, Message: why}}
}

// atPrice narrows the time of a confirm to that in which its price may be
// compared. Where no price is compared, none has to be fresh.
func (t timing) atPrice(r record.Record, m record.Snapshot) timing {
	if !t.callNow() || !comparesPrice(r, m) {
		return t
	}
	until := r.PricedAt.Add(PriceMaxAge)
	if m.Now.After(until) {
		return timing{askPrice: true}
	}
	if t.end.IsZero() || until.Before(t.end) {
		t.end = until
	}
	return t
}

// lateFailure is that of a campaign whose send_at has passed, nil for none.
func lateFailure(r record.Record, m record.Snapshot, p Policy) *campaign.Failure {
	if !sendAtPassed(r, m, p) {
		return nil
	}
	return &campaign.Failure{Class: campaign.FailLate, Message: "send_at, " + stamp(r.Campaign.SendAt) + ", has passed, and late is not send"}
}

// sendAtPassed reports whether send_at has passed and the campaign is not wanted any
// more. A little late is as good as in time, or a busy account would lose what
// was planned for the next minute.
func sendAtPassed(r record.Record, m record.Snapshot, p Policy) bool {
	at := r.Campaign.SendAt
	return !at.IsZero() && m.Now.After(at.Add(campaign.LateTolerance)) && !p.sendsLate(r.Campaign)
}

// expired reports whether it is too late to confirm. Once a confirm may have
// arrived the status is still asked, for the answer is wanted; but nothing is
// confirmed again.
func expired(r record.Record, m record.Snapshot) bool {
	at := r.Campaign.ExpiresAt
	deletes := r.State == campaign.StateCancelling || r.Removal == record.RemovalTried
	if at.IsZero() || !m.Now.After(at) || deletes {
		return false
	}
	return !r.ConfirmTried || callOf(r) == campaign.CallConfirm
}

// lastConfirm is the last moment at which a campaign may be confirmed, zero for none.
func (p Policy) lastConfirm(r record.Record, closing time.Time) time.Time {
	end := closing
	if !closing.IsZero() {
		end = closing.Add(-time.Millisecond)
	}
	earlier := func(at time.Time) {
		if end.IsZero() || at.Before(end) {
			end = at
		}
	}
	if at := r.Campaign.ExpiresAt; !at.IsZero() {
		earlier(at)
	}
	if at := r.Campaign.SendAt; !at.IsZero() && !p.sendsLate(r.Campaign) {
		earlier(at.Add(campaign.LateTolerance))
	}
	return end
}
