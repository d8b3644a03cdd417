package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// settlement is the decision on one answer under way.
type settlement struct {
	*draft
	out             record.Outcome
	m               record.Snapshot
	p               Policy
	askedOn         string    // the run_id that the call was made under
	askedAt         time.Time // when it was claimed
	confirmAccepted bool
	createAccepted  bool
}

// again stays in the step and makes the call once more after the back-off.
func (s *settlement) again(call campaign.Call) {
	s.Streak++
	s.DueAt = s.m.Now.Add(s.p.Backoff(s.Streak, s.out.RetryAfter))
	s.Waiting = describe(call, s.out)
	if s.Streak == 1 || s.Streak%10 == 0 {
		s.addEntry(string(call)+"_again", s.Waiting)
	}
}

// againForAccount stays in the step: the account is stopped, not the campaign.
func (s *settlement) againForAccount(call campaign.Call) {
	s.DueAt = s.m.Now.Add(s.p.Backoff(1, s.out.RetryAfter))
	s.Waiting = "the account: " + describe(call, s.out)
	s.addEntry("account_refused", s.Waiting)
}

// pollAgain looks at the ticket once more, less and less often.
func (s *settlement) pollAgain() {
	s.Streak = 0
	s.DueAt = s.m.Now.Add(s.p.pollWait(s.Attempts.Status, s.out.RetryAfter))
	s.Waiting = "the API computes the campaign"
}

// fail ends the campaign with the API's answer; mark says that it may have been sent.
func (s *settlement) fail(class campaign.FailureClass, call campaign.Call, mark bool) {
	s.die(campaign.Failure{
		Class: class, Code: s.out.Code, Message: s.out.Message,
		HTTPStatus: s.out.HTTPStatus, Attempts: s.AttemptsOf(call),
	}, s.m, mark)
}

// alreadySent settles 132: the ticket is sent. If octoq never asked for that, it was
// confirmed elsewhere.
func (s *settlement) alreadySent() {
	s.bookSent(s.m)
	if s.ConfirmTried {
		s.markSent("sent", "the API says that the ticket was sent already: the unanswered confirm had arrived")
		return
	}
	s.ConfirmedElsewhere = true
	s.markSent("sent_elsewhere", "the API says that the ticket was sent already, though octoq did not confirm it")
}

// noCredit books a refusal for credit; othersAccepted counts the calls of this kind
// that the API accepted from the account's campaigns. The first refusal may be the
// account's fault; one that comes back although others were accepted since is this
// campaign's. It reports whether the campaign has brought the refusal back twice.
func (s *settlement) noCredit(othersAccepted int64) bool {
	if s.out.Code != record.CodeNoCredit {
		return false
	}
	if s.NoCredit == 0 || othersAccepted > s.NoCreditMark {
		s.NoCredit++
	}
	s.NoCreditMark = othersAccepted
	return s.NoCredit > 2
}

// exhausted reports whether a call that is not expected to get better was repeated
// often enough.
func (s *settlement) exhausted() bool { return s.Streak >= fewTries }
