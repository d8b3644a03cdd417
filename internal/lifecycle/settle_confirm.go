package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// confirm settles the step that cannot be taken back. Only what certainly was
// not carried out is simply repeated; everything unclear marks the campaign
// and asks the status of the same ticket first.
func (s *settlement) confirm() {
	switch s.out.Class {
	case record.ClassOK:
		s.confirmAccepted = true
		s.SendingDate = s.out.SendingDate
		s.markSent("sent", sendingDate(s.out))
		s.compareDates()
	case record.ClassDone:
		s.alreadySent()
	case record.ClassRejected:
		if s.out.Code != record.CodeUnknownCampaign { // which says nothing of what became of the ticket
			s.giveBack()
		}
		s.fail(campaign.FailRejected, campaign.CallConfirm, false)
	case record.ClassPending:
		s.giveBack()
		s.notReady()
	case record.ClassThrottled, record.ClassNotSent:
		s.State = campaign.StateReady
		s.giveBack()
		s.again(campaign.CallConfirm)
	case record.ClassAccount:
		s.confirmAccountRefused()
	default: // transient, unanswered, unknown, duplicate
		s.confirmUnanswered()
	}
}

// notReady goes back to asking the status, less and less often.
func (s *settlement) notReady() {
	s.move(campaign.StateComputing, "not_ready", describe(campaign.CallConfirm, s.out))
	s.DueAt = s.m.Now.Add(s.p.pollWait(s.Attempts.Confirm-1, s.out.RetryAfter))
}

func (s *settlement) confirmUnanswered() {
	s.ConfirmedAt = s.askedAt
	s.unansweredConfirm(describe(campaign.CallConfirm, s.out), s.m, s.p, s.out.RetryAfter)
}

// confirmAccountRefused waits for the account. 105 may be an order that was taken and
// waits for credit, so it counts as unanswered.
func (s *settlement) confirmAccountRefused() {
	if s.out.Code == record.CodeNoCreditOrdered {
		s.confirmUnanswered()
		return
	}
	s.State = campaign.StateReady
	s.giveBack()
	if s.noCredit(s.m.Successes) {
		s.fail(campaign.FailNoCredit, campaign.CallConfirm, false)
		return
	}
	s.againForAccount(campaign.CallConfirm)
}

// compareDates warns of a sending date other than the send_at asked for.
func (s *settlement) compareDates() {
	if s.SendingDiffers = datesDiffer(s.Campaign.SendAt, s.out.SendingAt, s.m.Now); s.SendingDiffers {
		s.addEntry("sending_date_differs", "Octopush's sending date, "+s.out.SendingDate+", is not the send_at asked for, "+stamp(s.Campaign.SendAt))
	}
}

// datesDiffer reports whether a sending date means another minute than send_at. What
// the API does with a send_at that has passed is unknown: to send at once is
// what is wanted then.
func datesDiffer(sendAt, date, now time.Time) bool {
	if sendAt.IsZero() || date.IsZero() || withinMinute(date, sendAt) {
		return false
	}
	return sendAt.After(now) || !withinMinute(date, now)
}

func withinMinute(a, b time.Time) bool { return a.Sub(b).Abs() < time.Minute }
