package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Settled is what Settle decided, and whether the API accepted a confirm, which proves
// that the account has credit, or a create. A create costs nothing (inferred) and
// proves none to a confirm that was refused for credit: if creates counted there, an
// account without credit would set its campaigns aside one by one. To a create that
// was refused they do count.
type Settled struct {
	Decision
	ConfirmAccepted bool
	CreateAccepted  bool
	// OneAtATime: the answer is the first of the account which says that another
	// campaign of it awaits approval.
	OneAtATime bool
}

// Settle decides what a call's outcome makes of the record. It is total over call and
// class. The flags that it goes by are those of the record, so a caller that finds them
// changed asks again with the new record.
func Settle(r record.Record, call campaign.Call, out record.Outcome, m record.Snapshot, p Policy) Settled {
	d := newDraft(r, p.Who)
	askedOn, askedAt := m.RunID, m.Now
	if r.Claim != nil {
		askedOn, askedAt = r.Claim.RunID, claimedAt(*r.Claim, p)
	}
	d.Claim = nil
	d.beginStage(call, m)
	if countsAsAttempt(call, out) {
		d.CountAttempt(call)
	}
	d.noteRefusal(call, out, m)
	s := settlement{draft: d, out: out, m: m, p: p, askedOn: askedOn, askedAt: askedAt}
	switch {
	case s.Removal == record.RemovalTried:
		s.removal()
	case call == campaign.CallCreate:
		s.create()
	case call == campaign.CallStatus:
		s.status()
	case call == campaign.CallConfirm:
		s.confirm()
	default:
		s.cancel()
	}
	d.wakeByDeadline(m, p)
	return Settled{
		Decision: d.decision(), ConfirmAccepted: s.confirmAccepted, CreateAccepted: s.createAccepted,
		OneAtATime: blockedCreate(call, out) && !m.OneAtATime,
	}
}

// countsAsAttempt reports whether a call was an attempt of the campaign: a refusal of
// the account is none, nor is a create that another campaign blocks, nor a
// call that certainly never left.
func countsAsAttempt(call campaign.Call, out record.Outcome) bool {
	return out.Class != record.ClassAccount && out.Class != record.ClassNotSent && !blockedCreate(call, out)
}

// blockedCreate reports whether another campaign of the account keeps this one from
// being created.
func blockedCreate(call campaign.Call, out record.Outcome) bool {
	return call == campaign.CallCreate && out.BlocksCreate()
}

// noteRefusal remembers an answer that is no progress, for people and for the letter.
func (d *draft) noteRefusal(call campaign.Call, out record.Outcome, m record.Snapshot) {
	switch out.Class {
	case record.ClassOK, record.ClassDone:
		return
	}
	d.LastRefusal = &campaign.Failure{
		Class: campaign.FailureClass(out.Class), Code: out.Code, Message: out.Message,
		HTTPStatus: out.HTTPStatus, Stage: record.StageOf(d.State), Attempts: d.AttemptsOf(call), At: m.Now,
	}
}

// wakeByDeadline keeps a wait from lasting past the stage's deadline, which is then
// found to have passed.
func (d *draft) wakeByDeadline(m record.Snapshot, p Policy) {
	start, ok := d.Started[callOf(d.Record)]
	if !ok || d.DueAt.IsZero() {
		return
	}
	left := p.Deadline - stageTime(start, d.Record, m) + time.Second
	if left > 0 && d.DueAt.Sub(m.Now) > left {
		d.DueAt = m.Now.Add(left)
	}
}
