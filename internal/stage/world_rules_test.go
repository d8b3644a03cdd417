package stage

import (
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// contract sees every write before it is looked at.
func (w *world) contract(ch record.Change) {
	if err := check(ch); err != nil {
		w.violate("%v", err)
	}
	if revoked(ch, w.clock.Now()) {
		w.violate("a claim that was still good is taken away on the way to %s", recordtest.State(ch.After))
	}
}

// revoked reports whether a change takes a good claim from its holder.
func revoked(ch record.Change, now time.Time) bool {
	if ch.Before == nil || ch.Before.Claim == nil || ch.Kind == record.ChangeSettle || now.After(ch.Before.Claim.Deadline) {
		return false
	}
	return ch.After.Claim == nil || ch.After.Claim.Token != ch.Before.Claim.Token
}

// wrote sees every write that was made.
func (w *world) wrote(before *record.Record, after record.Record) {
	if after.Claim != nil && after.Claim.Call == campaign.CallCreate {
		w.requests[after.RequestID()] = true
	}
	if before == nil {
		w.log("  record: %s", recordtest.State(after))
		return
	}
	w.ofBudget(before, after)
	w.log("  record: %s → %s (run %d step %d)", recordtest.State(*before), recordtest.State(after), after.Run, after.Step)
	w.intended = w.intended || after.ConfirmTried
	if after.Try > lifecycle.MaxLostTickets {
		w.violate("run %d has lost %d tickets and asks for another", after.Run, after.Try-1)
	}
	if len(after.ForcedRuns) > len(before.ForcedRuns) {
		w.forced = append(w.forced, after.Run)
	}
	if after.Run != before.Run {
		w.replayed(*before, after)
		return
	}
	switch marked := before.MaybeConfirmed && !after.MaybeConfirmed; {
	case before.State == campaign.StateDead && after.State == campaign.StateSent: // a replay found it sent
	case before.State.Final() && after.State != before.State && after.State != campaign.StatePurged:
		w.violate("a final state changed: %s to %s", before.State, after.State)
	case marked && after.State == campaign.StateDead && !before.ConfirmTried && w.losses == 0: // an operator vouched
	case marked && (after.State != campaign.StateSent || len(after.ForcedRuns) > 0):
		w.violate("the mark of what may have been confirmed was wiped on the way to %s", after.State)
	case before.Approved && !after.Approved && !before.CancelRequested && after.State != campaign.StatePurged && !outgrown(*before, after) && after.SentOrphan == "":
		w.violate("an approval was lost on the way to %s", after.State)
	case after.State == campaign.StateDead && after.ConfirmTried && !after.MaybeConfirmed:
		w.violate("dead after an unanswered confirm, and not marked")
	}
	for _, o := range after.Orphans {
		if o.Ticket == after.Ticket && o.Tries > 0 && !after.State.Final() {
			w.violate("the record's own ticket %s is cancelled as an orphan", o.Ticket)
		}
		w.orphanSent = w.orphanSent || (o.Tries > 0 || o.Sent) && after.MaybeConfirmed
	}
}

// replayed sees a new run begin: with a create, or with the ticket that there is.
func (w *world) replayed(before, after record.Record) {
	goesOn := after.State == campaign.StateComputing && after.Ticket == before.Ticket
	if !goesOn {
		w.consent, w.stopped = nil, ""
	}
	switch {
	case before.State != campaign.StateDead || after.State != campaign.StateQueued && !goesOn || after.Run != before.Run+1:
		w.violate("run %d in %s became run %d in %s", before.Run, before.State, after.Run, after.State)
	case before.MaybeConfirmed && !before.Forced && !goesOn:
		w.violate("replayed without force although it may have been confirmed")
	case before.MaybeConfirmed && !after.MaybeConfirmed:
		w.violate("the mark of what may have been confirmed was wiped by a replay")
	}
}

// creating sees every create before it is carried out: its request_id is that of a
// record whose claim was written.
func (w *world) creating(r record.Request) {
	if !w.requests[r.RequestID] {
		w.violate("a create has the request_id %s, which no claimed record has", r.RequestID)
	}
}

// confirming sees every confirm before it is carried out. After a loss the
// worker may know more than Redis does.
func (w *world) confirming(r record.Request) {
	w.intended = true
	if w.beforeConfirm != nil {
		w.beforeConfirm()
	}
	rec, ok := w.record()
	w.confirmingPrice(rec, r)
	w.confirmingBudget(rec, r)
	w.confirmingStopped(rec, r)
	switch {
	case w.policy.Manual && !w.approved:
		w.violate("confirmed without any approval")
	case w.losses > 0 || len(w.forced) > 0 || !ok: // a worker of an earlier run may come late
	case rec.CancelRequested && !rec.ConfirmTried:
		w.violate("confirmed although a cancel was accepted")
	case rec.Claim != nil && rec.Claim.Call == campaign.CallConfirm && rec.Ticket != r.Ticket:
		w.violate("confirm of %s under a claim for %s", r.Ticket, rec.Ticket)
	}
}

// learnt checks what a worker leaves behind that has come to its end: the
// ticket that it was given, however late, is on record.
func (w *world) learnt(k *worker) {
	r, ok := w.record()
	if k.ticket == "" || k.ticket == othersTicket || k.res.Err != nil || !ok || w.losses > 0 || w.purged > 0 || w.expired {
		return
	}
	if r.Ticket != k.ticket && !lifecycle.HasOrphan(r, k.ticket) {
		w.violate("%s was given ticket %s, which is not on record", k.name, k.ticket)
	}
}

// look checks what must hold at any time.
func (w *world) look() {
	if w.api.sent() > 1 {
		if n := w.unforced(); n > 1 {
			w.violate("%d tickets were confirmed, and the runs begun by force are %v", n, w.forced)
		}
	}
	w.lookAtBudget()
	r, ok := w.record()
	if !ok {
		return
	}
	if r.State == campaign.StateSent {
		if t := w.api.ticket(r.Ticket); t == nil || *t != ticketSent {
			w.violate("recorded as sent, and ticket %q was never confirmed", r.Ticket)
		}
	}
	if i := slices.IndexFunc(r.Orphans, func(o campaign.Orphan) bool { return o.Ticket == r.Ticket && !o.Cancelled }); i >= 0 && !r.State.Final() {
		w.violate("the record's own ticket %s is among the orphans", r.Ticket)
	}
	clean := w.losses == 0 && w.purged == 0 && !w.intended && !w.orphanSent && !w.forceful
	if r.MaybeConfirmed && clean && !(w.doubted && ofDoubt(r)) {
		w.violate("marked as maybe confirmed, and no confirm was ever intended")
	}
	if r.ConfirmedElsewhere && w.losses == 0 && len(w.forced) == 0 {
		w.violate("noted as confirmed elsewhere, and only octoq confirms here")
	}
	if r.State == campaign.StateDead && (r.Failure == nil || !slices.Contains(record.FailureClasses(), r.Failure.Class)) {
		w.violate("dead with failure %+v", r.Failure)
	}
}

// ofDoubt reports whether a campaign ended in a way that the doubt about Redis marks:
// the API had seen its request_id, or it waited for a vouch.
func ofDoubt(r record.Record) bool {
	f := r.Failure
	return f != nil && (f.Class == campaign.FailDuplicate || f.Class == campaign.FailForgotten)
}

// unforced counts the confirmed tickets of runs that were not begun by force.
// A ticket's request_id names the run that asked for it.
func (w *world) unforced() int {
	runOf := map[string]int{}
	for run := range 20 {
		for try := range 20 {
			runOf[record.Record{Record: campaign.Record{Campaign: w.c, Run: run, Try: try}}.RequestID()] = run
		}
	}
	n := 0
	for i, s := range w.api.tickets {
		if s == ticketSent && !slices.Contains(w.forced, runOf[w.api.asked[i]]) {
			n++
		}
	}
	return n
}

// quiesce takes the faults away: frozen workers come back, asynq and the sweep
// do their work, time passes, and the campaign has to come to an end.
func (w *world) quiesce() {
	w.faults = false
	w.log("no more faults")
	w.clear()
	for _, k := range w.workers {
		k.frozen = false
	}
	for range 1000 {
		for len(w.workers) > 0 && w.violation == "" {
			w.advance(w.workers[0])
		}
		if w.look(); w.violation != "" {
			return
		}
		if due := w.redis.due(); len(due) > 0 {
			w.start(due[0])
			continue
		}
		if w.settled() && w.nothingPlanned() {
			if w.ended(); w.replayOnce() {
				continue
			}
			return
		}
		w.recover()
		if w.planted != "no sweep" {
			w.sweep()
		}
		if len(w.redis.due()) == 0 {
			w.skip()
		}
	}
	r, _ := w.record()
	w.violate("it never ends: %s", recordtest.State(r))
}

// replayOnce runs the letter of a campaign that ended as dead, so that what it may
// have been left with is tried: however often it is replayed, it is not sent twice.
func (w *world) replayOnce() bool {
	l, there := w.redis.letter()
	if !there || w.again >= 2 {
		return false
	}
	w.again++
	l.at = time.Time{}
	w.redis.tasks[l.key] = l
	w.log("operator runs letter %s once more", l.key)
	return true
}

// isDead reports whether the campaign is, so that a delete is its replay's.
func (w *world) isDead() bool {
	r, ok := w.record()
	return ok && r.State == campaign.StateDead
}

// skip lets time pass to the next thing that is planned.
func (w *world) skip() {
	w.clock.advance(2 * time.Minute)
	if at, ok := w.redis.soonest(); ok && at.After(w.clock.Now()) {
		w.clock.now = at
	}
}

// settled reports whether only a person can bring the campaign further, and it can be
// found.
func (w *world) settled() bool {
	r, ok := w.record()
	if !ok { // gone, or forgotten with all that there was of it
		_, queued := w.redis.tasks[firstKey]
		return !queued && (w.purged > 0 || w.expired || w.losses > 0)
	}
	if r.CancelsOrphans() {
		return false
	}
	if r.State == campaign.StateDead {
		for _, t := range w.redis.tasks {
			if t.letter != nil && !t.active && t.step.Run == r.Run && t.step.Step == r.Step {
				return true
			}
		}
		return false
	}
	return r.State.Final() || lifecycle.WaitsForPerson(r)
}

func (w *world) nothingPlanned() bool {
	for _, t := range w.redis.tasks {
		if t.active || t.letter == nil {
			return false
		}
	}
	return true
}

// ended checks what must hold at the end.
func (w *world) ended() {
	r, ok := w.record()
	if !ok {
		return
	}
	w.endedInBudget(r)
	switch sent := w.api.sent(); {
	case r.Claim != nil:
		w.violate("it ended with a claim: %+v", *r.Claim)
	case r.State == campaign.StateCancelled && sent > len(w.forced) && w.losses == 0:
		w.violate("cancelled, and a ticket of it was confirmed")
	case r.State == campaign.StateDead && sent > 0 && !r.MaybeConfirmed && w.losses == 0:
		w.violate("dead without a mark, and a ticket of it was confirmed")
	case r.State == campaign.StateAwaitingApproval && sent > len(w.forced) && !r.MaybeConfirmed && w.losses == 0:
		w.violate("it waits for approval, and a ticket of it was confirmed")
	}
}
