package stage

import "github.com/octoq/octoq/campaign"

// status settles a look at the ticket. It changes nothing at the API, so
// whatever is not clear is asked again.
func (v *verdict) status() {
	switch v.out.Class {
	case campaign.ClassOK:
		v.progress()
	case campaign.ClassRejected:
		v.fail(campaign.FailRejected, campaign.CallStatus, false)
	case campaign.ClassDone:
		v.alreadySent()
	case campaign.ClassPending, campaign.ClassUnknown:
		v.notComputed()
	case campaign.ClassAccount:
		v.held(campaign.CallStatus)
	default: // duplicate, throttled, transient, unanswered, not sent
		v.again(campaign.CallStatus)
	}
}

func (v *verdict) progress() {
	switch v.out.Progress {
	case campaign.ProgressFailed:
		v.failed()
	case campaign.ProgressReady:
		v.boundApproval()
		v.Contacts, v.Cost, v.PricedAt, v.NoContacts = v.out.Contacts, v.out.Cost, v.m.Now, v.out.NoContacts
		v.priced()
	case campaign.ProgressComputing:
		v.pollAgain()
	default:
		v.unknownWord()
	}
}

// priced decides whether a person is asked. A ticket whose confirm may have
// arrived is no exception: it is the same question, at the price that is now.
func (v *verdict) priced() {
	switch {
	case v.askBeyond(v.m): // it waits
	case !v.Approved && v.p.manual(v.Campaign):
		v.await(v.m, "awaiting_approval", v.Price())
	default:
		v.move(campaign.StateReady, "ready", v.Price())
	}
}

// alreadySent settles 132: the ticket is sent. If octoq never asked for that,
// somebody did it elsewhere.
func (v *verdict) alreadySent() {
	if v.ConfirmTried {
		v.sent("sent", "the API says that the ticket was sent already: the unanswered confirm had arrived")
		return
	}
	v.Elsewhere = true
	v.sent("sent_elsewhere", "the API says that the ticket was sent already, though octoq did not confirm it")
}
