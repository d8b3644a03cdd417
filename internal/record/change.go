package record

import (
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
)

// Change is one write to the ledger.
type Change struct {
	// Before is the record the write was decided on; nil when there must be none.
	Before *Record
	After  Record
	// RunID is the run_id of the Redis the write was decided under; under
	// another one the write is stale.
	RunID string
	// Token names the write: writing it again answers "done". It is kept for
	// the whole run unless the write is a poll, of which only the last is known.
	Token  string
	Kind   ChangeKind
	Counts Counts
	// OneAtATime is what Snapshot.OneAtATime says from then on.
	OneAtATime bool
	Entries    []campaign.Entry
	// Policy is what held when it was decided, nil for nothing. The claim of a confirm,
	// and an approval, are stale under another revision.
	Policy *budget.PolicyStanding
}

// NeedsPolicy reports whether the change is good under the policy alone that it was
// decided on: the claim of a confirm, and an approval.
func (ch Change) NeedsPolicy() bool {
	before := Record{}
	if ch.Before != nil {
		before = *ch.Before
	}
	claim := ch.After.Claim
	confirms := claim != nil && claim.Call == campaign.CallConfirm && (before.Claim == nil || before.Claim.Token != claim.Token)
	return confirms || ch.After.Approved && (!before.Approved || before.Cover != ch.After.Cover)
}

// ChangeKind says what a change answers.
type ChangeKind int

const (
	// ChangeStep is every change that is none of the following.
	ChangeStep ChangeKind = iota
	// ChangePoll repeats the step: a status call taught nothing that moves it on.
	ChangePoll
	// ChangeSettle is the answer of the claim with the change's token. It is
	// refused when that claim's deadline has passed on Redis's clock.
	ChangeSettle
)

// Counts are the counters of the account that a change raises by one.
type Counts struct {
	ConfirmAccepted, CreateAccepted bool // by the API
}

// Written is the record as it stands once the change is applied, but for
// UpdatedAt, Applied and Timeline.
func (ch Change) Written() Record {
	r := ch.After
	r.Revision, r.LastToken, r.Packed = 1, ch.Token, nil
	if ch.Before != nil {
		r.Revision = ch.Before.Revision + 1
	}
	return r
}

// CommitResult is what became of a Change.
type CommitResult string

const (
	// CommitApplied: written now, or earlier under the same token.
	CommitApplied CommitResult = "applied"
	// CommitStale: the record is no longer the one it was decided on.
	CommitStale CommitResult = "stale"
	// CommitExpired: the claim's own deadline has passed.
	CommitExpired CommitResult = "expired"
)

// TicketError is returned for a write that would give a campaign a ticket that
// leads to another one. Nothing was written.
type TicketError struct {
	Account, Ticket string
	Owner           string // the id of the campaign that the ticket belongs to
}

func (e *TicketError) Error() string {
	return fmt.Sprintf("ticket %s of account %s belongs to campaign %s", e.Ticket, e.Account, e.Owner)
}
