package record

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/content"
)

// NewestVersion is the newest version of the record's form in the ledger that
// is known. All from OldestVersion on are read. A record is written in the
// version that it needs, see Version, and is left alone from then on by what
// does not know that.
const NewestVersion = 5

// CommonVersion is the version of records that need no newer one, DatedVersion that
// of campaigns with a window or late of their own, CoveredVersion that of what was
// approved at a price, BudgetedVersion that of what rules and budgets, the removal of
// a ticket or a sent orphan decide. PackedVersion is that of a record that the ledger
// has packed, whichever of them it needs otherwise.
const (
	CommonVersion   = 1
	DatedVersion    = 2
	CoveredVersion  = 3
	BudgetedVersion = 4
	PackedVersion   = 5
)

// OldestVersion is the oldest version of a record that is read.
const OldestVersion = 1

// Record is what the ledger knows of a campaign. It is the truth; tasks only
// wake it up. Records are values: a decision makes a changed copy.
type Record struct {
	campaign.Record

	// AskedHash is content.Hash of what was enqueued, where an edit has
	// changed the content since.
	AskedHash string
	// TraceSpan is the span of TraceID that enqueued it and that trace's flags, such as
	// 00f067aa0ba902b7-01, as W3C's traceparent ends; "" without a trace.
	TraceSpan string
	// Applied are the tokens whose writes were applied in this run.
	Applied []string
	// OrphanEpoch is raised by the sweep when the wake-up that cancels orphans is
	// gone.
	OrphanEpoch int
	// Idle is the time this campaign has stood still for a person or a window,
	// while the account was not on hold.
	Idle time.Duration
	// WaitingFrom is WaitingSince by a clock that stands still while the account is on
	// hold, so that what is a hold already does not count as Idle, too. It is zero
	// where an older octoq wrote WaitingSince.
	WaitingFrom time.Time
	// Removal is how far the deletion of a ticket has come that waits in an account which
	// takes one unconfirmed campaign at a time. Removals counts the tries whose ticket was
	// deleted so.
	Removal  Removal
	Removals int
	// NoCreditMark is Snapshot.Successes at the last refusal for credit, or Creates
	// before it has a ticket.
	NoCreditMark int64

	// PolicyRevision is the revision of the account's policy, its rules and budgets, under
	// which the campaign was last decided on; 0 for none.
	PolicyRevision int64
	// Reserved is what the ticket has reserved in budgets, from the first claim of its
	// confirm on. It counts as spent once the campaign is sent.
	Reserved []budget.Share
	// Beyond are the FullBudgets that a person lets it exceed.
	Beyond []budget.Counter

	// Packed is what the ledger has packed of a campaign that ended long ago, nil for any
	// other. It is the ledger's own: the next change writes it out again.
	Packed *Packed
}

// Packed is a record and its timeline as they were before they were packed.
type Packed struct {
	Facts    map[string]string // the fields of the record
	Parts    int               // in how many fields they are packed
	Timeline []campaign.Entry
}

// WaitingRedisReplaced is what Waiting says of a record of which WaitsForVouch is true.
const WaitingRedisReplaced = "redis_replaced"

// New is the record of a campaign that no worker has touched yet.
func New(c campaign.Campaign, enqueuedAt time.Time, origin string) Record {
	return Record{Record: campaign.Record{
		Campaign: c, State: campaign.StateQueued, Run: 1, Try: 1, Step: 1,
		EnqueuedAt: enqueuedAt, UpdatedAt: enqueuedAt, EnqueuedRunID: origin,
	}}
}

// SoleAuthor returns the authors of a campaign whose producer is its only author.
func SoleAuthor(enqueuedBy string) []string {
	if enqueuedBy == "" {
		return nil
	}
	return []string{enqueuedBy}
}

// EnqueuedDue is when the campaign was due as it was enqueued, whatever an edit says;
// the zero time is at once.
func (r Record) EnqueuedDue() time.Time {
	if !r.FirstDue.IsZero() {
		return r.FirstDue
	}
	return r.Campaign.NotBefore
}

// WithContent is the record with an edited content. When it was due at first is kept.
func (r Record) WithContent(c campaign.Campaign) Record {
	if r.FirstDue.IsZero() && !r.Campaign.NotBefore.Equal(c.NotBefore) {
		r.FirstDue = r.Campaign.NotBefore
		if r.FirstDue.IsZero() {
			r.FirstDue = r.EnqueuedAt
		}
	}
	if r.AskedHash == "" {
		r.AskedHash = content.Hash(r.Campaign)
	}
	r.Campaign, r.Edited = c, true
	return r
}

// Duplicate is the error for a campaign that is enqueued under the record's id again.
func (r Record) Duplicate(c campaign.Campaign) *campaign.DuplicateError {
	e := &campaign.DuplicateError{Account: r.Account(), ID: r.ID(), State: r.State}
	if r.State == campaign.StatePurged { // its content is not kept
		return e
	}
	e.Same = content.Same(r.Campaign, c) || r.AskedHash != "" && r.AskedHash == content.Hash(c)
	if !e.Same {
		e.Differs = differences(r.Campaign, c)
	}
	return e
}

// Dated reports whether a campaign has a window or late of its own: an octoq older
// than version 2 of payload and record ignores both, and would send it at the wrong
// time.
func Dated(c campaign.Campaign) bool { return c.Window != "" || c.Late != "" }

// IsAlert reports whether a campaign is an alert, which comes before those that are
// not.
func IsAlert(c campaign.Campaign) bool { return c.Purpose == campaign.PurposeAlert }

// Version is the version of the form that the record is written in. 2 brought
// window and late, which an older octoq would ignore. 3 brought the cover (to an
// older octoq an approval is good for any price), request_ids of an earlier run, for
// which an older octoq would ask under another one, and the wait of WaitsForVouch,
// which it would take for that of a price. 4 brought rules and budgets, which an older
// octoq does not keep to, the removal of a ticket that waits, which an older octoq would
// confirm while it is being deleted, and the proof that another ticket was sent, in spite
// of which it would confirm.
func (r Record) Version() int {
	switch {
	case r.PolicyRevision != 0 || len(r.Reserved) > 0 || r.Removal != "" || r.Removals != 0 || r.SentOrphan != "":
		return BudgetedVersion
	case r.Cover != nil || r.AskRun != 0 || r.WaitsForVouch():
		return CoveredVersion
	case Dated(r.Campaign):
		return DatedVersion
	default:
		return CommonVersion
	}
}

// Next is the step the record waits for; its Stage is "" when it waits for none.
func (r Record) Next() Step {
	return r.NextIn(StageOf(r.State))
}

// NextIn is the same step, taken by another stage.
func (r Record) NextIn(s campaign.Stage) Step {
	return Step{Stage: s, Run: r.Run, Step: r.Step, Epoch: r.Epoch}
}

// RequestID is the idempotency key of the present try: 32 letters and digits
// made from account, id, asking run and try. It is never random, and a replay
// keeps it while the API has given no ticket for it, so that a ledger that lost
// its tail asks the very question that the forgotten life asked first.
func (r Record) RequestID() string {
	h := sha256.Sum256([]byte(strings.Join([]string{
		"octoq", r.Account(), r.ID(), strconv.Itoa(r.AskingRun()), strconv.Itoa(r.Try),
	}, "\x00")))
	return hex.EncodeToString(h[:16])
}

// AskingRun is the run that first used the present request_id.
func (r Record) AskingRun() int {
	if r.AskRun != 0 {
		return r.AskRun
	}
	return r.Run
}
