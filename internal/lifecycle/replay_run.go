package lifecycle

import (
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// goOnWithTicket is the next run with the ticket that the campaign has. A confirm of it
// that was not answered stays on record, and so does the person who accepted a second sending.
func goOnWithTicket(r record.Record, who string) *draft {
	d := nextRun(r, who)
	d.AskRun, d.Try, d.Removals = askRun(r, d.Run), r.Try, r.Removals
	d.Unanswered, d.UnansweredRunID, d.AskedAt = r.Unanswered, r.UnansweredRunID, r.AskedAt
	d.Ticket, d.Cost, d.Contacts = r.Ticket, r.Cost, r.Contacts
	d.PricedAt, d.Approved, d.Cover = r.PricedAt, r.Approved, r.Cover
	d.ConfirmTried, d.ConfirmedAt, d.SentOrphan = r.ConfirmTried, r.ConfirmedAt, r.SentOrphan
	d.PolicyRevision, d.Reserved, d.Beyond = r.PolicyRevision, slices.Clone(r.Reserved), slices.Clone(r.Beyond)
	if forced(r) {
		d.ForcedRuns = append(d.ForcedRuns, d.Run)
	}
	d.replayed(r, campaign.StateComputing, "with its ticket "+r.Ticket)
	return d
}

// createAnew is the next run with a create of its own. It asks under the request_id of
// the run before if that brought no ticket.
func createAnew(r record.Record, old oldTicket, m record.Snapshot, who string) *draft {
	d := nextRun(r, who)
	why := ""
	if keepsRequest(r) {
		d.AskRun, d.Try, d.Removals = askRun(r, d.Run), r.Try, r.Removals
		d.Unanswered, d.UnansweredRunID = r.Unanswered, r.UnansweredRunID
		d.AskedAt, _ = firstAsked(r)
	}
	if r.Ticket != "" {
		d.leaveBehind(r.Ticket, old, m)
	}
	if r.Forced {
		d.ForcedRuns = append(d.ForcedRuns, d.Run)
		why = "by force, although it may have been sent already"
	}
	d.replayed(r, campaign.StateQueued, why)
	if r.Approved { // a cover holds for the ticket that it was given for
		d.addEntry("approval_void", "it was for the run before, whose ticket is not confirmed any more")
	}
	return d
}

// nextRun is the record of the next run before anything is decided on it. Nothing of
// the old run's progress is kept but what may have been confirmed, where and by
// whom it was enqueued, and under which run of Redis the API accepted it.
func nextRun(r record.Record, who string) *draft {
	old := newDraft(r, who)
	d := &draft{Record: record.New(r.Campaign, r.EnqueuedAt, r.EnqueuedRunID), who: who}
	d.Run, d.Step, d.Revision = r.Run+1, r.Step, r.Revision
	d.FirstDue, d.EnqueuedBy, d.Authors, d.AskedHash = r.FirstDue, r.EnqueuedBy, r.Authors, r.AskedHash
	d.OwnID, d.AcceptedRunID, d.MaybeConfirmed = r.OwnID, r.AcceptedRunID, r.MaybeConfirmed
	d.TraceID, d.TraceSpan = r.TraceID, r.TraceSpan
	d.Orphans, d.OrphanEpoch = old.Orphans, r.OrphanEpoch
	d.LostRequests, d.ForcedRuns = old.LostRequests, old.ForcedRuns
	return d
}

// askRun is the asking run as a record of a later run stores it.
func askRun(r record.Record, run int) int {
	if asking := r.AskingRun(); asking != run {
		return asking
	}
	return 0
}

// replayed moves to the first state of the next run, in the name of the person who asked for it:
// a letter run with asynq's tools has no name.
func (d *draft) replayed(r record.Record, to campaign.State, why string) {
	worker := d.who
	if d.who = r.ReplayBy; d.who == "" {
		d.who = "asynq"
	}
	d.move(to, "replayed", why)
	d.who = worker
}
