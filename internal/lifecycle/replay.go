package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/record"
)

// DeadLetter is the letter of a dead campaign that is replayed.
type DeadLetter struct {
	Account, ID string
	Step        record.Step
	Campaign    campaign.Campaign // as edited
	// Fault is why the letter could not be read, nil if it could.
	Fault error
}

// ReplayAction is what a replay does.
type ReplayAction int

// The actions of a ReplayPlan.
const (
	ReplayDone   ReplayAction = iota // nothing: the letter is none of the record's any more
	ReplayWrite                      // write the decision: the next run, or that its ticket was sent
	ReplayRefuse                     // write the decision, and store a new letter with ReplayPlan.Refused
	ReplayDelete                     // delete the ticket of ReplayPlan.Target, then ask ReplayAfterDelete
	ReplayAgain                      // come back after ReplayPlan.Wait
)

// ReplayPlan is what PlanReplay and ReplayAfterDelete decided.
type ReplayPlan struct {
	Action ReplayAction
	// Target is the record with the content that the next run sends.
	Target  record.Record
	Refused string
	Wait    time.Duration
	Decision
}

// PlanReplay decides on the replay of a letter. The next run goes on with the ticket
// that the campaign has, if it can; else that ticket is deleted first, and the API's
// answer decides.
func PlanReplay(r record.Record, l DeadLetter, m record.Snapshot, p Policy) ReplayPlan {
	if r.State != campaign.StateDead || r.Run != l.Step.Run || r.Step != l.Step.Step {
		return ReplayPlan{Action: ReplayDone}
	}
	target := withContent(r, l)
	if why := unreplayable(target, l); why != "" {
		return planRefusal(target, why, p)
	}
	if why := RefusesReplay(target, m); why != "" {
		return planRefusal(target, why, p)
	}
	switch {
	case keepsTicket(target):
		return planReplayWrite(goOnWithTicket(target, p.Who))
	case deletesTicket(target):
		return ReplayPlan{Action: ReplayDelete, Target: target}
	default:
		return planReplayWrite(createAnew(target, oldTicket{}, m, p.Who))
	}
}

// ReplayAfterDelete decides on the API's answer to the delete of the ticket that a
// replay leaves behind. target is that of the plan which asked for the delete.
func ReplayAfterDelete(target record.Record, out record.Outcome, m record.Snapshot, p Policy) ReplayPlan {
	old := oldTicketAfter(target, out, m)
	switch {
	case old.again:
		return ReplayPlan{Action: ReplayAgain, Wait: p.Backoff(1, out.RetryAfter)}
	case old.sent:
		return planReplayWrite(foundSent(target, p.Who))
	case old.refused != "":
		return planRefusal(target, old.refused, p)
	default:
		return planReplayWrite(createAnew(target, old, m, p.Who))
	}
}

func planReplayWrite(d *draft) ReplayPlan {
	return ReplayPlan{Action: ReplayWrite, Decision: d.decision()}
}

// planRefusal marks nothing: what was in the way of this replay is asked for again by
// the next, and may be gone by then.
func planRefusal(target record.Record, why string, p Policy) ReplayPlan {
	d := newDraft(target, p.Who)
	d.Epoch++
	d.ReplayBy, d.Forced = "", false
	d.addEntry("replay_refused", why)
	return ReplayPlan{Action: ReplayRefuse, Refused: why, Decision: d.decision()}
}

// withContent is the record with what the next run sends. The record says it, since an
// edit of a letter writes there. A letter that differs from a record which was never
// edited was edited by an octoq that changed letters alone.
func withContent(r record.Record, l DeadLetter) record.Record {
	same := l.Campaign.ID == r.ID() && l.Campaign.Account == r.Account()
	if l.Fault != nil || !same || r.Edited || content.Same(r.Campaign, l.Campaign) {
		return r
	}
	return r.WithContent(l.Campaign)
}

// unreplayable says why a letter cannot be replayed at all; empty if it can.
func unreplayable(r record.Record, l DeadLetter) string {
	if l.Fault != nil {
		return l.Fault.Error()
	}
	if l.Campaign.ID != r.ID() || l.Campaign.Account != r.Account() {
		return "the letter's id and account must stay those of the campaign, " + r.Account() + "/" + r.ID()
	}
	if err := r.Campaign.Validate(); err != nil {
		return err.Error()
	}
	return ""
}
