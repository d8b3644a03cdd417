package task

import (
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Version is the newest version of the payloads' form. All from Oldest on are
// read, so that workers of two versions can run side by side while they are
// being replaced: what is newer than Version is left to the newer ones, and
// nothing is written in a newer version than it needs.
const Version = 4

// The versions of payloads that need no newer one. What came with each is refused
// by an octoq that does not know it: window and late with 2, the producer's name with 3,
// and with 4 a first create without what is usual.
const (
	common = 1
	dated  = 2
	named  = 3
	short  = 4
)

// Oldest is the oldest version that is read.
const Oldest = 1

// MaxPayload is the size in bytes above which a payload is neither written nor read.
const MaxPayload = 1 << 20

// MaxOrigin is the length of an id of package runid, in characters.
const MaxOrigin = 16

const maxNonce = 64

// Task is one wake-up of one campaign.
type Task struct {
	Account, ID string
	Step        record.Step
	// First is carried by the first create and by nothing else.
	First *First
	// Letter is carried by dead letters and by nothing else.
	Letter *Letter
}

// First is what the first create carries.
type First struct {
	// Campaign's id and account must be the task's.
	Campaign campaign.Campaign
	// EnqueuedAt is the clock of that Redis, kept to the millisecond; tasks of
	// older versions have the producer's.
	EnqueuedAt time.Time
	// Origin is the run_id of the Redis it was enqueued on; empty where the producer
	// may not run INFO.
	Origin string
	// Nonce lets a producer recognise its own task: at most 64 bytes.
	Nonce string
	// EnqueuedBy names the producer, at most actor.MaxLength bytes; empty in tasks of
	// older versions. Authors are all authors of its content, where there are others.
	EnqueuedBy string
	Authors    []string
}

// ownID begins the nonce of a campaign whose id Enqueue chose. An older octoq, which
// reads no further field, takes it for a part of the nonce.
const ownID = "own."

// MarkOwnID notes that Enqueue chose the campaign's id at random, so that no campaign
// had it before.
func (f *First) MarkOwnID() { f.Nonce = ownID + f.Nonce }

// Record is what the campaign's record begins with.
func (f *First) Record() record.Record {
	r := record.New(f.Campaign, f.EnqueuedAt, f.Origin)
	r.OwnID = strings.HasPrefix(f.Nonce, ownID)
	r.TraceID, r.TraceSpan = f.trace()
	r.EnqueuedBy, r.Authors = f.EnqueuedBy, f.Authors
	if len(r.Authors) == 0 {
		r.Authors = record.SoleAuthor(f.EnqueuedBy)
	}
	return r
}

// Letter is what a dead letter carries, for people to read and to edit.
type Letter struct {
	// Campaign's id and account must be the task's.
	Campaign campaign.Campaign
	Failure  campaign.Failure
	// Refused says why the last replay was refused; empty before the first.
	Refused string
	// Unread is the payload of a task that could not be read, as Printable
	// gives it. The campaign is then its id and account alone.
	Unread string
}

// LetterOf is the letter of a dead campaign. Its mark is the record's, which may have
// been set after the failure.
func LetterOf(r record.Record) Letter {
	l := Letter{Campaign: r.Campaign, Unread: r.Unread}
	if r.Failure != nil {
		l.Failure = *r.Failure
	}
	l.Failure.MaybeConfirmed = r.MaybeConfirmed
	return l
}

// FirstStep is the step of the first create.
func FirstStep() record.Step {
	return record.Step{Stage: campaign.StageCreate, Run: 1, Step: 1, Epoch: 0}
}
