package stage

import "github.com/octoq/octoq/campaign"

// confirm settles the step that cannot be taken back. Only what certainly was
// not carried out is simply repeated; everything unclear marks the campaign
// and asks the status of the same ticket first.
func (v *verdict) confirm() {
	switch v.out.Class {
	case campaign.ClassOK:
		v.success = true
		v.SendingDate = v.out.SendingDate
		v.sent("sent", sendingDate(v.out))
		v.compareDates()
	case campaign.ClassDone:
		v.alreadySent()
	case campaign.ClassRejected:
		v.fail(campaign.FailRejected, campaign.CallConfirm, false)
	case campaign.ClassPending:
		v.notReady()
	case campaign.ClassThrottled, campaign.ClassNotSent:
		v.State = campaign.StateReady
		v.again(campaign.CallConfirm)
	case campaign.ClassAccount:
		v.confirmHeld()
	default: // transient, unanswered, unknown, duplicate
		v.unanswered()
	}
}

// notReady goes back to asking the status, less and less often.
func (v *verdict) notReady() {
	v.move(campaign.StateComputing, "not_ready", describe(campaign.CallConfirm, v.out))
	v.DueAt = v.m.Now.Add(v.p.poll(v.Attempts.Confirm-1, v.out.RetryAfter))
}

func (v *verdict) unanswered() {
	v.unansweredConfirm(describe(campaign.CallConfirm, v.out), v.m, v.p, v.out.RetryAfter)
}

// confirmHeld waits for the account. 105 may be an order that was taken and
// waits for credit, so it counts as unanswered.
func (v *verdict) confirmHeld() {
	if v.out.Code == campaign.CodeNoCreditOrdered {
		v.unanswered()
		return
	}
	v.State = campaign.StateReady
	if v.noCredit(v.m.Successes) {
		v.fail(campaign.FailNoCredit, campaign.CallConfirm, false)
		return
	}
	v.held(campaign.CallConfirm)
}
