package stage

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
)

// Letter is a dead letter that someone runs.
type Letter struct {
	Account, ID string
	Step        campaign.Step
	Campaign    campaign.Campaign // as edited
	// Fault is why the letter could not be read, nil if it could.
	Fault error
}

// Replay starts the next run of a dead campaign, or refuses: then a new letter is
// stored first, and the one that was run is done. The run goes on with the ticket
// that the campaign has, if it can; else that ticket is deleted first, and the
// API's answer decides.
func (r *Runner) Replay(ctx context.Context, l Letter) Result {
	for {
		if ctx.Err() != nil {
			return again(time.Time{})
		}
		rec, m, err := r.Ledger.Load(ctx, l.Account, l.ID)
		switch {
		case errors.Is(err, campaign.ErrNotFound):
			return done()
		case err != nil:
			return r.failed(err)
		case rec.State != campaign.StateDead || rec.Run != l.Step.Run || rec.Step != l.Step.Step:
			return done()
		}
		if res, ended := r.replay(ctx, l, rec, m); ended {
			return res
		}
	}
}

// replay has ended unless the record changed meanwhile.
func (r *Runner) replay(ctx context.Context, l Letter, rec campaign.Record, m campaign.Moment) (Result, bool) {
	target := content(rec, l)
	if why := refusal(target, l); why != "" {
		return r.refuse(ctx, rec, target, m, why)
	}
	if why := lifecycle.RefusesReplay(target, m); why != "" {
		return r.refuse(ctx, rec, target, m, why)
	}
	if lifecycle.KeepsTicket(target) {
		return r.rerun(ctx, rec, goOn(target, r.Policy.Who), m)
	}
	old := oldTicket{}
	if deletes(target) {
		out, err := r.deleteTicket(ctx, target)
		if err != nil {
			return r.shut(err), true
		}
		if old = afterDelete(target, out, m); old.again {
			return again(r.soon(r.Policy.backoff(1, out.RetryAfter))), true
		}
	}
	switch {
	case old.sent:
		return r.rerun(ctx, rec, foundSent(target, r.Policy.Who), m)
	case old.refused != "":
		return r.refuse(ctx, rec, target, m, old.refused)
	default:
		return r.rerun(ctx, rec, anew(target, old, m, r.Policy.Who), m)
	}
}

// content is the record with what the next run sends. The record says it, since mending a letter
// writes there. A letter that differs from a record which was never mended was edited
// by an octoq that changed letters alone.
func content(rec campaign.Record, l Letter) campaign.Record {
	own := l.Campaign.ID == rec.ID() && l.Campaign.Account == rec.Account()
	if l.Fault != nil || !own || rec.Edited || rec.Campaign.Same(l.Campaign) {
		return rec
	}
	return rec.WithContent(l.Campaign)
}

// refusal says why a letter cannot be replayed at all; empty if it can.
func refusal(rec campaign.Record, l Letter) string {
	if l.Fault != nil {
		return l.Fault.Error()
	}
	if l.Campaign.ID != rec.ID() || l.Campaign.Account != rec.Account() {
		return "the letter's id and account must stay those of the campaign, " + rec.Account() + "/" + rec.ID()
	}
	if err := rec.Campaign.Validate(); err != nil {
		return err.Error()
	}
	return ""
}

// rerun writes the next run, and queues its first step and the cancel of what the old
// one left at the API.
func (r *Runner) rerun(ctx context.Context, rec campaign.Record, d *draft, m campaign.Moment) (Result, bool) {
	verdict, m2, err := r.commit(ctx, "replay", campaign.Change{
		Before: &rec, After: d.Record, RunID: m.RunID, Token: r.Token(), Entries: d.entries,
	})
	if err != nil {
		return r.failed(err), true
	}
	if verdict != campaign.VerdictApplied {
		return Result{}, false
	}
	if d.CancelsOrphans() {
		if err := r.putOrphans(ctx, d.Record); err != nil {
			return r.failed(err), true
		}
	}
	return r.handOn(ctx, rec, d.Record, m2), true
}

// refuse stores a new letter with the reason. It marks nothing: what was in the way of
// this replay is asked for again by the next, and may be gone by then. It has ended
// unless the record changed meanwhile.
func (r *Runner) refuse(ctx context.Context, rec, target campaign.Record, m campaign.Moment, why string) (Result, bool) {
	d := edit(target, r.Policy.Who)
	d.Epoch++
	d.ReplayBy, d.Forced = "", false
	d.tell("replay_refused", why)
	verdict, _, err := r.commit(ctx, "refuse", campaign.Change{
		Before: &rec, After: d.Record, RunID: m.RunID, Token: r.Token(), Entries: d.entries,
	})
	switch {
	case err != nil:
		return r.failed(err), true
	case verdict != campaign.VerdictApplied:
		return Result{}, false
	}
	r.cut("before bury")
	err = r.Queue.Bury(ctx, d.Record, why)
	r.cut("after bury")
	if err != nil {
		return r.failed(err), true
	}
	return done(), true
}

// goOn is the next run with the ticket that the campaign has. A confirm of it that
// was not answered stays on record, and so does who accepted a second sending.
func goOn(rec campaign.Record, who string) *draft {
	d := nextRun(rec, who)
	d.AskRun, d.Try = askRun(rec, d.Run), rec.Try
	d.Unanswered, d.UnansweredOn, d.AskedAt = rec.Unanswered, rec.UnansweredOn, rec.AskedAt
	d.Ticket, d.Cost, d.Contacts = rec.Ticket, rec.Cost, rec.Contacts
	d.PricedAt, d.Approved, d.Cover = rec.PricedAt, rec.Approved, rec.Cover
	d.ConfirmTried = rec.ConfirmTried
	if lifecycle.Forced(rec) {
		d.ForcedRuns = append(d.ForcedRuns, d.Run)
	}
	d.replayed(rec, campaign.StateComputing, "with its ticket "+rec.Ticket)
	return d
}

// anew is the next run with a create of its own. It asks under the request_id of the
// run before if that brought no ticket.
func anew(rec campaign.Record, old oldTicket, m campaign.Moment, who string) *draft {
	d := nextRun(rec, who)
	why := ""
	if lifecycle.KeepsRequest(rec) {
		d.AskRun, d.Try = askRun(rec, d.Run), rec.Try
		d.Unanswered, d.UnansweredOn = rec.Unanswered, rec.UnansweredOn
		d.AskedAt = asked(rec)
	}
	if rec.Ticket != "" {
		d.leave(rec.Ticket, old, m)
	}
	if rec.Forced {
		d.ForcedRuns = append(d.ForcedRuns, d.Run)
		why = "by force, although it may have been sent already"
	}
	d.replayed(rec, campaign.StateQueued, why)
	if rec.Approved { // a cover holds for the ticket that it was given for
		d.tell("approval_void", "it was for the run before, whose ticket is not confirmed any more")
	}
	return d
}

// nextRun is the record of the next run before anything is decided on it. Nothing of
// the old run's progress is kept but what may have been confirmed, where it was
// enqueued, and under which run of Redis the API accepted it.
func nextRun(rec campaign.Record, who string) *draft {
	old := edit(rec, who)
	d := &draft{Record: campaign.NewRecord(rec.Campaign, rec.EnqueuedAt, rec.Origin), who: who}
	d.Run, d.Step, d.Revision = rec.Run+1, rec.Step, rec.Revision
	d.FirstDue = rec.FirstDue
	d.OwnID, d.AcceptedOn, d.MaybeConfirmed = rec.OwnID, rec.AcceptedOn, rec.MaybeConfirmed
	d.Orphans, d.OrphanEpoch = old.Orphans, rec.OrphanEpoch
	d.LostRequests, d.ForcedRuns = old.LostRequests, old.ForcedRuns
	return d
}

// askRun is the asking run as a record of a later run stores it.
func askRun(rec campaign.Record, run int) int {
	if asking := rec.AskingRun(); asking != run {
		return asking
	}
	return 0
}

// asked is when the request_id was first used; an older octoq noted the first create
// of the run alone.
func asked(rec campaign.Record) time.Time {
	if rec.AskedAt.IsZero() {
		return rec.Started[campaign.CallCreate].At
	}
	return rec.AskedAt
}

// replayed moves to the first state of the next run, in the name of who asked for it:
// whoever ran the letter with asynq's own tools left no name.
func (d *draft) replayed(rec campaign.Record, to campaign.State, why string) {
	worker := d.who
	if d.who = rec.ReplayBy; d.who == "" {
		d.who = "asynq"
	}
	d.move(to, "replayed", why)
	d.who = worker
}
