package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// TestLedger holds every backend to the same behaviour.
func TestLedger(t *testing.T) {
	t.Parallel()
	for _, be := range backends() {
		t.Run(be.name, func(t *testing.T) {
			t.Parallel()
			rdb := be.open(t)
			for _, cases := range []suite{commitSuite(), readSuite(), choreSuite(), orphanSuite(), ticketSuite(), enqueuedSuite(), policySuite()} {
				for name, run := range cases {
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						run(t, newBench(t, rdb), be)
					})
				}
			}
		})
	}
}

type suite = map[string]func(*testing.T, *bench, backend)

func commitSuite() suite {
	return suite{
		"first write and load":              testFirstWrite,
		"applied write may be continued":    testContinue,
		"a repeated write changes nothing":  testRepeat,
		"what follows a write":              testThen,
		"what follows a write stops":        testThenFails,
		"a repeat after other writes":       testRepeatLater,
		"only the last poll is remembered":  testPoll,
		"stale":                             testStale,
		"another history, same revision":    testHistories,
		"another run_id is stale":           testRunID,
		"settle in time and too late":       testSettle,
		"a replay forgets applied tokens":   testReplay,
		"fields are removed":                testRemoved,
		"programming errors write nothing":  testRefused,
		"unknown version is never guessed":  testVersion,
		"successes":                         testSuccesses,
		"timeline":                          testTimeline,
		"timeline is capped in the middle":  testTimelineCap,
		"retention":                         testRetention,
		"scripts run by their hash":         testScripts,
		"held":                              testHeld,
		"invalid names":                     testNames,
		"accounts":                          testAccounts,
		"many changes of the run":           testManyChanges,
		"what an older octoq has left":      testOldMeta,
		"a vouch":                           testVouch,
		"load of many":                      testLoadAll,
		"an id whose record expired begins": testExpiredID,
	}
}

func testFirstWrite(t *testing.T, b *bench, be backend) {
	_, m, err := b.Load(b.ctx(), b.account, "a")
	if !errors.Is(err, campaign.ErrNotFound) {
		t.Fatalf("load of nothing: got %v, want %v", err, campaign.ErrNotFound)
	}
	if m.Now.IsZero() || len(m.Changes) != 1 || !m.Changes[0].Birth() {
		t.Errorf("moment of a new ledger: got %+v, want now and its birth", m)
	}
	if len(m.RunID) != 16 {
		t.Errorf("got run_id %q on %s", m.RunID, be.name)
	}
	want := b.fresh("a")
	want.State = campaign.StateCreating
	want.Claim = &campaign.Claim{Token: "mine", Call: campaign.CallCreate, Deadline: m.Now.Add(time.Minute), RunID: m.RunID}
	ch := b.change(nil, want)
	written := b.commit(ch, record.CommitApplied)

	got, _ := b.load("a")
	want.Revision, want.LastToken, want.Applied, want.UpdatedAt = 1, ch.Token, []string{ch.Token}, written.Now
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record differs (-want +got):\n%s", diff)
	}
}

func testContinue(t *testing.T, b *bench, _ backend) {
	ch := b.change(nil, b.fresh("a"))
	b.commit(ch, record.CommitApplied)
	for range 3 {
		before := ch.Written()
		after := before
		after.Streak++
		ch = b.change(&before, after)
		b.commit(ch, record.CommitApplied)
	}
	if got, _ := b.load("a"); got.Streak != 3 || got.Revision != 4 {
		t.Errorf("got streak %d, revision %d, want 3, 4", got.Streak, got.Revision)
	}
}

func testRepeat(t *testing.T, b *bench, _ backend) {
	ch := b.creating("a")
	ch.Counts.ConfirmAccepted = true
	ch.Entries = []campaign.Entry{{What: "created", Who: "w"}}
	b.commit(ch, record.CommitApplied)
	want := b.dump()
	b.commit(ch, record.CommitApplied)
	if diff := cmp.Diff(want, b.dump()); diff != "" {
		t.Errorf("the second write changed something (-first +second):\n%s", diff)
	}
}

func testRepeatLater(t *testing.T, b *bench, _ backend) {
	before := b.path("a", campaign.StateCreating)
	after := before
	after.Streak = 1
	ch := b.change(&before, after)
	b.commit(ch, record.CommitApplied)
	now, _ := b.load("a")
	next := now
	next.Streak = 2
	b.put(&now, next)
	want := b.dump()
	b.commit(ch, record.CommitApplied)
	if diff := cmp.Diff(want, b.dump()); diff != "" {
		t.Errorf("the late repeat changed something (-before +after):\n%s", diff)
	}
}

func testPoll(t *testing.T, b *bench, _ backend) {
	r := b.path("a", campaign.StateCreating, campaign.StateComputing)
	score := b.score(r)
	after := r
	after.Attempts.Status = 1
	poll := b.change(&r, after)
	poll.Kind = record.ChangePoll
	b.commit(poll, record.CommitApplied)
	b.commit(poll, record.CommitApplied)
	got, _ := b.load("a")
	if got.Attempts.Status != 1 || slices.Contains(got.Applied, poll.Token) {
		t.Errorf("got %d polls, applied %v, want 1 and no %s", got.Attempts.Status, got.Applied, poll.Token)
	}
	if again := b.score(r); again != score {
		t.Errorf("a poll moved the record's time from %v to %v", score, again)
	}
	b.put(&got, got)
	b.commit(poll, record.CommitStale)
}

func testStale(t *testing.T, b *bench, _ backend) {
	old := b.path("a", campaign.StateCreating)
	after := old
	after.Streak = 1
	b.put(&old, after)
	want := b.dump()
	b.commit(b.change(&old, after), record.CommitStale)
	b.commit(b.change(nil, b.fresh("a")), record.CommitStale)
	ghost := b.fresh("ghost")
	ghost.Revision = 1
	b.commit(b.change(&ghost, ghost), record.CommitStale)
	if diff := cmp.Diff(want, b.dump()); diff != "" {
		t.Errorf("a stale write changed something (-before +after):\n%s", diff)
	}
}

// testHistories is the case of a Redis that lost its tail: the record has come
// to the same revision again by other writes.
func testHistories(t *testing.T, b *bench, _ backend) {
	now := b.path("a", campaign.StateCreating)
	other := now
	other.LastToken = "a-lost-token"
	b.commit(b.change(&other, other), record.CommitStale)
	b.commit(b.change(&now, now), record.CommitApplied)
}

func testRunID(t *testing.T, b *bench, _ backend) {
	r := b.path("a", campaign.StateCreating)
	ch := b.change(&r, r)
	ch.RunID += "0"
	b.commit(ch, record.CommitStale)
}

func testSettle(t *testing.T, b *bench, _ backend) {
	settle := func(id string, deadline time.Time, want record.CommitResult) record.Record {
		r := b.path(id)
		claimed := r
		claimed.State = campaign.StateCreating
		claimed.Claim = &campaign.Claim{Token: "claim", Call: campaign.CallCreate, Deadline: deadline}
		claimed = b.put(&r, claimed)
		after := claimed
		after.Claim, after.Ticket, after.State = nil, "sms_"+id, campaign.StateComputing
		ch := b.change(&claimed, after)
		ch.Token, ch.Kind = "claim", record.ChangeSettle
		b.commit(ch, want)
		got, _ := b.load(id)
		return got
	}
	if got := settle("early", b.now().Now.Add(time.Hour), record.CommitApplied); got.Claim != nil || got.Ticket != "sms_early" {
		t.Errorf("settled in time: got claim %v, ticket %q", got.Claim, got.Ticket)
	}
	if got := settle("late", b.now().Now.Add(-time.Millisecond), record.CommitExpired); got.Claim == nil || got.Ticket != "" {
		t.Errorf("settled too late: got claim %v, ticket %q", got.Claim, got.Ticket)
	}
	if got := settle("never", time.Time{}, record.CommitExpired); got.Claim == nil {
		t.Error("settled under a claim without a deadline")
	}
}

func testReplay(t *testing.T, b *bench, _ backend) {
	dead := b.path("a", campaign.StateCreating, campaign.StateDead)
	if len(dead.Applied) != 3 {
		t.Fatalf("applied of three writes: got %v", dead.Applied)
	}
	next := dead
	next.State, next.Run = campaign.StateQueued, 2
	ch := b.change(&dead, next)
	b.commit(ch, record.CommitApplied)
	b.commit(ch, record.CommitApplied)
	got, _ := b.load("a")
	if diff := cmp.Diff([]string{ch.Token}, got.Applied); diff != "" {
		t.Errorf("applied differs (-want +got):\n%s", diff)
	}
}

func testRemoved(t *testing.T, b *bench, _ backend) {
	r := b.path("a", campaign.StateCreating)
	full := r
	full.Ticket, full.Approved, full.Streak, full.Waiting = "sms_1", true, 2, "for a while"
	full.Claim = &campaign.Claim{Token: "x", Call: campaign.CallCreate, Deadline: b.now().Now, RunID: "y"}
	full.Failure = &campaign.Failure{Class: campaign.FailRejected}
	full.DueAt = b.now().Now
	full = b.put(&r, full)
	empty := full
	empty.Ticket, empty.Approved, empty.Streak, empty.Waiting = "", false, 0, ""
	empty.Claim, empty.Failure, empty.DueAt = nil, nil, time.Time{}
	got := b.put(&full, empty)
	if diff := cmp.Diff(empty, got, owned()); diff != "" {
		t.Errorf("record differs (-want +got):\n%s", diff)
	}
	n, err := b.rdb.HExists(b.ctx(), key.Record(b.account, "a"), "ticket").Result()
	if err != nil || n {
		t.Errorf("field ticket is there: %v, %v", n, err)
	}
}

func testRefused(t *testing.T, b *bench, _ backend) {
	now := b.path("a", campaign.StateCreating)
	claim := &campaign.Claim{Token: "claim", Call: campaign.CallCreate}
	cases := map[string]func(*record.Change){
		"illegal transition": func(c *record.Change) { c.After.State = campaign.StateSent },
		"unknown state":      func(c *record.Change) { c.After.State = "odd" },
		"unknown state kept": func(c *record.Change) {
			r := now
			r.State = "odd"
			c.Before, c.After.State = &r, "odd"
		},
		"another id":      func(c *record.Change) { c.After.Campaign.ID = "b" },
		"another account": func(c *record.Change) { c.After.Campaign.Account = "b" },
		"no id":           func(c *record.Change) { c.After.Campaign.ID = "" },
		"no token":        func(c *record.Change) { c.Token = "" },
		"two tokens":      func(c *record.Change) { c.Token = "a b" },
		"first in sent":   func(c *record.Change) { c.Before, c.After.State = nil, campaign.StateSent },
		"no revision":     func(c *record.Change) { r := now; r.Revision = 0; c.Before = &r },
		"claim without token": func(c *record.Change) {
			c.After.Claim = &campaign.Claim{Call: campaign.CallCreate}
		},
		"claim taken by its own token": func(c *record.Change) { c.After.Claim, c.Token = claim, claim.Token },
		"settle without a claim":       func(c *record.Change) { c.Kind = record.ChangeSettle },
		"settle of another's claim": func(c *record.Change) {
			r := now
			r.Claim = claim
			c.Before, c.Kind = &r, record.ChangeSettle
		},
	}
	want := b.dump()
	for name, spoil := range cases {
		ch := b.change(&now, now)
		spoil(&ch)
		verdict, _, err := b.Commit(b.ctx(), ch)
		if err == nil {
			t.Errorf("%s: got %q, want an error", name, verdict)
		} else if !strings.HasPrefix(err.Error(), "commit campaign ") {
			t.Errorf("%s: the error names no campaign: %v", name, err)
		}
	}
	if diff := cmp.Diff(want, b.dump()); diff != "" {
		t.Errorf("a refused write changed something (-before +after):\n%s", diff)
	}
}

func testVersion(t *testing.T, b *bench, _ backend) {
	b.path("a", campaign.StateCreating)
	for name, field := range map[string][2]string{"version": {"v", strconv.Itoa(record.NewestVersion + 1)}, "state": {"state", "levitating"}} {
		id := "odd-" + name
		b.path(id, campaign.StateCreating)
		b.rdb.HSet(b.ctx(), key.Record(b.account, id), field[0], field[1])
		_, m, err := b.Load(b.ctx(), b.account, id)
		if !errors.Is(err, campaign.ErrVersion) || m.Now.IsZero() {
			t.Errorf("load of an unknown %s: got %v at %v, want %v", name, err, m.Now, campaign.ErrVersion)
		}
		if _, err := b.Get(b.ctx(), b.account, id); !errors.Is(err, campaign.ErrVersion) {
			t.Errorf("get of an unknown %s: got %v, want %v", name, err, campaign.ErrVersion)
		}
	}
	page, _, err := b.List(b.ctx(), b.account, campaign.StateCreating, "", 10)
	if err != nil || len(page) != 3 {
		t.Fatalf("list beside unknown records: got %d, %v, want 3", len(page), err)
	}
	for _, r := range page {
		if odd := r.ID() != "a"; odd != (r.Campaign.Text == "") {
			t.Errorf("record %s is listed as %+v", r.ID(), r)
		}
	}
}

func testSuccesses(t *testing.T, b *bench, _ backend) {
	r := b.path("a", campaign.StateCreating)
	ch := b.change(&r, r)
	ch.Counts.ConfirmAccepted = true
	b.commit(ch, record.CommitApplied)
	if m := b.now(); m.Successes != 1 || m.Creates != 0 {
		t.Errorf("afterwards: got %d successes, %d creates, want 1, 0", m.Successes, m.Creates)
	}
	r, _ = b.load("a")
	ch = b.change(&r, r)
	ch.Counts.CreateAccepted = true
	b.commit(ch, record.CommitApplied)
	b.commit(ch, record.CommitApplied) // its reply was lost
	if m := b.now(); m.Successes != 1 || m.Creates != 1 {
		t.Errorf("in the end: got %d successes, %d creates, want 1 of each", m.Successes, m.Creates)
	}
}

func testTimeline(t *testing.T, b *bench, _ backend) {
	at := time.UnixMilli(1_700_000_000_007).UTC()
	ch := b.change(nil, b.fresh("a"))
	ch.Entries = []campaign.Entry{
		{At: at, What: "one", Who: "w", Why: `a "reason", of sorts`, State: campaign.StateQueued},
		{What: "two"},
	}
	m := b.commit(ch, record.CommitApplied)
	want := slices.Clone(ch.Entries)
	want[1].At = m.Now
	r, err := b.Get(b.ctx(), b.account, "a")
	if diff := cmp.Diff(want, r.Timeline); diff != "" || err != nil {
		t.Errorf("timeline of get differs (-want +got), %v:\n%s", err, diff)
	}
	if _, err := b.Get(b.ctx(), b.account, "ghost"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("get of nothing: got %v, want %v", err, campaign.ErrNotFound)
	}
}

func testTimelineCap(t *testing.T, b *bench, _ backend) {
	entries := func(from, to int) []campaign.Entry {
		var out []campaign.Entry
		for i := from; i < to; i++ {
			out = append(out, campaign.Entry{What: fmt.Sprint(i)})
		}
		return out
	}
	ch := b.change(nil, b.fresh("a"))
	ch.Entries = entries(0, 990)
	b.commit(ch, record.CommitApplied)
	now, _ := b.load("a")
	ch = b.change(&now, now)
	ch.Entries = entries(990, 1030)
	b.commit(ch, record.CommitApplied)
	r, err := b.Get(b.ctx(), b.account, "a")
	got := r.Timeline
	if err != nil || len(got) != 1000 {
		t.Fatalf("got %d entries, %v, want 1000", len(got), err)
	}
	seen := []string{got[0].What, got[99].What, got[100].What, got[999].What}
	if diff := cmp.Diff([]string{"0", "99", "130", "1029"}, seen); diff != "" {
		t.Errorf("what is kept differs (-want +got):\n%s", diff)
	}
}

func testRetention(t *testing.T, b *bench, _ backend) {
	sent := b.path("a", campaign.StateCreating, campaign.StateComputing)
	before := sent
	sent.Ticket, sent.State = "sms_a", campaign.StateSent
	ch := b.change(&before, sent)
	ch.Entries = []campaign.Entry{{What: "sent"}}
	b.commit(ch, record.CommitApplied)
	for _, k := range []string{key.Record(b.account, "a"), key.Log(b.account, "a"), key.Ticket(b.account, "sms_a")} {
		b.wantTTL(k, DefaultRetention)
	}

	// What is left of an earlier campaign of that id goes on with the new one.
	b.rdb.RPush(b.ctx(), key.Log(b.account, "b"), "{}")
	b.rdb.Expire(b.ctx(), key.Log(b.account, "b"), time.Hour)
	dead := b.path("b", campaign.StateCreating)
	b.wantTTL(key.Log(b.account, "b"), -1)
	before = dead
	dead.Ticket, dead.State = "sms_b", campaign.StateComputing
	dead = b.put(&before, dead)
	b.wantTTL(key.Record(b.account, "b"), -1)
	b.wantTTL(key.Ticket(b.account, "sms_b"), DefaultRetention)
	before = dead
	dead.State = campaign.StateDead
	dead = b.put(&before, dead)
	b.wantTTL(key.Record(b.account, "b"), -1)
	b.wantTTL(key.Ticket(b.account, "sms_b"), -1)
	before = dead
	dead.State, dead.Run = campaign.StateQueued, 2
	b.put(&before, dead)
	b.wantTTL(key.Ticket(b.account, "sms_b"), DefaultRetention)
}

func testScripts(t *testing.T, b *bench, _ backend) {
	var texts int
	b.rdb.AddHook(countEval{&texts, key.Record(b.account, "a")})
	r := b.path("a", campaign.StateCreating)
	texts = 0
	for range 5 {
		r = b.put(&r, r)
	}
	if texts != 0 {
		t.Errorf("the text of a script was sent %d times", texts)
	}
}

func testHeld(t *testing.T, b *bench, _ backend) {
	if got := b.now().Held; got != 0 {
		t.Errorf("never held: got %v, want 0", got)
	}
	b.rdb.Set(b.ctx(), key.Held(b.account), 5000, 0)
	if got := b.now().Held; got != 5*time.Second {
		t.Errorf("after a hold: got %v, want 5s", got)
	}
	m := b.now()
	since := m.Now.Add(-time.Minute)
	b.rdb.HSet(b.ctx(), key.Hold(b.account), "since", since.UnixMilli())
	m = b.now()
	if want := 5*time.Second + m.Now.Sub(since); m.Held != want {
		t.Errorf("during a hold: got %v, want %v", m.Held, want)
	}
	b.rdb.HSet(b.ctx(), key.Hold(b.account), "since", "soon")
	if got := b.now().Held; got != 5*time.Second {
		t.Errorf("unreadable hold: got %v, want 5s", got)
	}
}

func testNames(t *testing.T, b *bench, _ backend) {
	for _, name := range [][2]string{{b.account, ""}, {b.account, "a:log"}, {"", "a"}, {"a}b", "a"}} {
		if _, _, err := b.Load(b.ctx(), name[0], name[1]); !errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("load %q: got %v, want %v", name, err, campaign.ErrInvalid)
		}
	}
}

func testAccounts(t *testing.T, b *bench, _ backend) {
	other := b.account + "-other"
	b.path("a")
	if err := b.Announce(b.ctx(), other); err != nil {
		t.Fatal(err)
	}
	got, err := b.Accounts(b.ctx())
	if err != nil || !slices.Contains(got, b.account) || !slices.Contains(got, other) || !slices.IsSorted(got) {
		t.Errorf("got %v, %v, want %s and %s, sorted", got, err, b.account, other)
	}
}

func testExpiredID(t *testing.T, b *bench, _ backend) {
	old := b.path("a", campaign.StateCreating, campaign.StateSimulated)
	b.stamp(old, b.now().Now.Add(-DefaultRetention-time.Hour).UnixMilli())
	b.rdb.Del(b.ctx(), key.Record(b.account, "a"), key.Log(b.account, "a"))
	b.path("a", campaign.StateCreating)
	for state, want := range map[campaign.State]int{campaign.StateSimulated: 0, campaign.StateCreating: 1} {
		if page, _, err := b.List(b.ctx(), b.account, state, "", 10); err != nil || len(page) != want {
			t.Errorf("%s: got %d campaigns, %v, want %d", state, len(page), err, want)
		}
	}
	if _, err := b.Trim(b.ctx(), b.account); err != nil {
		t.Fatal(err)
	}
	got, err := b.Counts(b.ctx(), b.account)
	if err != nil || got[campaign.StateSimulated] != 0 || got[campaign.StateCreating] != 1 {
		t.Errorf("got %v, %v, want the new record alone", got, err)
	}
}

// owned leaves out what the ledger keeps by itself.
func owned() cmp.Option {
	return cmpopts.IgnoreFields(record.Record{}, "Record.Revision", "LastToken", "Record.UpdatedAt", "Applied", "Record.Timeline")
}

// score is when the record last changed, by its state's index.
func (b *bench) score(r record.Record) float64 {
	b.tb.Helper()
	n, err := b.rdb.ZScore(b.ctx(), key.State(b.account, r.State), r.ID()).Result()
	if err != nil {
		b.tb.Fatalf("score of %s in %s: %v", r.ID(), r.State, err)
	}
	return n
}

func (b *bench) wantTTL(k string, want time.Duration) {
	b.tb.Helper()
	got, err := b.rdb.PTTL(b.ctx(), k).Result()
	if err != nil || (want < 0 && got != want) || want > 0 && (got > want || got < want-time.Minute) {
		b.tb.Errorf("time to live of %s: got %v, %v, want %v", k, got, err, want)
	}
}

// dump is everything the account has in Redis, as text.
func (b *bench) dump() map[string]string {
	b.tb.Helper()
	ctx, out := b.ctx(), map[string]string{}
	keys, err := b.keys()
	if err != nil {
		b.tb.Fatalf("list keys: %v", err)
	}
	for _, k := range keys {
		switch b.rdb.Type(ctx, k).Val() {
		case "hash":
			out[k] = sprint(b.rdb.HGetAll(ctx, k).Val())
		case "list":
			out[k] = sprint(b.rdb.LRange(ctx, k, 0, -1).Val())
		case "zset":
			out[k] = sprint(b.rdb.ZRangeWithScores(ctx, k, 0, -1).Val())
		case "stream":
			out[k] = sprint(b.rdb.XRange(ctx, k, "-", "+").Val())
		default:
			out[k] = b.rdb.Get(ctx, k).Val()
		}
	}
	return out
}

func (b *bench) keys() ([]string, error) {
	pattern := "octoq:{" + b.account + "}:*"
	if c, ok := b.rdb.(*redis.ClusterClient); ok {
		node, err := c.MasterForKey(b.ctx(), key.Meta(b.account))
		if err != nil {
			return nil, err
		}
		return node.Keys(b.ctx(), pattern).Result()
	}
	return b.rdb.Keys(b.ctx(), pattern).Result()
}
