package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// errRedis is the error of a Redis that did not answer.
var errRedis = errors.New("redis: i/o timeout")

// errContract is the error of a change that no ledger could ever write.
var errContract = errors.New("broken contract")

// trouble is what happens to one request to Redis.
type trouble int

const (
	noTrouble   trouble = iota
	lostRequest         // not carried out, and no answer
	lostReply           // carried out, and no answer
	repeated            // carried out, and sent again because the reply was lost
)

// clock is a clock that tests set.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time          { return c.now }
func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

// fakeRedis is one Redis in memory: the ledger of internal/ledger as
// campaign.Change documents it, and the queues, which fall back together when
// it forgets. It is not safe for concurrent use; interleavings are made by
// hooks and cuts.
type fakeRedis struct {
	clock *clock
	kept
	runID             string
	since, last, prev time.Time            // of run_id: first and last sight, last sight of the one before
	seen              map[string]time.Time // last sight of each earlier run_id
	runs              int
	successes         int64
	held              time.Duration

	past  []kept // before each of the last writes, oldest first
	depth int    // how many of them are remembered

	// trouble is asked once per request: load, commit, put, bury.
	trouble func(op string) trouble
	// meddle is called before a commit is looked at: what happens there has
	// happened between a worker's look and its write.
	meddle func(ch campaign.Change)
	// wrote is told of each record that was really written.
	wrote func(before *campaign.Record, after campaign.Record)
	// planted faults of the ledger, to see that the model finds them
	planted string
}

// kept is what a Redis that forgets may fall back to.
type kept struct {
	records map[string]campaign.Record
	latest  map[string]string // token of the latest write, by id
	tasks   map[string]task
}

func newRedis(c *clock) *fakeRedis {
	return &fakeRedis{
		clock: c, runID: redisA, runs: 1,
		kept: kept{records: map[string]campaign.Record{}, latest: map[string]string{}, tasks: map[string]task{}},
	}
}

func (f *fakeRedis) moment() campaign.Moment {
	now := f.clock.Now()
	if f.since.IsZero() {
		f.prev, f.since = f.last, now
	}
	f.last = now
	return campaign.Moment{
		Now: now, RunID: f.runID, Since: f.since, Before: f.prev,
		Held: f.held, Successes: f.successes, Seen: maps.Clone(f.seen),
	}
}

// forget takes back the last n writes, as a Redis does that crashed before
// they were on disk, and comes up under another run_id.
func (f *fakeRedis) forget(n int) {
	if n = min(n, len(f.past)); n > 0 {
		f.kept = f.past[len(f.past)-n]
	}
	f.past = nil
	if f.seen == nil {
		f.seen = map[string]time.Time{}
	}
	if !f.since.IsZero() {
		f.seen[f.runID] = f.last
	}
	f.runs++
	f.runID, f.since = fmt.Sprintf("redis-%d", f.runs), time.Time{}
}

// writing notes what there was before a write.
func (f *fakeRedis) writing() {
	if f.depth == 0 {
		return
	}
	if len(f.past) == f.depth {
		f.past = f.past[1:]
	}
	f.past = append(f.past, kept{maps.Clone(f.records), maps.Clone(f.latest), maps.Clone(f.tasks)})
}

func (f *fakeRedis) troubled(op string) trouble {
	if f.trouble == nil {
		return noTrouble
	}
	return f.trouble(op)
}

// request carries out one request as its trouble will have it.
func (f *fakeRedis) request(ctx context.Context, op string, do func()) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch f.troubled(op) {
	case lostRequest:
		return errRedis
	case lostReply:
		do()
		return errRedis
	case repeated:
		do()
	case noTrouble:
	}
	do()
	return nil
}

func (f *fakeRedis) Load(ctx context.Context, account, id string) (rec campaign.Record, m campaign.Moment, err error) {
	var ok bool
	if err := f.request(ctx, "load", func() { rec, ok = f.records[account+"/"+id]; m = f.moment() }); err != nil {
		return campaign.Record{}, campaign.Moment{}, fmt.Errorf("load: %w", err)
	}
	if !ok {
		return campaign.Record{}, m, fmt.Errorf("load: %w", campaign.ErrNotFound)
	}
	return copied(rec), m, nil
}

func (f *fakeRedis) Commit(ctx context.Context, ch campaign.Change) (v campaign.Verdict, m campaign.Moment, err error) {
	if f.meddle != nil {
		f.meddle(ch)
	}
	if err := check(ch); err != nil {
		return "", campaign.Moment{}, err
	}
	err = f.request(ctx, "commit", func() { m = f.moment(); v = f.write(ch) })
	if err != nil {
		return "", campaign.Moment{}, fmt.Errorf("commit: %w", err)
	}
	return v, m, nil
}

// check refuses what the real ledger refuses: nothing that the stages decide
// may ever come to that.
func check(ch campaign.Change) error {
	from, held := campaign.StateQueued, ""
	if b := ch.Before; b != nil {
		from = b.State
		if b.Claim != nil {
			held = b.Claim.Token
		}
	}
	switch taken := ch.After.Claim; {
	case !campaign.CanMove(from, ch.After.State):
		return fmt.Errorf("%w: %s to %s is no legal transition", errContract, from, ch.After.State)
	case ch.Token == "":
		return fmt.Errorf("%w: a write without a token", errContract)
	case taken != nil && taken.Token != held && taken.Token == ch.Token:
		return fmt.Errorf("%w: a claim's own token takes it", errContract)
	case ch.Settle && ch.Token != held:
		return fmt.Errorf("%w: a settle without its claim's token", errContract)
	}
	return nil
}

// write is the compare-and-set that campaign.Change describes.
func (f *fakeRedis) write(ch campaign.Change) campaign.Verdict {
	key := ch.After.Account() + "/" + ch.After.ID()
	cur, exists := f.records[key]
	if exists && (slices.Contains(cur.Applied, ch.Token) || f.latest[key] == ch.Token) {
		return campaign.VerdictApplied
	}
	if v := f.stands(ch, cur, exists); v != campaign.VerdictApplied {
		return v
	}
	f.writing()
	after := copied(ch.After)
	after.Revision, after.UpdatedAt = cur.Revision+1, f.clock.Now()
	after.Applied, after.Timeline = slices.Clone(cur.Applied), append(slices.Clone(cur.Timeline), ch.Entries...)
	if exists && after.Run != cur.Run {
		after.Applied = nil
	}
	if !ch.Poll {
		after.Applied = append(after.Applied, ch.Token)
	}
	if ch.Success {
		f.successes++
	}
	f.spoil(ch, &after)
	f.records[key], f.latest[key] = after, ch.Token
	if f.wrote != nil {
		var before *campaign.Record
		if exists {
			before = &cur
		}
		f.wrote(before, copied(after))
	}
	return campaign.VerdictApplied
}

// stands says whether the record is the one that a change was decided on.
func (f *fakeRedis) stands(ch campaign.Change, cur campaign.Record, exists bool) campaign.Verdict {
	claimed := exists && cur.Claim != nil && cur.Claim.Token == ch.Token
	switch {
	case f.planted == "settle without a look at the claim" && ch.Settle && exists:
		return campaign.VerdictApplied
	case ch.RunID != f.runID, exists != (ch.Before != nil), exists && !same(*ch.Before, cur):
		return campaign.VerdictStale
	case ch.Settle && !claimed:
		return campaign.VerdictStale
	case ch.Settle && f.clock.Now().After(cur.Claim.Deadline):
		return campaign.VerdictExpired
	}
	return campaign.VerdictApplied
}

// same compares what the ledger compares: a revision alone does not tell two
// histories of a campaign apart.
func same(a, b campaign.Record) bool {
	type facts struct {
		state                                                                campaign.State
		revision                                                             int64
		run, try, step, epoch                                                int
		ticket, claim                                                        string
		unanswered, confirmTried, maybeConfirmed, approved, cancelled, force bool
	}
	of := func(r campaign.Record) facts {
		claim := ""
		if r.Claim != nil {
			claim = r.Claim.Token
		}
		return facts{
			r.State, r.Revision, r.Run, r.Try, r.Step, r.Epoch, r.Ticket, claim,
			r.Unanswered, r.ConfirmTried, r.MaybeConfirmed, r.Approved, r.CancelRequested, r.Forced,
		}
	}
	return of(a) == of(b)
}

// spoil falsifies a write, to see that the model finds such faults of the
// decisions.
func (f *fakeRedis) spoil(ch campaign.Change, after *campaign.Record) {
	takeover := ch.Before != nil && ch.Before.Claim != nil && after.Claim == nil && !ch.Settle
	switch {
	case f.planted == "unanswered confirm forgotten at take-over" && takeover && ch.Before.Claim.Call == campaign.CallConfirm:
		after.ConfirmTried, after.MaybeConfirmed = ch.Before.ConfirmTried, ch.Before.MaybeConfirmed
	case f.planted == "unanswered create forgotten at take-over" && takeover && ch.Before.Claim.Call == campaign.CallCreate:
		after.Unanswered = ch.Before.Unanswered
	case f.planted == "mark wiped by a replay" && ch.Before != nil && after.Run != ch.Before.Run:
		after.MaybeConfirmed = false
	case f.planted == "maybe_confirmed is not sticky" && after.State == campaign.StateDead:
		after.MaybeConfirmed = false
	case f.planted == "own ticket among the orphans" && after.State == campaign.StateComputing && after.Ticket != "" && len(after.Orphans) == 0:
		after.Orphans = []campaign.Orphan{{Ticket: after.Ticket}}
	}
}

// copied is a record that shares nothing with another.
func copied(r campaign.Record) campaign.Record {
	r.Started = maps.Clone(r.Started)
	r.Applied, r.Orphans, r.LostRequests = slices.Clone(r.Applied), slices.Clone(r.Orphans), slices.Clone(r.LostRequests)
	r.ForcedRuns, r.Timeline = slices.Clone(r.ForcedRuns), slices.Clone(r.Timeline)
	if r.Claim != nil {
		c := *r.Claim
		r.Claim = &c
	}
	return r
}

// task is one wake-up in a queue.
type task struct {
	key    string
	step   campaign.Step
	first  *campaign.Record   // of a first create
	letter *campaign.Campaign // of a dead letter
	active bool
	at     time.Time // due; zero for at once
}

// never is when a dead letter is due by itself.
func never() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

func keyOf(s campaign.Step) string {
	return fmt.Sprintf("%s/%d.%d.%d", s.Stage, s.Run, s.Step, s.Epoch)
}

// firstKey is the task of a campaign that has no record yet.
const firstKey = "create/first"

func (f *fakeRedis) Put(ctx context.Context, _, _ string, step campaign.Step, at time.Time) error {
	return f.request(ctx, "put", func() { f.add(task{key: keyOf(step), step: step, at: at}) })
}

func (f *fakeRedis) Bury(ctx context.Context, r campaign.Record, _ string) error {
	c := r.Campaign
	return f.request(ctx, "bury", func() { f.add(task{key: keyOf(r.Next()), step: r.Next(), letter: &c, at: never()}) })
}

// add queues a task; one that is there already, active or not, stays as it is.
func (f *fakeRedis) add(t task) {
	if _, there := f.tasks[t.key]; !there {
		f.writing()
		f.tasks[t.key] = t
	}
}

// enqueue is a producer's: it asks the ledger, then queues the first create.
func (f *fakeRedis) enqueue(c campaign.Campaign) {
	r := campaign.NewRecord(c, f.clock.Now(), f.runID)
	if _, known := f.records[c.Account+"/"+c.ID]; known {
		return
	}
	f.add(task{key: firstKey, step: r.Next(), first: &r})
}

// due lists the tasks that may be taken now, in the order of their keys.
func (f *fakeRedis) due() []task {
	var list []task
	for _, key := range slices.Sorted(maps.Keys(f.tasks)) {
		if t := f.tasks[key]; !t.active && !t.at.After(f.clock.Now()) {
			list = append(list, t)
		}
	}
	return list
}

// soonest is when the next scheduled task is due; letters aside.
func (f *fakeRedis) soonest() (time.Time, bool) {
	var at time.Time
	found := false
	for _, t := range f.tasks {
		if !t.active && t.at.Before(never()) && (!found || t.at.Before(at)) {
			at, found = t.at, true
		}
	}
	return at, found
}

func (f *fakeRedis) take(t task) {
	t.active = true
	f.tasks[t.key] = t
}

// finish acknowledges a task by its id alone, as asynq does, but not under
// another run_id than it was taken under.
func (f *fakeRedis) finish(t task, res Result, takenOn string) {
	cur, there := f.tasks[t.key]
	if !there || !cur.active || takenOn != f.runID {
		return
	}
	f.writing()
	if res.Done {
		delete(f.tasks, t.key)
		return
	}
	cur.active, cur.at = false, res.At
	f.tasks[t.key] = cur
}
