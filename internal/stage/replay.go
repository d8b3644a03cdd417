package stage

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Letter is a dead letter that someone runs.
type Letter struct {
	Account, ID string
	Step        campaign.Step
	Campaign    campaign.Campaign // as edited
	// Fault is why the letter could not be read, nil if it could.
	Fault error
}

// Replay starts the next run of a dead campaign with the letter's content, or
// refuses: then a new letter is stored first, and the one that was run is done.
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
		if why := refusal(rec, l); why != "" {
			if res, ended := r.refuse(ctx, rec, m, l, why); ended {
				return res
			}
			continue
		}
		d := replay(rec, l.Campaign, m, r.Policy.Who)
		verdict, m2, err := r.commit(ctx, "replay", campaign.Change{
			Before: &rec, After: d.Record, RunID: m.RunID, Token: r.Token(), Entries: d.entries,
		})
		if err != nil {
			return r.failed(err)
		}
		if verdict == campaign.VerdictApplied {
			return r.rerun(ctx, rec, d.Record, m2)
		}
	}
}

// rerun queues the first step of the new run, and the cancel of what the old
// one left at the API.
func (r *Runner) rerun(ctx context.Context, rec, after campaign.Record, m campaign.Moment) Result {
	if len(after.Orphans) > len(rec.Orphans) {
		if err := r.putOrphans(ctx, after); err != nil {
			return r.failed(err)
		}
	}
	return r.handOn(ctx, rec, after, m)
}

// refusal says why a letter is not replayed; empty if it is.
func refusal(rec campaign.Record, l Letter) string {
	if l.Fault != nil {
		return l.Fault.Error()
	}
	if l.Campaign.ID != rec.ID() || l.Campaign.Account != rec.Account() {
		return "the letter's id and account must stay those of the campaign, " + rec.Account() + "/" + rec.ID()
	}
	if err := l.Campaign.Validate(); err != nil {
		return err.Error()
	}
	if rec.MaybeConfirmed && !rec.Forced {
		return "it may have been sent already (maybe_confirmed): look at Octopush first, then replay it with --force"
	}
	return ""
}

// refuse stores a new letter with the reason. It has ended unless the record
// changed meanwhile.
func (r *Runner) refuse(ctx context.Context, rec campaign.Record, m campaign.Moment, l Letter, why string) (Result, bool) {
	d := edit(rec, r.Policy.Who)
	d.Epoch++
	if l.Fault == nil && l.Campaign.ID == rec.ID() && l.Campaign.Account == rec.Account() {
		d.Campaign = l.Campaign
	}
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

// replay is the record of the next run. Nothing of the old run's progress is
// kept but its marks: what may have been confirmed stays so, and where it was
// enqueued does not change. Its ticket was never confirmed, or force is on
// record; it is cancelled as an orphan.
func replay(rec campaign.Record, c campaign.Campaign, m campaign.Moment, who string) *draft {
	old := edit(rec, who)
	fresh := campaign.NewRecord(c, rec.EnqueuedAt, rec.Origin)
	d := &draft{Record: fresh, who: who}
	d.Run, d.Step, d.Revision = rec.Run+1, rec.Step, rec.Revision
	d.MaybeConfirmed = rec.MaybeConfirmed
	d.Orphans, d.LostRequests, d.ForcedRuns = old.Orphans, old.LostRequests, old.ForcedRuns
	if rec.Ticket != "" && !hasOrphan(rec, rec.Ticket) {
		d.Orphans = append(d.Orphans, campaign.Orphan{Ticket: rec.Ticket, At: m.Now, Note: "of the run before"})
	}
	why := ""
	if rec.MaybeConfirmed {
		d.ForcedRuns = append(d.ForcedRuns, d.Run)
		why = "by force, although it may have been sent already"
	}
	d.move(campaign.StateQueued, "replayed", why)
	return d
}
