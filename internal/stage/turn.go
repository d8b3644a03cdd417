package stage

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// longestNap is how long a campaign sleeps towards the opening of a window
// before it looks again: so long a window that was corrected is not noticed.
const longestNap = time.Hour

// turn is what the hour says to a call: make it, wait, or give the campaign up.
type turn struct {
	failure *campaign.Failure // give it up
	until   time.Time         // wait until then; zero: do not wait
	why     string            // it waits, for people
	ask     bool              // ask the status first: the price is too old to be compared
	// end is the last moment at which the call may be written, on Redis's clock;
	// zero: there is none.
	end time.Time
}

// now reports whether the call is to be made.
func (t turn) now() bool { return t.failure == nil && t.until.IsZero() && !t.ask }

// turnOf decides by send_at, expires_at, the sending window and the age of the
// price. Only create and confirm have their time. What is decided here holds for the moment it was
// decided in: it is asked again right before a confirm is claimed, and end
// keeps the request from being written after that.
func turnOf(r campaign.Record, call campaign.Call, m campaign.Moment, p Policy) turn {
	if call != campaign.CallCreate && call != campaign.CallConfirm || r.Campaign.SimulationMode {
		return turn{}
	}
	if late(r, m, p) {
		return giveUp(campaign.FailLate, "send_at, "+stamp(r.Campaign.SendAt)+", has passed, and late is not send")
	}
	if call == campaign.CallCreate {
		return turn{}
	}
	w, err := p.window(r.Campaign)
	switch {
	case err != nil:
		return giveUp(campaign.FailWindow, err.Error())
	case w == nil:
		return turn{end: p.end(r, time.Time{})}.atPrice(r, m)
	}
	return inWindow(r, m, p, w).atPrice(r, m)
}

// inWindow decides by the window. What counts is the moment of sending: that of
// the confirm, or send_at if that is later.
func inWindow(r campaign.Record, m campaign.Moment, p Policy, w Window) turn {
	c := r.Campaign
	at, planned := m.Now, !c.SendAt.IsZero() && !c.SendAt.Before(m.Now)
	if planned {
		at = c.SendAt
	}
	open, change := w.At(at)
	switch {
	case open:
		return turn{end: p.end(r, change)}
	case planned:
		return giveUp(campaign.FailWindow, "send_at, "+stamp(c.SendAt)+", is outside the sending window, "+w.String())
	case !c.SendAt.IsZero() && !p.sendsLate(c):
		return giveUp(campaign.FailLate, "the sending window, "+w.String()+", closed after send_at, "+stamp(c.SendAt)+", and before it could be confirmed")
	case change.IsZero():
		return giveUp(campaign.FailWindow, "the sending window never opens: "+w.String())
	case !c.ExpiresAt.IsZero() && change.After(c.ExpiresAt):
		return giveUp(campaign.FailExpired, "the sending window, "+w.String()+", opens at "+stamp(change)+", after expires_at")
	default:
		return turn{until: change, why: "the sending window, " + w.String() + ", opens at " + stamp(change)}
	}
}

func giveUp(class campaign.FailureClass, why string) turn {
	return turn{failure: &campaign.Failure{Class: class, Message: why}}
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }

// late reports whether send_at has passed and the campaign is not wanted any
// more. A little late is as good as in time, or a busy account would lose what
// was planned for the next minute.
func late(r campaign.Record, m campaign.Moment, p Policy) bool {
	at := r.Campaign.SendAt
	return !at.IsZero() && m.Now.After(at.Add(campaign.LateTolerance)) && !p.sendsLate(r.Campaign)
}

func (p Policy) sendsLate(c campaign.Campaign) bool {
	if c.Late == "" {
		return p.SendLate
	}
	return c.Late == campaign.LateSend
}

// window is the one that holds for a campaign; nil is always open.
func (p Policy) window(c campaign.Campaign) (Window, error) {
	if p.Window == nil || c.Purpose == campaign.PurposeAlert {
		return nil, nil
	}
	return p.Window(c)
}

// end is the last moment at which a campaign may be confirmed, zero for none.
func (p Policy) end(r campaign.Record, closing time.Time) time.Time {
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

// take is the plan that follows for a call that is not to be made now.
func (t turn) take(d *draft, m campaign.Moment) plan {
	if t.failure != nil {
		d.die(*t.failure, m, false)
		return plan{act: actWrite, after: d.Record, entries: d.entries}
	}
	if t.ask {
		d.askPrice(m)
		return plan{act: actWrite, after: d.Record, entries: d.entries}
	}
	if d.Waiting == t.why && d.DueAt.Equal(t.until) && !d.WaitingSince.IsZero() {
		return plan{act: actAgain, at: earliest(t.until, m.Now.Add(longestNap))}
	}
	if d.WaitingSince.IsZero() {
		d.wait(m)
	}
	d.Waiting, d.DueAt = t.why, t.until
	d.tell("window_closed", t.why)
	return plan{act: actWrite, after: d.Record, entries: d.entries}
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// missed reports whether the time of a call passed while it waited at the gate,
// or for its claim.
func missed(r campaign.Record, call campaign.Call, m campaign.Moment, p Policy) bool {
	return expired(r, m) || !turnOf(r, call, m, p).now()
}

// timely is the campaign as it is created at a moment: without a send_at that
// has passed, for nobody knows what the API does with that.
func timely(r campaign.Record, call campaign.Call, m campaign.Moment) campaign.Record {
	if call == campaign.CallCreate && !r.Campaign.SendAt.After(m.Now) {
		r.Campaign.SendAt = time.Time{}
	}
	return r
}
