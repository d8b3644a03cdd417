package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// RecordVersion is the newest version of the record's form in the ledger that
// is known. All from OldestRecord on are read. A record is written in the
// version that it needs, see Version, and is left alone from then on by what
// does not know that.
const RecordVersion = 3

// CommonRecord is the version of records that need no newer one, DatedRecord that
// of campaigns with a window or late of their own.
const (
	CommonRecord = 1
	DatedRecord  = 2
)

// OldestRecord is the oldest version of a record that is read.
const OldestRecord = 1

// Record is what the ledger knows of a campaign. It is the truth; tasks only
// wake it up. Records are values: a decision makes a changed copy.
type Record struct {
	Campaign Campaign `json:"campaign"`
	State    State    `json:"state"`

	Run   int `json:"run"`   // 1, and one more with each replay
	Try   int `json:"try"`   // creates with a request_id of their own in this run
	Step  int `json:"step"`  // one more with each move to another wake-up
	Epoch int `json:"epoch"` // raised by the sweep

	// Revision is raised by one with each write, a first write making it 1. Last
	// is the token of the latest write. A write names both of the record it was
	// decided on: after Redis has lost its tail, another history may come to the
	// same revision, but not by the same token.
	Revision int64  `json:"revision"`
	Last     string `json:"-"`

	// EnqueuedAt is when it was enqueued, by Redis's clock; of campaigns that older
	// versions enqueued, by the producer's. Origin is the run_id of the Redis the
	// campaign was enqueued on, "" where the producer may not run INFO; neither replay
	// nor edit renews them.
	EnqueuedAt time.Time `json:"enqueued_at"`
	Origin     string    `json:"origin,omitempty"`
	// FirstDue is when the campaign was due as it was enqueued, where an edit has changed
	// it since: what was created before the edit was created by that.
	FirstDue time.Time `json:"first_due,omitzero"`
	// OwnID: Enqueue chose the id at random, so no campaign had it before.
	OwnID     bool      `json:"own_id,omitempty"`
	UpdatedAt time.Time `json:"updated_at"`

	Ticket      string `json:"ticket"`
	Cost        Money  `json:"cost"`
	Contacts    int    `json:"number_of_contacts"`
	SendingDate string `json:"sending_date"`
	// PricedAt is when the API last said what the ticket costs. It is zero before
	// that, and where an older octoq asked.
	PricedAt time.Time `json:"priced_at,omitzero"`

	// NoContacts: the price is for nobody: 0 contacts, or none named at a cost of 0.
	NoContacts bool `json:"no_contacts,omitempty"`
	// SendingDiffers: SendingDate is another moment than the send_at asked for.
	SendingDiffers bool `json:"sending_date_differs,omitempty"`
	// StatusWord is the last word of the API's status that octoq does not know.
	StatusWord string `json:"status_word,omitempty"`

	// AskRun is the run that first used the present request_id, where that is not
	// Run: a replay asks the same question again as long as no ticket was got for
	// it. See RequestID.
	AskRun int `json:"ask_run,omitempty"`
	// AskedAt is when a create was first tried under the present request_id, on
	// Redis's clock.
	AskedAt time.Time `json:"asked_at,omitzero"`
	// Unanswered: an earlier create with the present request_id got an answer other
	// than a ticket, or none, so it may have arrived. UnansweredOn is the run_id
	// under which the first of them was made.
	Unanswered   bool   `json:"unanswered,omitempty"`
	UnansweredOn string `json:"unanswered_on,omitempty"`
	// AcceptedOn is the run_id under which the API last accepted a create of this
	// campaign that was claimed and settled under it. What Redis had forgotten
	// until then is known to be nothing.
	AcceptedOn string `json:"accepted_on,omitempty"`
	// ConfirmTried: a confirm of the present ticket may have arrived.
	ConfirmTried bool `json:"confirm_tried,omitempty"`
	// MaybeConfirmed: nobody can say whether a ticket of this campaign was
	// confirmed. It is not replayed without force.
	MaybeConfirmed bool `json:"maybe_confirmed,omitempty"`
	// Elsewhere: the API said "already sent" before octoq had confirmed it.
	Elsewhere bool `json:"confirmed_elsewhere,omitempty"`

	// Operators set flags; they never revoke a claim.
	Approved        bool `json:"approved,omitempty"`
	CancelRequested bool `json:"cancel_requested,omitempty"`
	Forced          bool `json:"forced,omitempty"` // replay although it may have been sent
	// Edited: the letter was changed after the ticket was made, so the ticket has
	// another content. ReplayBy is who asked for the next run.
	Edited   bool   `json:"edited,omitempty"`
	ReplayBy string `json:"replay_by,omitempty"`
	// Cover is what the approval covers, nil without one. Approved without a Cover
	// is an older octoq's: it covers the price that the record has.
	Cover *Cover `json:"cover,omitempty"`
	// ForcedRuns are the runs that were begun by force.
	ForcedRuns []int `json:"forced_runs,omitempty"`

	Claim *Claim `json:"claim,omitempty"`
	// Applied are the tokens whose writes were applied in this run.
	Applied []string `json:"-"`

	Orphans []Orphan `json:"orphans"`
	// OrphanEpoch is raised by the sweep when the wake-up that cancels orphans
	// is gone.
	OrphanEpoch  int      `json:"-"`
	LostRequests []string `json:"lost_request_ids,omitempty"`

	Attempts Attempts `json:"attempts"`
	// Streak counts failed calls in a row, for the back-off and for "few tries".
	Streak int `json:"streak,omitempty"`
	// Started holds the first call of each stage of this run, for the deadlines.
	Started map[Call]Start `json:"started,omitempty"`
	// Idle is the time this campaign has stood still for a person or a window,
	// while the account was not on hold.
	Idle time.Duration `json:"-"`
	// NoCredit counts refusals for credit that came although others had passed.
	NoCredit     int   `json:"no_credit,omitempty"`
	NoCreditMark int64 `json:"-"` // Moment.Successes at the last of them, or Creates before it has a ticket
	// DueAt is when the next try is planned, for people to see.
	DueAt time.Time `json:"due_at,omitzero"`
	// Waiting says what a living campaign waits for, for people to see, and
	// WaitingSince since when: such time counts as Idle once it is over.
	Waiting      string    `json:"waiting,omitempty"`
	WaitingSince time.Time `json:"waiting_since,omitzero"`
	// WaitingFrom is the same by a clock that stands still while the account is on
	// hold, so that what is a hold already does not count as Idle, too. It is zero
	// where an older octoq wrote WaitingSince.
	WaitingFrom time.Time `json:"-"`

	// LastRefusal is the last answer of this run that brought it no further; its
	// Class is then the Class of the answer. Failure is why it is dead.
	LastRefusal *Failure `json:"last_refusal,omitempty"`
	Failure     *Failure `json:"failure"`
	Timeline    []Entry  `json:"timeline"`

	// Unread is what stood in a task that could not be read, at most 64 KiB of it.
	// The campaign is then its id and account alone.
	Unread string `json:"unread,omitempty"`
}

// NewRecord is the record of a campaign that no worker has touched yet.
func NewRecord(c Campaign, enqueuedAt time.Time, origin string) Record {
	return Record{
		Campaign: c, State: StateQueued, Run: 1, Try: 1, Step: 1,
		EnqueuedAt: enqueuedAt, UpdatedAt: enqueuedAt, Origin: origin,
	}
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
func (r Record) WithContent(c Campaign) Record {
	if r.FirstDue.IsZero() && !r.Campaign.NotBefore.Equal(c.NotBefore) {
		r.FirstDue = r.Campaign.NotBefore
		if r.FirstDue.IsZero() {
			r.FirstDue = r.EnqueuedAt
		}
	}
	r.Campaign, r.Edited = c, true
	return r
}

// WaitingRedisReplaced is what Waiting says of a campaign that may have been
// created before Redis forgot it, too long ago for the API to recognise its
// request_id: a person decides.
const WaitingRedisReplaced = "redis_replaced"

// WaitsForVouch reports whether the campaign waits for a person because Redis was
// replaced.
func (r Record) WaitsForVouch() bool {
	return r.State == StateAwaitingApproval && r.Waiting == WaitingRedisReplaced
}

// Version is the version of the form that the record is written in. 2 brought
// window and late, which an older octoq would ignore. 3 brought the cover (to an
// older octoq an approval is good for any price), request_ids of an earlier run, for
// which an older octoq would ask under another one, and the wait of WaitsForVouch,
// which it would take for that of a price.
func (r Record) Version() int {
	switch {
	case r.Cover != nil || r.AskRun != 0 || r.WaitsForVouch():
		return RecordVersion
	case r.Campaign.Dated():
		return DatedRecord
	default:
		return CommonRecord
	}
}

// ID is the campaign's id.
func (r Record) ID() string { return r.Campaign.ID }

// Account is the campaign's account.
func (r Record) Account() string { return r.Campaign.Account }

// Next is the step the record waits for; its Stage is "" when it waits for none.
func (r Record) Next() Step {
	return Step{Stage: r.State.Stage(), Run: r.Run, Step: r.Step, Epoch: r.Epoch}
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

// Claim is the right to carry out one call, held by one attempt.
type Claim struct {
	Token    string    `json:"token"`
	Call     Call      `json:"call"`
	Deadline time.Time `json:"deadline"` // on Redis's clock
	On       string    `json:"on"`       // the run_id it was taken under
}

// Attempts counts the calls made in the present run. Refusals of the account
// are not the campaign's and are not counted, nor are calls that certainly
// never left.
type Attempts struct {
	Create  int `json:"create"`
	Status  int `json:"status"`
	Confirm int `json:"confirm"`
	Cancel  int `json:"cancel"`
}

// Of is the count of one call.
func (a Attempts) Of(c Call) int {
	if p := a.at(c); p != nil {
		return *p
	}
	return 0
}

// Add counts one more call.
func (a *Attempts) Add(c Call) {
	if p := a.at(c); p != nil {
		*p++
	}
}

func (a *Attempts) at(c Call) *int {
	switch c {
	case CallCreate:
		return &a.Create
	case CallStatus:
		return &a.Status
	case CallConfirm:
		return &a.Confirm
	case CallCancel:
		return &a.Cancel
	default:
		return nil
	}
}

// Start is when a stage's first call was made, and how long the campaign had
// stood still until then (hold, window, approval).
type Start struct {
	At   time.Time     `json:"at"`
	Idle time.Duration `json:"idle"`
}

// Entry is one line of the timeline.
type Entry struct {
	At    time.Time `json:"at"`
	What  string    `json:"what"`          // an event, snake_case
	Who   string    `json:"who"`           // a worker, or the operator's user
	Why   string    `json:"why,omitempty"` // for people
	State State     `json:"state,omitempty"`
}

// Moment is what the ledger tells along with a record: its clock and its memory.
type Moment struct {
	Now time.Time // Redis's clock
	// RunID is the run of the Redis that answered, "" where it has none: run_id and
	// replication id, and the epoch of the account where its ledger was found to
	// have fallen back under one of these. It is new after a restart, and when a
	// replica became the primary.
	RunID string
	// Changes are those of RunID that the ledger has seen since the last vouch,
	// oldest first; the birth of the ledger is one.
	Changes []RedisChange
	// VouchedAt is when an operator last vouched that Redis had forgotten nothing.
	VouchedAt time.Time
	// Held is how long the account has been on hold in all, up to Now.
	Held time.Duration
	// Successes counts the account's accepted confirms, Creates its accepted creates.
	Successes, Creates int64
}

// RedisChange is a change of the run of Redis that keeps an account's ledger. What
// was written shortly before it may be forgotten.
type RedisChange struct {
	// From and To are the runs before and after it. From is "" for the birth of the
	// ledger, and UnknownRun where a birth was merged with a later change.
	From, To string
	// FirstSeen is when a script first found To, LastStamp when the ledger was last
	// stamped under From: zero for a birth. Both are of Redis's clock.
	FirstSeen, LastStamp time.Time
}

// Vouch is an operator's word that Redis had forgotten nothing of an account.
type Vouch struct {
	At      time.Time
	By, Why string
}

// UnknownRun stands for a run of which nothing is known.
const UnknownRun = "?"

// Birth reports whether the change is the birth of the account's ledger.
func (c RedisChange) Birth() bool { return c.From == "" }

// Change is one write to the ledger.
type Change struct {
	// Before is the record the write was decided on; nil when there must be none.
	Before *Record
	After  Record
	// RunID is the run_id of the Redis the write was decided under; under
	// another one the write is stale.
	RunID string
	// Token names the write: writing it again answers "done". It is kept for
	// the whole run unless the write is a Poll, of which only the last is known.
	Token string
	Poll  bool
	// Settle: the write is the answer of the claim with this token, and is
	// refused when that claim's deadline has passed on Redis's clock.
	Settle bool
	// Success: the API accepted a confirm. Created: it accepted a create.
	Success, Created bool
	Entries          []Entry
}

// Written is the record as it stands once the change is applied, but for
// UpdatedAt, Applied and Timeline.
func (ch Change) Written() Record {
	r := ch.After
	r.Revision, r.Last = 1, ch.Token
	if ch.Before != nil {
		r.Revision = ch.Before.Revision + 1
	}
	return r
}

// Verdict is what became of a Change.
type Verdict string

const (
	// VerdictApplied: written now, or earlier under the same token.
	VerdictApplied Verdict = "applied"
	// VerdictStale: the record is no longer the one it was decided on.
	VerdictStale Verdict = "stale"
	// VerdictExpired: the claim's own deadline has passed.
	VerdictExpired Verdict = "expired"
)
