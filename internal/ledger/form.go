package ledger

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/record"
)

// form is a record's form in the hash: all its facts but the timeline.
type form []field

// newForm is the one place that says how a record is written and read.
func newForm() form {
	return slices.Concat(placeFields(), ticketFields(), askedFields(), operatorFields(), claimFields(), triedFields(), policyFields())
}

// rec is short for the record, whose facts the fields of the form are.
type rec = record.Record

// placeFields are where the campaign stands, and when it was enqueued.
func placeFields() form {
	return form{
		jsonField("campaign", func(r *rec) *campaign.Campaign { return &r.Campaign }, func(campaign.Campaign) bool { return false }, sameCampaign),
		textField("state", func(r *rec) *campaign.State { return &r.State }),
		numberField("run", func(r *rec) *int { return &r.Run }),
		numberField("try", func(r *rec) *int { return &r.Try }),
		numberField("step", func(r *rec) *int { return &r.Step }),
		numberField("epoch", func(r *rec) *int { return &r.Epoch }),
		numberField("revision", func(r *rec) *int64 { return &r.Revision }).ours(),
		textField("last", func(r *rec) *string { return &r.LastToken }).ours(),
		timeField("enqueued_at", func(r *rec) *time.Time { return &r.EnqueuedAt }),
		textField("origin", func(r *rec) *string { return &r.EnqueuedRunID }),
		textField("enqueued_by", func(r *rec) *string { return &r.EnqueuedBy }),
		authorsField(),
		timeField("first_due", func(r *rec) *time.Time { return &r.FirstDue }),
		flagField("own_id", func(r *rec) *bool { return &r.OwnID }),
		textField("trace_id", func(r *rec) *string { return &r.TraceID }),
		textField("trace_span", func(r *rec) *string { return &r.TraceSpan }),
		timeField("updated_at", func(r *rec) *time.Time { return &r.UpdatedAt }).ours(),
	}
}

// ticketFields are what the API has said of the ticket.
func ticketFields() form {
	return form{
		textField("ticket", func(r *rec) *string { return &r.Ticket }),
		numberField("cost", func(r *rec) *campaign.Money { return &r.Cost }),
		numberField("contacts", func(r *rec) *int { return &r.Contacts }),
		timeField("priced_at", func(r *rec) *time.Time { return &r.PricedAt }),
		textField("sending_date", func(r *rec) *string { return &r.SendingDate }),
		flagField("no_contacts", func(r *rec) *bool { return &r.NoContacts }),
		flagField("sending_differs", func(r *rec) *bool { return &r.SendingDiffers }),
		textField("status_word", func(r *rec) *string { return &r.StatusWord }),
	}
}

// askedFields are what was asked of the API, and what may have arrived.
func askedFields() form {
	return form{
		numberField("ask_run", func(r *rec) *int { return &r.AskRun }),
		timeField("asked_at", func(r *rec) *time.Time { return &r.AskedAt }),
		flagField("unanswered", func(r *rec) *bool { return &r.Unanswered }),
		textField("unanswered_on", func(r *rec) *string { return &r.UnansweredRunID }),
		textField("accepted_on", func(r *rec) *string { return &r.AcceptedRunID }),
		flagField("confirm_tried", func(r *rec) *bool { return &r.ConfirmTried }),
		flagField("maybe_confirmed", func(r *rec) *bool { return &r.MaybeConfirmed }),
		flagField("confirmed_elsewhere", func(r *rec) *bool { return &r.ConfirmedElsewhere }),
		timeField("confirmed_at", func(r *rec) *time.Time { return &r.ConfirmedAt }),
		textField("proved_by", func(r *rec) *string { return &r.ProvedBy }),
		textField("sent_orphan", func(r *rec) *string { return &r.SentOrphan }),
	}
}

// operatorFields are what operators have asked for.
func operatorFields() form {
	return form{
		flagField("approved", func(r *rec) *bool { return &r.Approved }),
		jsonField("cover", func(r *rec) **campaign.Cover { return &r.Cover }, absent, sameTarget),
		flagField("cancel_requested", func(r *rec) *bool { return &r.CancelRequested }),
		textField("rejected_by", func(r *rec) *string { return &r.RejectedBy }),
		textField("reject_reason", func(r *rec) *string { return &r.RejectReason }),
		flagField("forced", func(r *rec) *bool { return &r.Forced }),
		flagField("edited", func(r *rec) *bool { return &r.Edited }),
		textField("asked_hash", func(r *rec) *string { return &r.AskedHash }),
		textField("replay_by", func(r *rec) *string { return &r.ReplayBy }),
		jsonField("forced_runs", func(r *rec) *[]int { return &r.ForcedRuns }, none, slices.Equal),
	}
}

// claimFields are the claim, and the tokens of writes.
func claimFields() form {
	return form{
		ofClaim(textField("claim_token", func(r *rec) *string { return &r.Claim.Token })),
		ofClaim(textField("claim_call", func(r *rec) *campaign.Call { return &r.Claim.Call })),
		ofClaim(timeField("claim_deadline", func(r *rec) *time.Time { return &r.Claim.Deadline })),
		ofClaim(textField("claim_on", func(r *rec) *string { return &r.Claim.RunID })),
		wordsField("applied", func(r *rec) *[]string { return &r.Applied }).ours(),
	}
}

// triedFields are what was tried, and what is waited for.
func triedFields() form {
	return form{
		jsonField("orphans", func(r *rec) *[]campaign.Orphan { return &r.Orphans }, none, slices.Equal),
		numberField("orphan_epoch", func(r *rec) *int { return &r.OrphanEpoch }),
		wordsField("lost_requests", func(r *rec) *[]string { return &r.LostRequests }),
		jsonField("attempts", func(r *rec) *campaign.Attempts { return &r.Attempts }, zero, sameValue),
		numberField("streak", func(r *rec) *int { return &r.Streak }),
		jsonField("started", func(r *rec) *map[campaign.Call]campaign.Start { return &r.Started }, unstarted, maps.Equal),
		spanField("idle", func(r *rec) *time.Duration { return &r.Idle }),
		textField("removal", func(r *rec) *record.Removal { return &r.Removal }),
		numberField("removals", func(r *rec) *int { return &r.Removals }),
		numberField("no_credit", func(r *rec) *int { return &r.NoCredit }),
		numberField("no_credit_mark", func(r *rec) *int64 { return &r.NoCreditMark }),
		timeField("due_at", func(r *rec) *time.Time { return &r.DueAt }),
		textField("waiting", func(r *rec) *string { return &r.Waiting }),
		timeField("waiting_since", func(r *rec) *time.Time { return &r.WaitingSince }),
		timeField("waiting_from", func(r *rec) *time.Time { return &r.WaitingFrom }),
		jsonField("last_refusal", func(r *rec) **campaign.Failure { return &r.LastRefusal }, absent, sameTarget),
		jsonField("failure", func(r *rec) **campaign.Failure { return &r.Failure }, absent, sameTarget),
		textField("unread", func(r *rec) *string { return &r.Unread }),
	}
}

// policyFields are what the campaign has to do with the account's rules and budgets.
func policyFields() form {
	return form{
		numberField("policy", func(r *rec) *int64 { return &r.PolicyRevision }),
		jsonField("reserved", func(r *rec) *[]budget.Share { return &r.Reserved }, none, slices.Equal),
		jsonField("full", func(r *rec) *[]budget.Counter { return &r.FullBudgets }, none, slices.Equal),
		jsonField("beyond", func(r *rec) *[]budget.Counter { return &r.Beyond }, none, slices.Equal),
	}
}

// decode reads a record from its hash, which must not be empty nor packed. Fields that
// the form does not know are left alone.
func (f form) decode(hash map[string]string) (record.Record, error) {
	var r record.Record
	if v, err := strconv.Atoi(hash[versionField]); err != nil || v < record.OldestVersion || v >= record.PackedVersion {
		return r, fmt.Errorf("record of version %.20q, this octoq reads %d to %d: %w",
			hash[versionField], record.OldestVersion, record.NewestVersion, campaign.ErrVersion)
	}
	for _, fd := range f {
		s := hash[fd.name]
		if s == "" {
			continue
		}
		if err := fd.take(&r, s); err != nil {
			// Whatever wrote this is no octoq that this one knows; the sweep passes over it.
			return record.Record{}, fmt.Errorf("the record is broken: read %s: %w (%w)", fd.name, err, campaign.ErrVersion)
		}
	}
	if len(r.Authors) == 0 {
		r.Authors = record.SoleAuthor(r.EnqueuedBy)
	}
	if !r.State.Valid() {
		return record.Record{}, fmt.Errorf("record in the state %q: %w", r.State, campaign.ErrVersion)
	}
	return r, nil
}

// versionField holds the version of the form, that of the last write.
const versionField = "v"

// delta is what a write does to the hash: pairs to set and names to remove.
type delta struct{ set, remove []string }

// compare returns what turns before into after; before is nil for a first write. A packed
// one is written out.
func (f form) compare(before *record.Record, after record.Record) (delta, error) {
	d := delta{set: []string{versionField, strconv.Itoa(after.Version())}}
	for _, fd := range f {
		if fd.owned || before != nil && fd.alike(before, &after) {
			continue
		}
		old, fresh, err := fd.both(before, &after)
		switch {
		case err != nil:
			return d, fmt.Errorf("write %s: %w", fd.name, err)
		case fresh == old:
		case fresh == "":
			d.remove = append(d.remove, fd.name)
		default:
			d.set = append(d.set, fd.name, fresh)
		}
	}
	if before != nil && before.Packed != nil {
		d = f.writtenOut(before.Packed, d)
	}
	return d, nil
}
