package stage

import (
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
)

// settled is what Settle decided: the record as it becomes, and whether the
// API accepted a confirm, which proves that the account has credit, or a create.
// A create costs nothing (inferred) and proves none to a confirm that was
// refused for credit: if creates counted there, an account without credit would
// set its campaigns aside one by one. To a create that was refused they do.
type settled struct {
	after   campaign.Record
	entries []campaign.Entry
	success bool
	created bool // the API accepted a create
}

// settle decides what a call's outcome makes of the record. It is pure, and
// total over call and class; the flags it goes by are those of the record it
// is given, so a caller who finds them changed asks again with the new ones.
func settle(r campaign.Record, call campaign.Call, out campaign.Outcome, m campaign.Moment, p Policy) settled {
	d := edit(r, p.Who)
	on := m.RunID
	if r.Claim != nil {
		on = r.Claim.On
	}
	d.Claim = nil
	d.begin(call, m)
	if own(call, out) {
		d.Attempts.Add(call)
	}
	d.note(call, out, m)
	v := verdict{draft: d, out: out, m: m, p: p, on: on}
	switch call {
	case campaign.CallCreate:
		v.create()
	case campaign.CallStatus:
		v.status()
	case campaign.CallConfirm:
		v.confirm()
	default:
		v.cancel()
	}
	d.wakeInTime(m, p)
	return settled{after: d.Record, entries: d.entries, success: v.success, created: v.made}
}

// own reports whether a call was an attempt of the campaign's own: a refusal of
// the account is not, nor is a create that another campaign blocks (126), nor a
// call that certainly never left.
func own(call campaign.Call, out campaign.Outcome) bool {
	blocked := call == campaign.CallCreate && out.Class == campaign.ClassTransient && out.Code == campaign.CodeAwaitsApproval
	return out.Class != campaign.ClassAccount && out.Class != campaign.ClassNotSent && !blocked
}

// wakeInTime keeps a wait from lasting past the stage's deadline, which is then
// found to have passed.
func (d *draft) wakeInTime(m campaign.Moment, p Policy) {
	start, ok := d.Started[callOf(d.Record)]
	if !ok || d.DueAt.IsZero() {
		return
	}
	left := p.Deadline - taken(start, d.Record, m) + time.Second
	if left > 0 && d.DueAt.Sub(m.Now) > left {
		d.DueAt = m.Now.Add(left)
	}
}

// verdict is one decision under way.
type verdict struct {
	*draft
	out     campaign.Outcome
	m       campaign.Moment
	p       Policy
	on      string // the run_id the call was made under
	success bool
	made    bool // a create was accepted
}

// note remembers an answer that is no progress, for people and for the letter.
func (d *draft) note(call campaign.Call, out campaign.Outcome, m campaign.Moment) {
	switch out.Class {
	case campaign.ClassOK, campaign.ClassDone:
		return
	}
	d.LastRefusal = &campaign.Failure{
		Class: campaign.FailureClass(out.Class), Code: out.Code, Message: out.Message,
		HTTPStatus: out.HTTPStatus, Stage: d.State.Stage(), Attempts: d.Attempts.Of(call), At: m.Now,
	}
}

// again stays in the step and tries once more after the back-off.
func (v *verdict) again(call campaign.Call) {
	v.Streak++
	v.DueAt = v.m.Now.Add(v.p.backoff(v.Streak, v.out.RetryAfter))
	v.Waiting = describe(call, v.out)
	if v.Streak == 1 || v.Streak%10 == 0 {
		v.tell(string(call)+"_again", v.Waiting)
	}
}

// held stays in the step: the account is stopped, not the campaign.
func (v *verdict) held(call campaign.Call) {
	v.DueAt = v.m.Now.Add(v.p.backoff(1, v.out.RetryAfter))
	v.Waiting = "the account: " + describe(call, v.out)
	v.tell("account_refused", v.Waiting)
}

func (v *verdict) fail(class campaign.FailureClass, call campaign.Call, mark bool) {
	v.die(campaign.Failure{
		Class: class, Code: v.out.Code, Message: v.out.Message,
		HTTPStatus: v.out.HTTPStatus, Attempts: v.Attempts.Of(call),
	}, v.m, mark)
}

// noCredit books a refusal for credit; passed counts the calls of this kind
// that the account's campaigns got through. The first may be anybody's fault;
// one that comes back although others have passed since is this campaign's. It
// reports whether the campaign has brought the refusal back twice.
func (v *verdict) noCredit(passed int64) bool {
	if v.out.Code != campaign.CodeNoCredit {
		return false
	}
	if v.NoCredit == 0 || passed > v.NoCreditMark {
		v.NoCredit++
	}
	v.NoCreditMark = passed
	return v.NoCredit > 2
}

// hopeless reports whether a refusal that is known not to get better by itself
// was repeated often enough: 125, "undefined".
func (v *verdict) hopeless() bool {
	const undefined = 125
	return v.out.Code == undefined && v.Streak >= fewTries
}

func describe(call campaign.Call, out campaign.Outcome) string {
	s := string(call) + " was answered " + string(out.Class)
	if out.HTTPStatus != 0 {
		s += fmt.Sprintf(", HTTP %d", out.HTTPStatus)
	}
	if out.Code != 0 {
		s += fmt.Sprintf(", code %d", out.Code)
	}
	if out.Message != "" {
		s += ": " + out.Message
	}
	return s
}

// pollAgain looks at the ticket once more, less and less often.
func (v *verdict) pollAgain() {
	v.Streak = 0
	v.DueAt = v.m.Now.Add(v.p.poll(v.Attempts.Status, v.out.RetryAfter))
	v.Waiting = "the API computes the campaign"
}

// next says when the record's step is due; the zero time means now.
func next(before, after campaign.Record, m campaign.Moment, p Policy) time.Time {
	switch {
	case before.Step == after.Step && before.Run == after.Run, !after.DueAt.IsZero():
		return after.DueAt
	case after.State == campaign.StateComputing:
		return m.Now.Add(p.PollFirst)
	default:
		return time.Time{}
	}
}
