package lifecycle

import (
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// A campaign is in doubt when Redis may have forgotten an earlier life of it: the
// only witness is then the API, which remembers a request_id for 24 hours (doc).
const (
	// doubtFor is how long after a change of Redis's run a campaign may still be
	// enqueued again whose forgotten create the API remembers, and an hour for clocks
	// that disagree.
	doubtFor = 25 * time.Hour
	// askFor is how long after a create that may be forgotten the API is still asked
	// with its request_id, an hour less than the API remembers it.
	askFor = 23 * time.Hour
	// skew is how far the clocks of two Redis may be apart that follow each other.
	skew = time.Hour
)

// InDoubt reports whether Redis may have forgotten an earlier life of the campaign.
// The API's next accepted create ends the doubt, and so does an operator's vouch.
func InDoubt(r record.Record, m record.Snapshot) bool { return len(changesInDoubt(r, m)) > 0 }

// TooLateToCreate reports whether a create that Redis may have forgotten could no
// longer be recognised by its request_id, so that creating the campaign might send it
// twice. A run that was begun by force is created at any time, and the birth of a
// ledger alone sets no limit.
func TooLateToCreate(r record.Record, m record.Snapshot) bool {
	last, limited := lastCreate(r, m)
	return limited && !m.Now.Before(last)
}

// lastCreate is the moment from which on it is too late, if there is one.
func lastCreate(r record.Record, m record.Snapshot) (last time.Time, limited bool) {
	if forced(r) {
		return time.Time{}, false
	}
	for _, c := range changesInDoubt(r, m) {
		if c.Birth() {
			continue
		}
		if at := earliestCreate(c, r); !limited || at.Before(last) {
			last, limited = at, true
		}
	}
	if at, asked := firstAsked(r); limited && asked && at.Before(last) {
		last = at
	}
	return last.Add(askFor), limited
}

// forced reports whether the present run was begun by force: a second sending was
// accepted.
func forced(r record.Record) bool { return slices.Contains(r.ForcedRuns, r.Run) }

// changesInDoubt are the changes that put the campaign in doubt. Those up to the run
// under which the API last accepted a create of it count no more: the API knew of no
// earlier one.
func changesInDoubt(r record.Record, m record.Snapshot) []record.RedisChange {
	changes := m.Changes
	if r.AcceptedRunID != "" {
		at := slices.IndexFunc(changes, func(c record.RedisChange) bool { return c.To == r.AcceptedRunID })
		changes = changes[at+1:]
	}
	if r.OwnID {
		changes = changes[lastChangeTo(r.EnqueuedRunID, changes)+1:]
	}
	var list []record.RedisChange
	for _, c := range changes {
		if putsInDoubt(c, r) {
			list = append(list, c)
		}
	}
	return list
}

// lastChangeTo is the place of the last change that led to a run, -1 for none. An id
// that Enqueue chose under that run has no life before it.
func lastChangeTo(run string, changes []record.RedisChange) int {
	for i, c := range slices.Backward(changes) {
		if namesRun(run, c.To, c.From) {
			return i
		}
	}
	return -1
}

// putsInDoubt reports whether a create of the campaign may have been made before the
// change, and forgotten by it. FirstSeen is the latest moment of that create.
func putsInDoubt(c record.RedisChange, r record.Record) bool {
	after := c.FirstSeen.Add(skew)
	sayLittle := r.EnqueuedRunID == "" || sameRun(c.From, c.To) // the origin, of when the id was chosen
	switch {
	case r.OwnID && sayLittle && !r.EnqueuedAt.Before(after):
		return false // the id was chosen after the change
	case existedBefore(c, r) && !r.EnqueuedDue().Before(after):
		return false // it was not due before the change
	}
	return r.EnqueuedAt.Before(c.FirstSeen.Add(doubtFor))
}

// existedBefore reports whether the campaign, as it was enqueued, was there before the
// change already: then a create that the change forgot was its own. One that was
// enqueued again afterwards may have lived before under another date. The origin may be
// the run after the change although no script had seen that yet, so to compare
// EnqueuedAt with FirstSeen would not do.
func existedBefore(c record.RedisChange, r record.Record) bool {
	if c.Birth() || c.From == record.UnknownRun {
		return false
	}
	return namesRun(r.EnqueuedRunID, c.From, c.To) || !r.EnqueuedAt.After(c.LastStamp)
}

// namesRun reports whether a campaign's origin names a run and not the other one.
// Origins name Redis's own run, so where two runs differ by the epoch of the ledger
// alone they say nothing; an origin that the producer could not ask for says nothing
// either.
func namesRun(origin, run, other string) bool {
	own, _, _ := strings.Cut(run, ".")
	return origin != "" && origin == own && !sameRun(run, other)
}

// sameRun reports whether two runs differ by the epoch of the ledger at most.
func sameRun(a, b string) bool {
	a, _, _ = strings.Cut(a, ".")
	b, _, _ = strings.Cut(b, ".")
	return a == b
}

// earliestCreate is the earliest moment of a create that the change may have
// forgotten.
func earliestCreate(c record.RedisChange, r record.Record) time.Time {
	at := c.LastStamp
	if !existedBefore(c, r) {
		return at
	}
	for _, t := range []time.Time{r.EnqueuedAt, r.EnqueuedDue()} {
		if t.After(at) {
			at = t
		}
	}
	return at
}

// firstAsked is when the present request_id was first used. Records of an older octoq
// know the first create of the run instead.
func firstAsked(r record.Record) (at time.Time, asked bool) {
	if !r.AskedAt.IsZero() {
		return r.AskedAt, true
	}
	start, asked := r.Started[campaign.CallCreate]
	return start.At, asked
}

// stillForgotten reports whether what a campaign waits for a vouch for stands: it would
// be created too late, or a later ticket may be forgotten.
func stillForgotten(r record.Record, m record.Snapshot) bool {
	if r.Removal.Doubtful() {
		return InDoubt(r, m)
	}
	return TooLateToCreate(r, m)
}
