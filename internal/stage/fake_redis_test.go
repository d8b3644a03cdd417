package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
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
	runID  string
	runs   int // how many run_ids it has had
	tokens int // how many tokens operators and sweeps have used

	past  []kept // before each of the last writes, oldest first
	depth int    // how many of them are remembered

	// real is the ledger of internal/ledger that answers in this one's place;
	// nil for none.
	real *realLedger

	// trouble is asked once per request: load, commit, put, bury.
	trouble func(op string) trouble
	// meddle is called before a commit is looked at: what happens there has
	// happened between a worker's look and its write.
	meddle func(ch record.Change)
	// wrote is called with each record that was really written.
	wrote func(before *record.Record, after record.Record)
	// planted faults of the ledger, to see that the model finds them
	planted string
}

// kept is what a Redis that forgets may fall back to.
type kept struct {
	records   map[string]record.Record
	expires   map[string]time.Time // when a record goes, for those that do
	tickets   map[string]string    // whose each is, by account and ticket; none is kept for so long that it would expire
	tasks     map[string]task
	meta      meta
	successes int64             // accepted confirms
	creates   int64             // accepted creates
	held      time.Duration     // all past holds
	heldSince time.Time         // of the present hold; zero for none
	dump      map[string]string // what a real ledger has in its Redis
	policy    *budget.AccountPolicy
	spent     map[budget.Counter]budget.Spent
}

// meta is what the ledger knows of Redis itself.
type meta struct {
	known   bool
	runID   string
	stamp   time.Time // last one under runID
	changes []record.RedisChange
	vouched time.Time
	// oneAtATime: the API has answered 126.
	oneAtATime bool
}

func newRedis(c *clock) *fakeRedis {
	return &fakeRedis{
		clock: c, runID: recordtest.RunID, runs: 1,
		kept: kept{
			records: map[string]record.Record{}, expires: map[string]time.Time{}, tasks: map[string]task{},
			tickets: map[string]string{},
		},
	}
}

// moment is what the ledger's scripts say, and what they note of the run_id: that it
// is still the same is noted every 30 seconds.
func (f *fakeRedis) moment() record.Snapshot {
	now := f.clock.Now()
	switch k := &f.meta; {
	case !k.known:
		f.changed(record.RedisChange{To: f.runID, FirstSeen: now})
	case k.runID != f.runID:
		f.changed(record.RedisChange{From: k.runID, To: f.runID, FirstSeen: now, LastStamp: k.stamp})
	case now.Sub(k.stamp) >= 30*time.Second:
		k.stamp = now
	}
	held := f.held
	if !f.heldSince.IsZero() {
		held += now.Sub(f.heldSince)
	}
	return record.Snapshot{
		Now: now, RunID: f.runID, Changes: f.meta.changes, VouchedAt: f.meta.vouched,
		Held: held, OneAtATime: f.meta.oneAtATime, Successes: f.successes, Creates: f.creates,
	}
}

// servedBefore makes the account's ledger one that has been there for long.
func (f *fakeRedis) servedBefore(account string) {
	if f.real != nil {
		f.vouch(account)
		return
	}
	f.meta = meta{known: true, runID: f.runID, stamp: f.clock.Now()}
}

// changed notes a change of the run_id. Eight are kept, the oldest two as one.
func (f *fakeRedis) changed(c record.RedisChange) {
	list := append(slices.Clone(f.meta.changes), c)
	if len(list) > 8 {
		one, next := list[0], list[1]
		if one.Birth() {
			one.From, one.LastStamp = record.UnknownRun, next.LastStamp
		}
		one.To, one.FirstSeen = next.To, next.FirstSeen
		list = append([]record.RedisChange{one}, list[2:]...)
	}
	f.meta.known, f.meta.runID, f.meta.stamp, f.meta.changes = true, f.runID, f.clock.Now(), list
}

// vouch is an operator's word that nothing was forgotten.
func (f *fakeRedis) vouch(account string) {
	f.writing()
	if f.real != nil {
		f.real.vouch(f.clock.Now(), f.runID, account)
	}
	f.moment()
	f.meta.changes, f.meta.vouched = nil, f.clock.Now()
}

// letExpire is the Store's Expire.
func (f *fakeRedis) letExpire(key string) {
	r, there := f.records[key]
	if _, ends := f.expires[key]; !there || ends || r.State != campaign.StateCancelled {
		return
	}
	f.writing()
	f.expires[key] = f.clock.Now().Add(retention)
	if f.real != nil {
		f.real.letExpire(r.Account(), r.ID())
	}
}

// lose takes everything.
func (f *fakeRedis) lose() {
	empty := newRedis(f.clock)
	f.kept = empty.kept
	if f.real != nil {
		f.dump = map[string]string{}
		f.real.restore(f.dump)
	}
	f.forget(0)
}

// token is a new token of an operator or a sweep.
func (f *fakeRedis) token(who string) string {
	f.tokens++
	return fmt.Sprintf("%s-%d", who, f.tokens)
}

// forget takes back the last n writes, as a Redis does that crashed before
// they were on disk, and comes up under another run_id.
func (f *fakeRedis) forget(n int) {
	if n = min(n, len(f.past)); n > 0 {
		f.kept = f.past[len(f.past)-n]
		if f.real != nil {
			f.real.restore(f.dump)
		}
	}
	f.past = nil
	f.runs++
	f.runID = fmt.Sprintf("%016x", f.runs)
}

// writing notes what there was before a write that follows.
func (f *fakeRedis) writing() { f.remember(f.now()) }

// now is all that there is.
func (f *fakeRedis) now() kept {
	if f.depth == 0 {
		return kept{}
	}
	k := f.kept
	k.records, k.expires, k.tasks = maps.Clone(f.records), maps.Clone(f.expires), maps.Clone(f.tasks)
	k.tickets, k.spent = maps.Clone(f.tickets), maps.Clone(f.spent)
	if f.real != nil {
		k.dump = f.real.dump()
	}
	return k
}

// remember keeps what there was before a write.
func (f *fakeRedis) remember(k kept) {
	if f.depth == 0 {
		return
	}
	if len(f.past) == f.depth {
		f.past = f.past[1:]
	}
	f.past = append(f.past, k)
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

func (f *fakeRedis) Load(ctx context.Context, account, id string) (rec record.Record, m record.Snapshot, err error) {
	var ok bool
	if err := f.request(ctx, "load", func() { rec, ok, m = f.read(account, id) }); err != nil {
		return record.Record{}, record.Snapshot{}, fmt.Errorf("load: %w", err)
	}
	if !ok {
		return record.Record{}, m, fmt.Errorf("load: %w", campaign.ErrNotFound)
	}
	return rec, m, nil
}

// LoadAll is Load of many, as the sweep asks for them.
func (f *fakeRedis) LoadAll(ctx context.Context, account string, ids []string) (all record.Loaded, err error) {
	err = f.request(ctx, "load", func() {
		all.Records = nil
		for _, id := range ids {
			r, ok, at := f.read(account, id)
			if all.At = at; ok {
				all.Records = append(all.Records, r)
			}
		}
	})
	return all, err
}

// read is a load that nothing happens to.
func (f *fakeRedis) read(account, id string) (record.Record, bool, record.Snapshot) {
	f.expire()
	if f.real != nil {
		return f.readReal(account, id)
	}
	rec, ok := f.records[account+"/"+id]
	m := f.moment()
	m.Policy = f.standing(rec, ok)
	return copied(rec), ok, m
}

// expire drops the records whose time has come.
func (f *fakeRedis) expire() {
	for key, at := range f.expires {
		if !f.clock.Now().Before(at) {
			delete(f.records, key)
			delete(f.expires, key)
			if f.real != nil {
				f.real.remove(key)
			}
		}
	}
}

func (f *fakeRedis) Commit(ctx context.Context, ch record.Change) (v record.CommitResult, m record.Snapshot, err error) {
	return f.ask(ctx, ch, f.commit)
}

// ask carries out the request of a commit.
func (f *fakeRedis) ask(ctx context.Context, ch record.Change, write func(record.Change) (record.CommitResult, record.Snapshot, error)) (v record.CommitResult, m record.Snapshot, err error) {
	if f.meddle != nil {
		f.meddle(ch)
	}
	if err := check(ch); err != nil {
		return "", record.Snapshot{}, err
	}
	var refused error
	err = f.request(ctx, "commit", func() { v, m, refused = write(ch) })
	if err == nil {
		err = refused
	}
	if err != nil {
		return "", record.Snapshot{}, fmt.Errorf("commit: %w", err)
	}
	return v, m, nil
}

// check refuses what the real ledger refuses: nothing that the stages decide
// may ever come to that.
func check(ch record.Change) error {
	from, held := campaign.StateQueued, ""
	if b := ch.Before; b != nil {
		from = b.State
		if b.Claim != nil {
			held = b.Claim.Token
		}
	}
	switch taken := ch.After.Claim; {
	case !record.CanMove(from, ch.After.State):
		return fmt.Errorf("%w: %s to %s is no legal transition", errContract, from, ch.After.State)
	case ch.Token == "":
		return fmt.Errorf("%w: a write without a token", errContract)
	case taken != nil && taken.Token != held && taken.Token == ch.Token:
		return fmt.Errorf("%w: a claim's own token takes it", errContract)
	case ch.Kind == record.ChangeSettle && ch.Token != held:
		return fmt.Errorf("%w: a settle without its claim's token", errContract)
	}
	return nil
}

// commit is a commit that nothing happens to.
func (f *fakeRedis) commit(ch record.Change) (record.CommitResult, record.Snapshot, error) {
	f.expire()
	if f.real != nil {
		return f.commitReal(ch, func(ctx context.Context, s *ledger.Store) (record.CommitResult, record.Snapshot, error) {
			return s.Commit(ctx, ch)
		})
	}
	past := f.now()
	m := f.momentOf(ch)
	v, err := f.write(ch, past)
	return v, m, err
}

// momentOf is the snapshot that a commit returns: a whole one with a claim, else the
// time alone.
func (f *fakeRedis) momentOf(ch record.Change) record.Snapshot {
	claim, held := ch.After.Claim, ""
	if b := ch.Before; b != nil && b.Claim != nil {
		held = b.Claim.Token
	}
	if claim != nil && claim.Token != held {
		m := f.moment()
		m.Policy = f.carried(ch)
		return m
	}
	return record.Snapshot{Now: f.clock.Now(), RunID: f.runID}
}

// write is the compare-and-set that campaign.Change describes; past is what
// there was before.
func (f *fakeRedis) write(ch record.Change, past kept) (record.CommitResult, error) {
	key := ch.After.Account() + "/" + ch.After.ID()
	cur, exists := f.records[key]
	if exists && (slices.Contains(cur.Applied, ch.Token) || cur.LastToken == ch.Token) {
		return record.CommitApplied, nil
	}
	if v := f.stands(ch, cur, exists); v != record.CommitApplied {
		return v, nil
	}
	if err := f.taken(ch, cur); err != nil {
		return "", err
	}
	f.remember(past)
	after := copied(ch.After)
	after.Revision, after.LastToken, after.UpdatedAt = cur.Revision+1, ch.Token, f.clock.Now()
	after.Applied, after.Timeline = slices.Clone(cur.Applied), f.timeline(cur, ch)
	if exists && after.Run != cur.Run {
		after.Applied = nil
	}
	if ch.Kind != record.ChangePoll {
		after.Applied = append(after.Applied, ch.Token)
	}
	f.book(ch)
	if ch.Counts.ConfirmAccepted {
		f.successes++
	}
	if ch.Counts.CreateAccepted {
		f.creates++
	}
	f.meta.oneAtATime = f.meta.oneAtATime || ch.OneAtATime
	f.spoil(ch, &after)
	f.store(key, after, lasts(after))
	return record.CommitApplied, nil
}

// store puts a record in the place of the one before, for a while or for good.
func (f *fakeRedis) store(key string, after record.Record, ttl time.Duration) {
	var before *record.Record
	if cur, exists := f.records[key]; exists {
		before = &cur
	}
	f.records[key] = after
	for _, ticket := range ticketsOf(after) {
		if name := after.Account() + "/" + ticket; f.tickets[name] == "" {
			f.tickets[name] = after.ID()
		}
	}
	if ttl > 0 {
		f.expires[key] = f.clock.Now().Add(ttl)
	} else if before == nil || lasts(*before) > 0 { // else the ledger leaves it as it is
		delete(f.expires, key)
	}
	if f.wrote != nil {
		f.wrote(before, copied(after))
	}
}

// timeline is a record's timeline with a change's entries.
func (f *fakeRedis) timeline(cur record.Record, ch record.Change) []campaign.Entry {
	list := slices.Clone(cur.Timeline)
	for _, e := range ch.Entries {
		if e.At.IsZero() {
			e.At = f.clock.Now()
		}
		list = append(list, e)
	}
	return list
}

// retention is how long records of campaigns that ended are kept.
const retention = 90 * 24 * time.Hour

// lasts is how long a record is kept after a write; 0 is for good.
func lasts(r record.Record) time.Duration {
	switch {
	case r.State == campaign.StateCancelled && r.Run == 1 && len(r.Started) == 0: // see letExpire
		return 0
	case r.State == campaign.StateDead, r.State == campaign.StatePurged && r.MaybeConfirmed, !r.State.Final():
		return 0
	case r.State == campaign.StatePurged:
		return 24 * time.Hour
	default:
		return retention
	}
}

// stands says whether the record is the one that a change was decided on.
func (f *fakeRedis) stands(ch record.Change, cur record.Record, exists bool) record.CommitResult {
	claimed := exists && cur.Claim != nil && cur.Claim.Token == ch.Token
	switch {
	case f.planted == "settle without a look at the claim" && ch.Kind == record.ChangeSettle && exists:
		return record.CommitApplied
	case ch.RunID != f.runID, exists != (ch.Before != nil), exists && !same(*ch.Before, cur):
		return record.CommitStale
	case ch.Kind == record.ChangeSettle && !claimed:
		return record.CommitStale
	case ch.Kind == record.ChangeSettle && f.clock.Now().After(cur.Claim.Deadline):
		return record.CommitExpired
	case !f.withinPolicy(ch):
		return record.CommitStale
	}
	return record.CommitApplied
}

// same compares what the ledger compares: two histories of a campaign may come to the
// same revision.
func same(a, b record.Record) bool { return a.Revision == b.Revision && a.LastToken == b.LastToken }

// spoil falsifies a write, to see that the model finds such faults of the
// decisions.
func (f *fakeRedis) spoil(ch record.Change, after *record.Record) {
	takeover := ch.Before != nil && ch.Before.Claim != nil && after.Claim == nil && ch.Kind != record.ChangeSettle
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
func copied(r record.Record) record.Record {
	r.Started = maps.Clone(r.Started)
	r.Applied, r.Orphans, r.LostRequests = slices.Clone(r.Applied), slices.Clone(r.Orphans), slices.Clone(r.LostRequests)
	r.Reserved, r.FullBudgets, r.Beyond = slices.Clone(r.Reserved), slices.Clone(r.FullBudgets), slices.Clone(r.Beyond)
	r.ForcedRuns, r.Timeline = slices.Clone(r.ForcedRuns), slices.Clone(r.Timeline)
	if r.Claim != nil {
		c := *r.Claim
		r.Claim = &c
	}
	return r
}
