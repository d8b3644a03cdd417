package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// PlanAction is what a plan asks for.
type PlanAction int

// The actions of a StepPlan.
const (
	ActionDone  PlanAction = iota // nothing to do for this step
	ActionAgain                   // come back at StepPlan.At
	ActionWrite                   // write the decision, then look again
	ActionCall                    // make StepPlan.Call, after writing the decision if it is claimed
)

// StepPlan is what PlanStep decided.
type StepPlan struct {
	Action PlanAction
	At     time.Time // of ActionAgain, on Redis's clock
	Call   campaign.Call
	// Claimed says that the decision holds a claim, and is written before the call.
	Claimed bool
	Decision
}

// maxWindowSleep is how long a campaign sleeps towards the opening of a window
// before it looks again, so that it notices a changed window within that time.
const maxWindowSleep = time.Hour

// PlanStep decides what to do for a step before any call is made: the same record,
// step and moment give the same plan. token names the claim that a call is made under.
func PlanStep(r record.Record, step record.Step, m record.Snapshot, p Policy, token string) StepPlan {
	if r.State.Final() || !isCurrentStep(r, step) {
		return StepPlan{Action: ActionDone}
	}
	if r.Claim != nil {
		return takeOver(r, m, p)
	}
	d := newDraft(r, p.Who)
	switch {
	case r.Removal == record.RemovalTried: // nothing else before the API has answered
		return planCall(d, campaign.CallCancel, m, p, token)
	case stopIfDue(d, m, p), resumeIfVouched(d, m), beginRemoval(d, m):
		return planWrite(d)
	case r.Removal == record.RemovalDone:
		return planWithoutTicket(d, m, p)
	}
	call := callOf(r)
	switch {
	case call == "":
		return StepPlan{Action: ActionDone}
	case call == campaign.CallCreate && m.Now.Before(r.Campaign.NotBefore):
		return planAgain(r.Campaign.NotBefore)
	}
	if t := checkTiming(r, call, m, p); !t.callNow() {
		return t.toPlan(d, m)
	}
	return planCall(d, call, m, p, token)
}

func planWrite(d *draft) StepPlan {
	return StepPlan{Action: ActionWrite, Decision: d.decision()}
}

func planAgain(at time.Time) StepPlan { return StepPlan{Action: ActionAgain, At: at} }

// takeOver waits for a claim that is still good, and reads one that has
// expired as an unanswered call, before anything else is decided.
func takeOver(r record.Record, m record.Snapshot, p Policy) StepPlan {
	if !m.Now.After(r.Claim.Deadline) {
		return planAgain(r.Claim.Deadline.Add(time.Second))
	}
	d := newDraft(r, p.Who)
	call, on := r.Claim.Call, r.Claim.RunID
	d.Claim = nil
	d.CountAttempt(call)
	const why = "the worker that held the claim did not come back with an answer"
	switch call {
	case campaign.CallConfirm:
		d.ConfirmedAt = claimedAt(*r.Claim, p)
		d.unansweredConfirm(why, m, p, 0)
	case campaign.CallCreate:
		d.unansweredCreate(on)
		d.addEntry("create_unanswered", why)
	default:
		d.addEntry(string(call)+"_unanswered", why)
	}
	return planWrite(d)
}

// claimedAt is when a claim was taken, on Redis's clock.
func claimedAt(c campaign.Claim, p Policy) time.Time { return c.Deadline.Add(-p.Claim) }

// toPlan is the plan for a call that is not to be made now.
func (t timing) toPlan(d *draft, m record.Snapshot) StepPlan {
	switch {
	case t.failure != nil:
		d.FullBudgets = t.full
		d.die(*t.failure, m, false)
		return planWrite(d)
	case t.askPrice:
		d.askPrice(m)
		return planWrite(d)
	case t.ask != "":
		d.FullBudgets = t.full
		d.withdrawApproval()
		d.endWait(m)
		d.awaitPerson(m, "awaiting_approval", t.ask)
		return planWrite(d)
	case makesRoom(d.Record, m):
		d.Removal = record.RemovalDue
		return planWrite(d)
	case d.Waiting == t.why && d.DueAt.Equal(t.until) && !d.WaitingSince.IsZero():
		return planAgain(earliest(t.until, m.Now.Add(t.sleep())))
	}
	if d.WaitingSince.IsZero() {
		d.beginWait(m)
	}
	d.Waiting, d.DueAt, d.FullBudgets = t.why, t.until, t.full
	d.addEntry(t.entry(), t.why)
	return planWrite(d)
}

// sleep is how long what waits sleeps at most before it looks again.
func (t timing) sleep() time.Duration {
	if t.recheck > 0 && t.recheck < maxWindowSleep {
		return t.recheck
	}
	return maxWindowSleep
}

// entry is what the timeline says of a wait.
func (t timing) entry() string {
	if len(t.full) > 0 {
		return "budget_full"
	}
	return "window_closed"
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// planCall plans the call. Status changes nothing and needs no claim.
func planCall(d *draft, call campaign.Call, m record.Snapshot, p Policy, token string) StepPlan {
	d.endWait(m)
	d.beginStage(call, m)
	if call == campaign.CallStatus {
		return StepPlan{Action: ActionCall, Call: call, Decision: Decision{After: d.Record}}
	}
	switch call {
	case campaign.CallCreate:
		d.State = campaign.StateCreating
		if d.AskedAt.IsZero() {
			d.AskedAt = m.Now
		}
	case campaign.CallConfirm:
		d.State = campaign.StateConfirming
		d.reserve(m)
	case campaign.CallCancel:
		if d.Removal == record.RemovalDue {
			d.Removal = record.RemovalTried
		}
	}
	d.noteRevision(m)
	d.DueAt = time.Time{}
	if d.Removal != record.RemovalTried { // it waits for what it waited for
		d.Waiting = ""
	}
	d.Claim = &campaign.Claim{Token: token, Call: call, Deadline: m.Now.Add(p.Claim), RunID: m.RunID}
	return StepPlan{Action: ActionCall, Call: call, Claimed: true, Decision: d.decision()}
}

// planWithoutTicket plans for a campaign whose ticket was deleted while it waited: it
// waits on, or is created again.
func planWithoutTicket(d *draft, m record.Snapshot, p Policy) StepPlan {
	if WaitsForPerson(d.Record) {
		return StepPlan{Action: ActionDone}
	}
	if t := checkWindow(d.Record, m, p); !t.callNow() {
		return t.toPlan(d, m)
	}
	d.endWait(m)
	d.Removal = ""
	d.Started = map[campaign.Call]campaign.Start{campaign.CallCreate: {At: m.Now, Idle: idle(d.Record, m)}}
	d.move(campaign.StateCreating, "resumed", "its ticket was deleted while it waited; another one is asked for")
	return planWrite(d)
}
