package stage

import "github.com/octoq/octoq/campaign"

// cancel settles the deletion of a ticket that was never confirmed.
func (v *verdict) cancel() {
	switch {
	case v.out.Class == campaign.ClassOK:
		v.move(campaign.StateCancelled, "cancelled", "ticket "+v.Ticket+" deleted")
	case v.out.Class == campaign.ClassRejected && v.out.Code == campaign.CodeUnknownCampaign:
		v.move(campaign.StateCancelled, "cancelled", "the API does not know ticket "+v.Ticket+" any more")
	case v.out.Class == campaign.ClassDone:
		v.alreadySent()
	case v.out.Class == campaign.ClassRejected, v.tired():
		v.cancelRefused()
	case v.out.Class == campaign.ClassAccount:
		v.held(campaign.CallCancel)
	default:
		v.again(campaign.CallCancel)
	}
}

// tired reports whether answers that mean nothing to octoq have come often enough.
func (v *verdict) tired() bool {
	unclear := v.out.Class == campaign.ClassUnknown || v.out.Class == campaign.ClassDuplicate
	return unclear && v.Streak >= fewTries
}

// cancelRefused hands the campaign to a person: it was not to be sent, so it
// does not go on to be confirmed by itself.
func (v *verdict) cancelRefused() {
	v.CancelRequested = false
	v.withdraw()
	v.await(v.m, "cancel_refused", describe(campaign.CallCancel, v.out)+"; approve it or cancel it again")
}
