package lifecycle

import (
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// draft is a record being decided on: a copy, with the entries of the timeline
// that say what changed.
type draft struct {
	record.Record
	entries []campaign.Entry
	who     string
}

func newDraft(r record.Record, who string) *draft {
	r.Started = maps.Clone(r.Started)
	r.Orphans = slices.Clone(r.Orphans)
	r.LostRequests = slices.Clone(r.LostRequests)
	r.ForcedRuns = slices.Clone(r.ForcedRuns)
	return &draft{Record: r, who: who}
}

func (d *draft) decision() Decision { return Decision{After: d.Record, Entries: d.entries} }

func (d *draft) addEntry(what, why string) {
	d.entries = append(d.entries, campaign.Entry{What: what, Who: d.who, Why: why, State: d.State})
}

// move passes to a state that another wake-up carries on from.
func (d *draft) move(to campaign.State, what, why string) {
	d.State, d.Claim, d.DueAt, d.Waiting = to, nil, time.Time{}, ""
	if to != campaign.StateAwaitingApproval && to != campaign.StateReady && to != campaign.StateComputing {
		d.Removal = "" // of a ticket that waits
	}
	d.Step++
	d.Epoch = 0
	d.Streak = 0
	d.addEntry(what, why)
}

// die stops the campaign for good. Whatever way it dies, a confirm that may
// have arrived leaves its mark; mark says that there are other reasons for one.
func (d *draft) die(f campaign.Failure, m record.Snapshot, mark bool) {
	d.MaybeConfirmed = d.MaybeConfirmed || mark || d.ConfirmTried
	f.At = m.Now
	f.Stage = record.StageOf(d.State)
	f.Ticket = d.Ticket
	f.MaybeConfirmed = d.MaybeConfirmed
	d.Failure = &f
	d.endWait(m)
	d.move(campaign.StateDead, "died", string(f.Class)+": "+f.Message)
}

// markSent ends the campaign well. The mark of an unanswered confirm goes with it,
// unless an earlier run was left behind by force.
func (d *draft) markSent(what, why string) {
	if len(d.ForcedRuns) == 0 {
		d.MaybeConfirmed = false
	}
	d.Failure = nil
	d.move(campaign.StateSent, what, why)
}

// awaitPerson leaves the campaign to a person.
func (d *draft) awaitPerson(m record.Snapshot, what, why string) {
	if makesRoom(d.Record, m) {
		d.Removal = record.RemovalDue
	}
	d.move(campaign.StateAwaitingApproval, what, why)
	d.Waiting = why
	d.beginWait(m)
}

// awaitVouch leaves a campaign to a person that would be created too late for the API
// to recognise a create that Redis may have forgotten.
func (d *draft) awaitVouch(m record.Snapshot) {
	d.move(campaign.StateAwaitingApproval, record.WaitingRedisReplaced,
		"Redis was replaced and may have forgotten that it was sent, and the API no longer remembers its request_id: "+
			"vouch for Redis, cancel it, or approve it by force")
	d.Waiting = record.WaitingRedisReplaced
	d.beginWait(m)
}

// beginWait begins to count the time that the campaign stands still for a person or
// a window.
func (d *draft) beginWait(m record.Snapshot) { d.WaitingSince, d.WaitingFrom = m.Now, unheld(m) }

// endWait books that time.
func (d *draft) endWait(m record.Snapshot) {
	d.Idle += waited(d.Record, m)
	d.WaitingSince, d.WaitingFrom = time.Time{}, time.Time{}
}

// beginStage notes the first call of a stage.
func (d *draft) beginStage(call campaign.Call, m record.Snapshot) {
	if _, ok := d.Started[call]; ok {
		return
	}
	if d.Started == nil {
		d.Started = map[campaign.Call]campaign.Start{}
	}
	d.Started[call] = campaign.Start{At: m.Now, Idle: idle(d.Record, m)}
}

// unansweredCreate notes that a create with this request_id got no ticket and may
// have arrived all the same: whether a refused request uses its request_id up is
// unknown. The first of them decides under which run_id it was asked.
func (d *draft) unansweredCreate(on string) {
	if !d.Unanswered {
		d.UnansweredRunID = on
	}
	d.Unanswered = true
}

// newRequest forgets what is known of the request_id, since the next create has another.
func (d *draft) newRequest() {
	d.Unanswered, d.UnansweredRunID, d.AskedAt = false, "", time.Time{}
}

// unansweredConfirm marks the campaign at once and asks the status first: soon
// after the first confirm, and later the more of them were made, or a confirm
// that is never answered would go round as fast as the limiter lets it.
func (d *draft) unansweredConfirm(why string, m record.Snapshot, p Policy, retryAfter time.Duration) {
	d.ConfirmTried, d.MaybeConfirmed = true, true
	d.move(campaign.StateComputing, "confirm_unanswered", why)
	d.DueAt = m.Now.Add(p.Backoff(d.Attempts.Confirm, retryAfter))
}
