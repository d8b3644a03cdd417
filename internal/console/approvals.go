package console

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/octoq/octoq/campaign"
)

// approvalsBody are campaigns that wait for a person.
type approvalsBody struct {
	Items []seenRecord
	More  bool
}

// approvals shows what waits for a person's yes, the newest first, each with what a yes
// covers.
func (v *visit) approvals() error {
	accounts, err := v.choose()
	if err != nil {
		return err
	}
	p := pageView{Title: "Approvals", Accounts: accounts}
	var all campaignList
	p.Alert, err = refused(v.list(url.Values{"state": {string(campaign.StateAwaitingApproval)}, "limit": {"20"}}, &all))
	if err != nil {
		return err
	}
	body := approvalsBody{More: all.Next != ""}
	for _, item := range all.Items {
		r, err := v.record(item.ID())
		if gone, trouble := refused(err); trouble != nil {
			return trouble
		} else if gone == nil && r.Waits() { // another person may have decided meanwhile
			body.Items = append(body.Items, r)
		}
	}
	p.Body = body
	return v.show("approvals", p)
}

// lettersBody are dead campaigns by why they are dead.
type lettersBody struct {
	Groups []letterGroup
	More   bool
}

// letterGroup are the letters of one reason.
type letterGroup struct {
	Class   campaign.FailureClass
	Meaning string
	Items   []campaign.Record
}

// letters shows the dead campaigns, grouped by their reasons.
func (v *visit) letters() error {
	accounts, err := v.choose()
	if err != nil {
		return err
	}
	p := pageView{Title: "Dead letters", Accounts: accounts}
	var all campaignList
	p.Alert, err = refused(v.list(url.Values{"state": {string(campaign.StateDead)}, "limit": {"200"}}, &all))
	if err != nil {
		return err
	}
	p.Body = lettersBody{Groups: grouped(all.Items), More: all.Next != ""}
	return v.show("letters", p)
}

// grouped puts letters together by their reasons, those with the most first.
func grouped(all []campaign.Record) []letterGroup {
	var groups []letterGroup
	for _, r := range all {
		class := campaign.FailUnknown
		if r.Failure != nil {
			class = r.Failure.Class
		}
		at := slices.IndexFunc(groups, func(g letterGroup) bool { return g.Class == class })
		if at < 0 {
			at = len(groups)
			groups = append(groups, letterGroup{Class: class, Meaning: meaning(class)})
		}
		groups[at].Items = append(groups[at].Items, r)
	}
	slices.SortStableFunc(groups, func(a, b letterGroup) int {
		return cmp.Or(cmp.Compare(len(b.Items), len(a.Items)), cmp.Compare(a.Class, b.Class))
	})
	return groups
}

// meaning says what a reason is.
func meaning(class campaign.FailureClass) string {
	return map[campaign.FailureClass]string{
		campaign.FailRejected: "Octopush refused it for good.", campaign.FailUnknown: "Octopush answered a code that octoq does not know.",
		campaign.FailComputation: "Octopush could not price it.", campaign.FailDeadline: "It took longer than its deadline allows.",
		campaign.FailExpired: "Its expires_at passed before it was confirmed.", campaign.FailLate: "Its send_at had passed when its turn came.",
		campaign.FailWindow: "It does not fit the sending window.", campaign.FailNoCredit: "There was no credit for it, though others passed.",
		campaign.FailDuplicate: "Octopush knows it already, and it is unknown as whose.", campaign.FailLostTicket: "Its ticket was lost.",
		campaign.FailTicketTaken: "Octopush answered with a ticket of another campaign.", campaign.FailForgotten: "Redis forgot it too long ago to ask again.",
		campaign.FailDeclined: "A person rejected it after a confirm that may have arrived.", campaign.FailInvalid: "It is no valid campaign.",
	}[class]
}
