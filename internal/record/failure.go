package record

import "github.com/octoq/octoq/campaign"

// FailureClasses lists the closed set.
func FailureClasses() []campaign.FailureClass {
	return []campaign.FailureClass{
		campaign.FailRejected, campaign.FailUnknown, campaign.FailComputation, campaign.FailDeadline, campaign.FailExpired, campaign.FailLate, campaign.FailWindow, campaign.FailNoCredit,
		campaign.FailDuplicate, campaign.FailLostTicket, campaign.FailTicketTaken, campaign.FailForgotten, campaign.FailDeclined, campaign.FailInvalid, campaign.FailBudget,
	}
}
