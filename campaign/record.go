package campaign

import "time"

// Record is what octoq knows of a campaign, to be read: where it stands, its ticket
// and price, what was tried, and what became of it. Its JSON is that of
// `octoq status --json`.
type Record struct {
	Campaign Campaign `json:"campaign"`
	State    State    `json:"state"`

	Run   int `json:"run"`   // 1, and one more with each replay
	Try   int `json:"try"`   // creates with a request_id of their own in this run
	Step  int `json:"step"`  // one more with each move to another wake-up
	Epoch int `json:"epoch"` // raised by the sweep

	// Revision is raised by one with each write, a first write making it 1.
	Revision int64 `json:"revision"`
	// LastToken is the token of the latest write. A write names it and the Revision of the
	// record it was decided on: after Redis has lost its tail, another history may
	// come to the same revision, but not by the same token.
	LastToken string `json:"-"`

	// EnqueuedAt is when it was enqueued, by Redis's clock; of campaigns that older
	// versions enqueued, by the producer's. EnqueuedRunID is the run_id of the Redis the
	// campaign was enqueued on, "" where the producer may not run INFO; neither replay
	// nor edit renews them.
	EnqueuedAt    time.Time `json:"enqueued_at"`
	EnqueuedRunID string    `json:"origin,omitempty"`
	// EnqueuedBy names its producer: "user:anna", "token:shop-1", "system:root@host" or
	// "schedule:monday"; "" where an older octoq enqueued it. Authors are the authors of its
	// content: its producer or the author of its schedule, and the editors of its letter.
	EnqueuedBy string   `json:"enqueued_by,omitempty"`
	Authors    []string `json:"authors,omitempty"`
	// FirstDue is when the campaign was due as it was enqueued, where an edit has changed
	// it since: what was created before the edit was created by that.
	FirstDue time.Time `json:"first_due,omitzero"`
	// OwnID: Enqueue chose the id at random, so no campaign had it before.
	OwnID bool `json:"own_id,omitempty"`
	// TraceID is the W3C trace in which it was enqueued, 32 hex digits; "" for none.
	TraceID   string    `json:"trace_id,omitempty"`
	UpdatedAt time.Time `json:"updated_at"`

	Ticket      string `json:"ticket"`
	Cost        Money  `json:"cost"`
	Contacts    int    `json:"number_of_contacts"`
	SendingDate string `json:"sending_date"`
	// PricedAt is when the API last said what the ticket costs. It is zero before
	// that, and where an older octoq asked.
	PricedAt time.Time `json:"priced_at,omitzero"`

	// NoContacts: it has no recipient: 0 contacts, or none named at a cost of 0.
	NoContacts bool `json:"no_contacts,omitempty"`
	// SendingDiffers: SendingDate is another moment than the send_at asked for.
	SendingDiffers bool `json:"sending_date_differs,omitempty"`
	// StatusWord is the last word of the API's status that octoq does not know.
	StatusWord string `json:"status_word,omitempty"`

	// AskRun is the run that first used the present request_id, where that is not
	// Run: a replay asks the same question again as long as no ticket was got for
	// it.
	AskRun int `json:"ask_run,omitempty"`
	// AskedAt is when a create was first tried under the present request_id, on
	// Redis's clock.
	AskedAt time.Time `json:"asked_at,omitzero"`
	// Unanswered: an earlier create with the present request_id got an answer other
	// than a ticket, or none, so it may have arrived. UnansweredRunID is the run_id
	// under which the first of them was made.
	Unanswered      bool   `json:"unanswered,omitempty"`
	UnansweredRunID string `json:"unanswered_on,omitempty"`
	// AcceptedRunID is the run_id under which the API last accepted a create of this
	// campaign that was claimed and settled under it. What Redis had forgotten
	// until then is known to be nothing.
	AcceptedRunID string `json:"accepted_on,omitempty"`
	// ConfirmTried: a confirm of the present ticket may have arrived.
	ConfirmTried bool `json:"confirm_tried,omitempty"`
	// ConfirmedAt is when the last confirm that may have arrived was claimed, on Redis's
	// clock; zero where there is none, or an older octoq made it.
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	// MaybeConfirmed: it is unknown whether a ticket of this campaign was confirmed.
	// It is not replayed without force.
	MaybeConfirmed bool `json:"maybe_confirmed,omitempty"`
	// ConfirmedElsewhere: the API said "already sent" before octoq had confirmed it.
	ConfirmedElsewhere bool `json:"confirmed_elsewhere,omitempty"`
	// ProvedBy says what ended the doubt whether it was sent, "delivery_report"; "" where
	// there was none, or still is.
	ProvedBy string `json:"proved_by,omitempty"`
	// SentOrphan is a ticket left behind that a delivery report has proved to be sent. The
	// campaign is not confirmed before a person accepts a second sending.
	SentOrphan string `json:"sent_orphan,omitempty"`

	// Operators set flags; they never revoke a claim.
	Approved        bool `json:"approved,omitempty"`
	CancelRequested bool `json:"cancel_requested,omitempty"`
	Forced          bool `json:"forced,omitempty"` // replay although it may have been sent
	// RejectedBy names the person who rejected the campaign, RejectReason says why.
	RejectedBy   string `json:"rejected_by,omitempty"`
	RejectReason string `json:"reject_reason,omitempty"`
	// Edited: the letter was changed after the ticket was made, so the ticket has
	// another content. ReplayBy names the person who asked for the next run.
	Edited   bool   `json:"edited,omitempty"`
	ReplayBy string `json:"replay_by,omitempty"`
	// Cover is what the approval covers, nil without one. Approved without a Cover
	// is an older octoq's: it covers the price that the record has.
	Cover *Cover `json:"cover,omitempty"`
	// ForcedRuns are the runs that were begun by force.
	ForcedRuns []int `json:"forced_runs,omitempty"`

	Claim *Claim `json:"claim,omitempty"`

	Orphans      []Orphan `json:"orphans"`
	LostRequests []string `json:"lost_request_ids,omitempty"`

	Attempts Attempts `json:"attempts"`
	// Streak counts failed calls in a row, for the back-off and for "few tries".
	Streak int `json:"streak,omitempty"`
	// Started holds the first call of each stage of this run, for the deadlines.
	Started map[Call]Start `json:"started,omitempty"`
	// NoCredit counts refusals for credit that came although others had passed.
	NoCredit int `json:"no_credit,omitempty"`
	// DueAt is when the next try is planned, for people to see.
	DueAt time.Time `json:"due_at,omitzero"`
	// Waiting says what a living campaign waits for, for people to see, and
	// WaitingSince since when.
	Waiting      string    `json:"waiting,omitempty"`
	WaitingSince time.Time `json:"waiting_since,omitzero"`

	// FullBudgets are the budgets that have not enough left for it, as was seen last.
	FullBudgets []BudgetCounter `json:"full_budgets,omitempty"`

	// LastRefusal is the last answer of this run that brought it no further; its
	// Class is then the Class of the answer. Failure is why it is dead.
	LastRefusal *Failure `json:"last_refusal,omitempty"`
	Failure     *Failure `json:"failure"`
	Timeline    []Entry  `json:"timeline"`

	// Unread is what stood in a task that could not be read, at most 64 KiB of it.
	// The campaign is then its id and account alone.
	Unread string `json:"unread,omitempty"`
}

// BudgetCounter names what is counted together: the campaigns of one budget of the
// account and of one period, and of one value of its label if each has an amount of its
// own.
type BudgetCounter struct {
	Budget string `json:"budget"`
	Value  string `json:"value,omitempty"`
	Period string `json:"period"` // such as 2026-11-29, 2026-W48 or 2026-11
}

// waitingRedisReplaced is what Waiting says of a campaign that may have been
// created before Redis forgot it, too long ago for the API to recognise its
// request_id: a person decides.
const waitingRedisReplaced = "redis_replaced"

// WaitsForVouch reports whether the campaign waits for a person because Redis was
// replaced.
func (r Record) WaitsForVouch() bool {
	return r.State == StateAwaitingApproval && r.Waiting == waitingRedisReplaced
}

// ID is the campaign's id.
func (r Record) ID() string { return r.Campaign.ID }

// Account is the campaign's account.
func (r Record) Account() string { return r.Campaign.Account }

// Claim is the right to carry out one call, held by one attempt.
type Claim struct {
	Token    string    `json:"token"`
	Call     Call      `json:"call"`
	Deadline time.Time `json:"deadline"` // on Redis's clock
	RunID    string    `json:"on"`       // the run_id it was taken under
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
