package stage

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// realLedger is the ledger of internal/ledger, with its scripts, on a
// redis-server whose clock and run_id the world sets.
type realLedger struct {
	rdb   *redis.Client
	store *ledger.Store
	// world is the clock and the run_id that scripts see.
	world map[string]string
	// kept is what Redis has, as long as nothing is asked of it; nil if not known.
	kept map[string]string
	// broken is called with what no ledger may do.
	broken func(format string, args ...any)
	// compare holds each answer against the fake ledger's, which goes along.
	compare bool
}

// openReal starts a redis-server for plays that follow each other.
func openReal(t *testing.T) *redis.Client {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: redistest.Start(t).Addr, PoolSize: 1})
	rdb.AddHook(settable{by: map[string]string{}})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// onReal has a world's records kept by the real ledger, from an empty Redis on.
func onReal(t *testing.T, rdb *redis.Client, compare bool) func(*world) {
	t.Helper()
	if err := rdb.FlushDB(t.Context()).Err(); err != nil {
		t.Fatalf("empty Redis: %v", err)
	}
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatalf("new ledger: %v", err)
	}
	return func(w *world) {
		w.redis.real = &realLedger{rdb: rdb, store: store, broken: w.violate, compare: compare}
	}
}

// settable begins every script with lines that let it see the world's clock
// and run_id instead of the server's.
type settable struct {
	by map[string]string // from a script's hash to that of the script begun so
}

// TIME and INFO are all that the ledger's scripts ask about the server.
const settableLua = `
local redis = (function(real)
  local world = real.call('HMGET', 'world', 'seconds', 'micros', 'run_id')
  local function answer(command, section)
    if command == 'TIME' then return { world[1], world[2] } end
    if command == 'INFO' and section == 'server' then return 'run_id:' .. string.sub(world[3], 1, 8) end
    if command == 'INFO' then return 'master_replid:' .. string.sub(world[3], 9) end
  end
  return setmetatable({
    call = function(command, ...) return answer(command, ...) or real.call(command, ...) end,
    pcall = function(command, ...) return answer(command, ...) or real.pcall(command, ...) end,
  }, { __index = real })
end)(redis)
`

// hashOf is how Redis names scripts.
func hashOf(script string) string {
	sum := sha1.Sum([]byte(script))
	return hex.EncodeToString(sum[:])
}

func (s settable) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (s settable) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.begin(cmd)
		return next(ctx, cmd)
	}
}

func (s settable) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			s.begin(cmd)
		}
		return next(ctx, cmds)
	}
}

// begin puts the lines in front of a script.
func (s settable) begin(cmd redis.Cmder) {
	switch args := cmd.Args(); cmd.Name() {
	case "eval":
		text, _ := args[1].(string)
		s.by[hashOf(text)] = hashOf(settableLua + text)
		args[1] = settableLua + text
	case "evalsha":
		hash, _ := args[1].(string)
		if other, known := s.by[hash]; known {
			args[1] = other
		}
	}
}

// setWorld sets the clock and run_id that scripts see.
func (l *realLedger) setWorld(ctx context.Context, now time.Time, runID string) {
	world := map[string]string{
		"seconds": fmt.Sprint(now.Unix()), "micros": fmt.Sprint(now.Nanosecond() / 1000), "run_id": runID,
	}
	if cmp.Equal(world, l.world) {
		return
	}
	l.check("set the time", l.rdb.HSet(ctx, "world", world).Err())
	l.world = world
}

func (l *realLedger) check(what string, err error) {
	if err != nil {
		l.broken("%s: %v", what, err)
	}
}

// dump is all that the ledger has, as Redis's own copies of its keys.
func (l *realLedger) dump() map[string]string {
	if l.kept != nil {
		return l.kept
	}
	const all = `local kept = {}
		for _, k in ipairs(redis.call('KEYS', 'octoq:*')) do kept[#kept + 1], kept[#kept + 2] = k, redis.call('DUMP', k) end
		return kept`
	pairs, err := redis.NewScript(all).Run(context.Background(), l.rdb, nil).StringSlice()
	l.check("copy all keys", err)
	l.kept = map[string]string{}
	for i := 1; i < len(pairs); i += 2 {
		l.kept[pairs[i-1]] = pairs[i]
	}
	return l.kept
}

// restore puts a copy in the place of what there is.
func (l *realLedger) restore(kept map[string]string) {
	ctx := context.Background()
	pipe := l.rdb.TxPipeline()
	pipe.FlushDB(ctx)
	for k, v := range kept {
		pipe.Restore(ctx, k, 0, v)
	}
	_, err := pipe.Exec(ctx)
	l.check("restore all keys", err)
	l.kept, l.world = kept, nil
}

// remove is what expiry does, whose time is the world's.
func (l *realLedger) remove(record string) {
	account, id, _ := strings.Cut(record, "/")
	l.check("expire", l.rdb.Del(context.Background(), key.Record(account, id), key.Log(account, id)).Err())
	l.kept = nil
}

// hold begins a hold of the account, or adds one to those that are over.
func (l *realLedger) hold(account string, since time.Time, past time.Duration) {
	ctx := context.Background()
	pipe := l.rdb.TxPipeline()
	pipe.Del(ctx, key.Hold(account))
	if !since.IsZero() {
		pipe.HSet(ctx, key.Hold(account), "since", since.UnixMilli())
	}
	pipe.Set(ctx, key.Held(account), past.Milliseconds(), 0)
	_, err := pipe.Exec(ctx)
	l.check("hold", err)
	l.kept = nil
}

// load is the Store's Load.
func (l *realLedger) load(now time.Time, runID, account, id string) (record.Record, bool, record.Snapshot) {
	ctx := context.Background()
	l.setWorld(ctx, now, runID)
	l.kept = nil
	r, m, err := l.store.Load(ctx, account, id)
	if errors.Is(err, campaign.ErrNotFound) {
		return r, false, m
	}
	l.check("load", err)
	return r, true, m
}

// letExpire is the Store's Expire.
func (l *realLedger) letExpire(account, id string) {
	l.kept = nil
	l.check("let it expire", l.store.Expire(context.Background(), account, id))
}

// vouch is the Store's Vouch.
func (l *realLedger) vouch(now time.Time, runID, account string) {
	ctx := context.Background()
	l.setWorld(ctx, now, runID)
	l.kept = nil
	_, err := l.store.Vouch(ctx, account, "ann", "nothing was forgotten")
	l.check("vouch", err)
}

// writing is how a test writes to a Store: by Commit, mostly.
type writing func(context.Context, *ledger.Store) (record.CommitResult, record.Snapshot, error)

func (l *realLedger) commit(now time.Time, runID string, do writing) (record.CommitResult, record.Snapshot, error) {
	ctx := context.Background()
	l.setWorld(ctx, now, runID)
	l.kept = nil
	v, m, err := do(ctx, l.store)
	if taken, ok := errors.AsType[*record.TicketError](err); ok {
		return v, m, taken
	}
	l.check("commit", err)
	return v, m, nil
}

// lead has a ticket lead to a campaign.
func (l *realLedger) lead(account, ticket, id string) {
	l.check("lead", l.rdb.Set(context.Background(), key.Ticket(account, ticket), id, 0).Err())
	l.kept = nil
}

// get is the record with its timeline, and how long it is kept; looking leaves
// no trace.
func (l *realLedger) get(account, id string) (record.Record, bool, time.Duration) {
	ctx := context.Background()
	r, err := l.store.Get(ctx, account, id)
	if errors.Is(err, campaign.ErrNotFound) {
		return r, false, 0
	}
	l.check("get", err)
	if !r.State.Final() {
		return r, true, 0
	}
	left, err := l.rdb.PTTL(ctx, key.Record(account, id)).Result()
	l.check("ask for the expiry", err)
	return r, true, max(0, left.Round(time.Minute))
}

// same compares an answer of the real ledger with the fake one's.
func (l *realLedger) same(what string, fake, got any) {
	if !l.compare || reflect.DeepEqual(fake, got) { // cmp is slow
		return
	}
	if diff := cmp.Diff(fake, got, cmpopts.EquateEmpty()); diff != "" {
		l.broken("the real ledger differs from the fake one in %s (-fake +real):\n%s", what, diff)
	}
}

// readReal is read from the real ledger.
func (f *fakeRedis) readReal(account, id string) (record.Record, bool, record.Snapshot) {
	rec, ok, m := f.real.load(f.clock.Now(), f.runID, account, id)
	fake, there := f.records[account+"/"+id]
	fake.Timeline = nil // Load leaves it out
	f.real.same("a load", fake, rec)
	f.real.same("whether there is a record", there, ok)
	moment := f.moment()
	moment.Policy = f.standing(fake, there)
	f.real.same("the moment of a load", moment, m)
	return rec, ok, m
}

// commitReal is commit to the real ledger. The fake one goes along when the
// two are compared, and follows otherwise.
func (f *fakeRedis) commitReal(ch record.Change, do writing) (record.CommitResult, record.Snapshot, error) {
	account, id := ch.After.Account(), ch.After.ID()
	name, past := account+"/"+id, f.now()
	before := f.records[name].Revision
	var fake record.CommitResult
	var refused error
	moment := f.momentOf(ch)
	if f.real.compare {
		fake, refused = f.write(ch, past)
	}
	v, m, err := f.real.commit(f.clock.Now(), f.runID, do)
	rec, ok, ttl := f.real.get(account, id)
	switch {
	case f.real.compare:
		f.real.same("the verdict", fake, v)
		f.real.same("the refusal of a commit", refused, err)
		f.real.same("the moment of a commit", moment, m)
		f.real.same("the record after a commit", f.records[name], rec)
		if rec.Revision != before {
			want := lasts(rec)
			if _, ends := f.expires[name]; ends && want == 0 {
				want = retention // it was let go before
			}
			f.real.same("how long it is kept", want, ttl)
		}
	case ok && rec.Revision != before:
		f.remember(past)
		f.book(ch)
		f.store(name, rec, ttl)
	}
	return v, m, err
}
