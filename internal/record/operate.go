package record

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
)

// Operators set flags and never revoke a claim, so no good answer of the API
// is thrown away. The functions here are pure; the caller has
// to write the result against the record it was made from.

// InTime says why an approval at a moment would only make the campaign die: it
// has expired, or its send_at has passed and it is not to be sent late. Where
// the campaign itself does not say the latter, the worker's setting decides,
// which is not known here.
func (r Record) InTime(now time.Time) error {
	c := r.Campaign
	var passed string
	switch {
	case !c.ExpiresAt.IsZero() && now.After(c.ExpiresAt):
		passed = "its expires_at, " + c.ExpiresAt.Format(time.RFC3339) + ", has passed"
	case c.Late == campaign.LateDead && !c.SendAt.IsZero() && now.After(c.SendAt.Add(campaign.LateTolerance)):
		passed = "its send_at, " + c.SendAt.Format(time.RFC3339) + ", has passed, and late is " + campaign.LateDead
	default:
		return nil
	}
	return r.refuse("approve", passed+": it would not be sent. End it by octoq cancel "+r.ID()+
		"; if it is still wanted, enqueue it under another id with another time")
}

// RequestCancel asks that the campaign not be sent; why may be empty. A campaign that
// was never claimed by a worker is cancelled there and then; any other is marked, and
// its worker does the rest. It is refused once a confirm may have been made.
func (r Record) RequestCancel(who, why string) (Record, []campaign.Entry, error) {
	confirming := r.State == campaign.StateConfirming || r.Claim != nil && r.Claim.Call == campaign.CallConfirm
	switch {
	case r.State == campaign.StateCancelled || r.CancelRequested && !r.State.Final():
		return r, nil, nil
	case r.State == campaign.StateDead:
		return r, nil, r.refuse("cancel", "a dead campaign is not sent; purge it to be rid of it")
	case r.State.Final():
		return r, nil, r.refuse("cancel", "")
	case confirming || r.ConfirmTried:
		return r, nil, r.refuse("cancel", "its confirm has been asked for and cannot be taken back")
	}
	r.CancelRequested = true
	entries := []campaign.Entry{{What: "cancel_requested", Who: who, Why: why, State: r.State}}
	if r.State == campaign.StateQueued && r.Claim == nil {
		r.State, r.Step = campaign.StateCancelled, r.Step+1
		entries = append(entries, campaign.Entry{What: "cancelled", Who: who, Why: "no worker had touched it", State: r.State})
	}
	return r, entries, nil
}

// RequestReplay notes who asked for the next run of a dead campaign, and why. force accepts a
// second sending: the run asks under a request_id of its own, and goes on whatever
// the API says of the ticket before.
func (r Record) RequestReplay(who, why string, force bool) (Record, []campaign.Entry, error) {
	if r.State != campaign.StateDead {
		return r, nil, r.refuse("replay", "only a dead campaign is replayed")
	}
	entries := []campaign.Entry{{What: "replay_requested", Who: who, Why: why, State: r.State}}
	r.ReplayBy = who
	if force && !r.Forced {
		r.Forced, r.MaybeConfirmed = true, true
		entries = append(entries, campaign.Entry{What: "forced", Who: who, Why: "a second sending is accepted", State: r.State})
	}
	return r, entries, nil
}

// StopReplay takes back what was asked for a dead campaign: a letter that was run for
// its present step does nothing any more, and a new one waits for a person.
func (r Record) StopReplay(who, why string) (Record, []campaign.Entry, error) {
	if r.State != campaign.StateDead {
		return r, nil, r.refuse("cancel the replay of", "only a dead campaign is replayed")
	}
	r.Step, r.Epoch = r.Step+1, 0
	r.ReplayBy, r.Forced = "", false
	return r, []campaign.Entry{{What: "replay_cancelled", Who: who, Why: why, State: r.State}}, nil
}

// Edit changes the content of a dead campaign. Its id and account stay.
func (r Record) Edit(c campaign.Campaign, who string) (Record, []campaign.Entry, error) {
	switch {
	case r.State != campaign.StateDead:
		return r, nil, r.refuse("edit", "only the letter of a dead campaign is edited")
	case c.ID != r.ID() || c.Account != r.Account():
		return r, nil, fmt.Errorf("%w: id and account cannot be changed; enqueue a new campaign instead", campaign.ErrInvalid)
	case content.Same(r.Campaign, c):
		return r, nil, nil
	}
	why := strings.Join(differences(r.Campaign, c), ", ")
	r = r.WithContent(c)
	if !slices.Contains(r.Authors, who) {
		r.Authors = append(slices.Clone(r.Authors), who)
	}
	return r, []campaign.Entry{{What: "edited", Who: who, Why: why, State: r.State}}, nil
}

// Vouched takes the mark off a dead campaign that nothing but the doubt about Redis
// has set: an operator vouches that Redis has forgotten nothing.
func (r Record) Vouched(who string) (Record, []campaign.Entry, error) {
	orphanSent := slices.ContainsFunc(r.Orphans, func(o campaign.Orphan) bool { return o.Sent })
	doubtful := r.Failure != nil && (r.Failure.Class == campaign.FailDuplicate || r.Failure.Class == campaign.FailForgotten ||
		r.Failure.Class == campaign.FailExpired && r.Ticket == "") // it expired while it waited for a vouch
	if r.State != campaign.StateDead || !r.MaybeConfirmed || !doubtful || r.ConfirmTried || orphanSent || len(r.ForcedRuns) > 0 || r.Forced {
		return r, nil, nil
	}
	failure := *r.Failure
	failure.MaybeConfirmed = false
	r.MaybeConfirmed, r.Failure = false, &failure
	return r, []campaign.Entry{{What: "vouched", Who: who, Why: "Redis has forgotten nothing, so it was not sent", State: r.State}}, nil
}

func (r Record) refuse(asked, why string) error {
	return &campaign.StateError{Account: r.Account(), ID: r.ID(), State: r.State, Asked: asked, Why: why}
}

// Tombstone is what is left of a purged campaign that may have been confirmed:
// enough to know its id and what became of it.
func (r Record) Tombstone() Record {
	t := New(campaign.Campaign{ID: r.ID(), Account: r.Account(), ListName: r.Campaign.ListName, TagName: r.Campaign.TagName}, r.EnqueuedAt, r.EnqueuedRunID)
	t.State, t.Run, t.Try, t.Step, t.Revision = campaign.StatePurged, r.Run, r.Try, r.Step, r.Revision
	t.Ticket, t.MaybeConfirmed, t.Failure, t.ConfirmedAt = r.Ticket, r.MaybeConfirmed, r.Failure, r.ConfirmedAt
	t.EnqueuedBy, t.Authors = r.EnqueuedBy, r.Authors
	t.FirstDue, t.OwnID, t.AcceptedRunID = r.EnqueuedDue(), r.OwnID, r.AcceptedRunID
	t.Orphans, t.OrphanEpoch, t.ForcedRuns = slices.Clone(r.Orphans), r.OrphanEpoch, slices.Clone(r.ForcedRuns)
	return t
}
