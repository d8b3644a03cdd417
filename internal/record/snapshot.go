package record

import (
	"time"

	"github.com/octoq/octoq/internal/budget"
)

// Snapshot is what the ledger says along with a record: its clock and its memory.
type Snapshot struct {
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
	// OneAtATime: the API has answered a create of the account with 126 or 127, so it takes one
	// unconfirmed campaign at a time.
	OneAtATime bool
	// Successes counts the account's accepted confirms, Creates its accepted creates.
	Successes, Creates int64
	// Policy are the rules and budgets of the account, with the counters of budgets as
	// they were last known; nil where it has none.
	Policy *budget.PolicyStanding
}

// PolicyRevision is the revision of the account's policy; 0 for one that demands nothing.
func (m Snapshot) PolicyRevision() int64 {
	if m.Policy == nil || !m.Policy.Demands() {
		return 0
	}
	return m.Policy.Revision
}

// Rules are the account's.
func (m Snapshot) Rules() budget.Rules {
	if m.Policy == nil {
		return budget.Rules{}
	}
	return m.Policy.Rules
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

// Loaded are records that were read together, and the moment they were read at.
type Loaded struct {
	Records []Record
	Unknown int // records of a newer octoq, which this one leaves alone
	At      Snapshot
}
