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
		v.pollAgain()
	case campaign.ClassAccount:
		v.held(campaign.CallStatus)
	default: // duplicate, throttled, transient, unanswered, not sent
		v.again(campaign.CallStatus)
	}
}

func (v *verdict) progress() {
	switch v.out.Progress {
	case campaign.ProgressFailed:
		v.out.Message = "the API could not compute the campaign and gives no reason"
		v.fail(campaign.FailComputation, campaign.CallStatus, false)
	case campaign.ProgressReady:
		v.Contacts, v.Cost = v.out.Contacts, v.out.Cost
		v.priced()
	default:
		v.pollAgain()
	}
}

// priced decides whether a person is asked. A ticket whose confirm may have
// arrived was approved before.
func (v *verdict) priced() {
	limit := v.Campaign.MaxCost
	switch {
	case v.ConfirmTried || v.Approved:
		v.move(campaign.StateReady, "ready", v.price())
	case limit > 0 && v.Cost > limit:
		v.await(v.m, "awaiting_approval", v.price()+": more than max_cost, "+limit.String())
	case v.p.manual(v.Campaign):
		v.await(v.m, "awaiting_approval", v.price())
	default:
		v.move(campaign.StateReady, "ready", v.price())
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
