package lifecycle

import (
	"math"
	"math/rand"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// hour turns hours into a time; never is the zero time.
func hour(h float64) time.Time {
	if h == never {
		return time.Time{}
	}
	return time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC).Add(time.Duration(math.Round(h * float64(time.Hour))))
}

const never = -1e9

// run names a run of Redis; 0 is none.
func run(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func change(from, to int, firstSeen, lastStamp float64) record.RedisChange {
	return record.RedisChange{From: run(from), To: run(to), FirstSeen: hour(firstSeen), LastStamp: hour(lastStamp)}
}

func recordOf(enqueued, notBefore float64, origin int) record.Record {
	c := campaign.Campaign{ID: "x", Account: "default", NotBefore: hour(notBefore)}
	return record.New(c, hour(enqueued), run(origin))
}

func TestTimelines(t *testing.T) {
	t.Parallel()
	const day = 24
	with := func(r record.Record, change func(*record.Record)) record.Record {
		change(&r)
		return r
	}
	served := []record.RedisChange{change(1, 2, 10.02, 9.99)}
	unserved := []record.RedisChange{change(1, 2, 3*day+10, 9)}
	two := []record.RedisChange{change(1, 2, 10.02, 9.99), change(2, 3, day+20.02, day+19.99)}
	swallowed := []record.RedisChange{{From: record.UnknownRun, To: "3", FirstSeen: hour(10), LastStamp: hour(9.9)}}
	rolled := []record.RedisChange{{From: "2", To: "2.1", FirstSeen: hour(10), LastStamp: hour(5)}}
	for _, c := range []struct {
		name          string
		changes       []record.RedisChange
		r             record.Record
		now           float64
		doubt, isLate bool
	}{
		{"before: enqueued 9:00, change 10:00, create 10:05", served, recordOf(9, never, 1), 10.1, true, false},
		{"the same, on hold until 9:30 of the next day", served, recordOf(9, never, 1), day + 9.5, true, true},
		{"first asked 9:06, change, on hold until 8:30 of the next day", served, with(recordOf(9, never, 1), func(r *record.Record) { r.AskedAt = hour(9.1) }), day + 8.5, true, true},
		{"the same of an older octoq, which knows the first create", served, with(recordOf(9, never, 1), func(r *record.Record) {
			r.Started = map[campaign.Call]campaign.Start{campaign.CallCreate: {At: hour(9.1)}}
		}), day + 8.5, true, true},
		{"the same by force", served, with(recordOf(9, never, 1), func(r *record.Record) { r.AskedAt, r.ForcedRuns = hour(9.1), []int{1} }), day + 8.5, true, false},
		{"after: enqueued (again) 12:00, create 12:01", served, recordOf(12, never, 2), 12.1, true, false},
		{"its id chosen by Enqueue", served, with(recordOf(12, never, 2), func(r *record.Record) { r.OwnID = true }), 12.1, false, false},
		{"its id chosen by Enqueue, before the change was seen", served, with(recordOf(10.01, never, 2), func(r *record.Record) { r.OwnID = true }), 12.1, false, false},
		{"its id chosen by Enqueue under a run since, by a clock that was ahead of both", two, with(recordOf(9, never, 3), func(r *record.Record) { r.OwnID = true }), day + 20.1, false, false},
		{"its id chosen by Enqueue before the change, by a clock that was ahead", served, with(recordOf(10.03, never, 1), func(r *record.Record) { r.OwnID = true }), 12.1, true, false},
		{"due after the change by a clock that was ahead of the next one", served, recordOf(9, 10.5, 1), 12.1, true, false},
		{"due at once when it was enqueued, and later by an edit", served, with(recordOf(9, 4*day, 1), func(r *record.Record) { r.FirstDue = hour(9) }), 4 * day, true, true},
		{"due later when it was enqueued, and at once by an edit", served, with(recordOf(9, never, 1), func(r *record.Record) { r.FirstDue = hour(4 * day) }), 4 * day, false, false},
		{"its id chosen by Enqueue before the change", served, with(recordOf(9, never, 1), func(r *record.Record) { r.OwnID = true }), 12.1, true, false},
		{"enqueued 26 h after the change", served, recordOf(day+12.1, never, 2), day + 12.2, false, false},
		{"the producer could not ask for the run, enqueued before the last stamp, due after the change", served, recordOf(9, day+9, 0), day + 9.1, false, false},
		{"the producer could not ask for the run", served, recordOf(12, day+12, 0), day + 12.2, true, true},
		{"stamped while idle: enqueued 20:00, create 20:01", served, recordOf(20, never, 2), 20.1, true, false},
		{"no worker for three days, restart, enqueued after it", unserved, recordOf(3*day+9, never, 2), 3*day + 10, true, true},
		{"the same, enqueued under the run before, an hour ago", unserved, recordOf(3*day+9, never, 1), 3*day + 10, true, false},
		{"never served before: enqueued two days ago", []record.RedisChange{change(0, 1, 2*day, never)}, recordOf(1, never, 1), 2*day + 1, true, false},
		{"two changes, held, never accepted: create after the second", two, recordOf(9, never, 1), day + 20.1, true, true},
		{"a ticket at 12:00 between them", two, with(recordOf(9, never, 1), func(r *record.Record) { r.AcceptedRunID = "2" }), day + 20.1, true, false},
		{"a ticket after both", two, with(recordOf(9, never, 1), func(r *record.Record) { r.AcceptedRunID = "3" }), day + 20.1, false, false},
		{"for Friday 9:00, enqueued Monday, change Tuesday", []record.RedisChange{change(1, 2, day+10.02, day+9.99)}, recordOf(9, 4*day+9, 1), 4*day + 9, false, false},
		{"no worker Monday to Thursday, due Wednesday", []record.RedisChange{change(1, 2, 3*day+8, 9.5)}, recordOf(9, 2*day+9, 1), 3*day + 8.1, true, true},
		{"enqueued again after the change, for Friday: its first life had no date", served, recordOf(12, 4*day+9, 2), 4*day + 9, true, true},
		{"enqueued again before anything had seen the change", []record.RedisChange{change(1, 2, 12, 9.99)}, recordOf(11, day+11, 2), day + 11, true, true},
		{"a birth that was merged with a change: nothing is known from before", swallowed, recordOf(9, 4*day, 3), 4 * day, true, true},
		{"rolled back under one run, enqueued after it for later: the origin is the same", rolled, recordOf(11, 4*day, 2), 4 * day, true, true},
		{"rolled back, enqueued before the snapshot for later", rolled, recordOf(4, 4*day, 2), 4 * day, false, false},
		{"rolled back, its id chosen after it", rolled, with(recordOf(11, never, 2), func(r *record.Record) { r.OwnID = true }), 11.1, false, false},
		{"vouched: no change is left", nil, recordOf(9, never, 1), 90 * day, false, false},
	} {
		m := record.Snapshot{Now: hour(c.now), Changes: c.changes}
		if doubt, late := InDoubt(c.r, m), TooLateToCreate(c.r, m); doubt != c.doubt || late != c.isLate {
			t.Errorf("%s: in doubt %v, too late %v; want %v, %v", c.name, doubt, late, c.doubt, c.isLate)
		}
	}
}

// account is the ledger's part: what each script and stamp does, with two changes
// kept in place of eight.
type account struct {
	run     int
	stamp   float64
	changes []record.RedisChange
}

func (a *account) look(n int, now float64) {
	if a.run != n {
		stamp := a.stamp
		if a.run == 0 {
			stamp = never
		}
		a.changes = append(slices.Clone(a.changes), change(a.run, n, now, stamp))
		if len(a.changes) > 2 {
			a.changes = append([]record.RedisChange{merged(a.changes[0], a.changes[1])}, a.changes[2:]...)
		}
		a.run = n
	}
	a.stamp = now
}

func merged(older, newer record.RedisChange) record.RedisChange {
	one := record.RedisChange{From: older.From, To: newer.To, FirstSeen: newer.FirstSeen, LastStamp: older.LastStamp}
	if older.Birth() {
		one.From, one.LastStamp = record.UnknownRun, newer.LastStamp
	}
	return one
}

// TestNoForgottenCreateIsMissed plays true histories: a create is made, and the
// change forgets it. A worker that asks again later must be in doubt, and must not create
// when the API has forgotten the request_id.
func TestNoForgottenCreateIsMissed(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewSource(1))
	var asked, inTime int
	for range 60_000 {
		h, ok := play(rnd)
		if !ok {
			continue
		}
		asked++
		m := record.Snapshot{Now: hour(h.now), Changes: h.account.changes}
		doubt, late := InDoubt(h.record, m), TooLateToCreate(h.record, m)
		if doubt && !late {
			inTime++
		}
		if !doubt || h.now >= h.created+24 && !late {
			t.Fatalf("created %.2f, asked again %.2f: in doubt %v, too late %v\nrecord %+v\nchanges %+v",
				h.created, h.now, doubt, late, h.record, h.account.changes)
		}
	}
	if inTime < asked/10 || inTime == asked {
		t.Errorf("%d of %d were asked in time: the plays prove little", inTime, asked)
	}
}

// history is a campaign whose create at one time was forgotten, and which is about
// to be created again.
type history struct {
	account      account
	record       record.Record
	created, now float64
}

func play(rnd *rand.Rand) (history, bool) {
	between := func(lo, hi float64) float64 { return lo + rnd.Float64()*(hi-lo) }
	maybe := func(h float64) float64 { return []float64{0, h}[rnd.Intn(2)] }
	var h history
	a, idle := &h.account, []float64{0.02, 1, 30, 100}[rnd.Intn(4)]
	serve := func(n int, until float64) { // some worker looks now and then
		for h.now+idle < until {
			if h.now += between(0, idle); rnd.Intn(4) > 0 {
				a.look(n, h.now)
			}
		}
		h.now = until
	}
	if rnd.Intn(3) > 0 {
		a.look(9, between(-60, -50))
	}
	a.look(1, between(-50, 0))
	enqueued := between(0, 100)
	serve(1, enqueued)
	snapshot := between(max(0, enqueued-5), enqueued+60)
	due := float64(never)
	if rnd.Intn(2) == 0 {
		due = enqueued + between(-5, 80)
	}
	serve(1, snapshot)
	saved := *a
	h.created = max(enqueued, snapshot, due) + maybe(between(0, 40))
	lost := h.created + between(0, 20) // what was written after the snapshot is forgotten
	*a, h.now = saved, lost
	at := 2
	h.record = recordOf(enqueued, due, 1-b2i(rnd.Intn(5) == 0))
	if snapshot < enqueued { // the producer enqueues it again, be it under another date
		again := lost + between(0, 24)
		if again >= h.created+24 {
			return h, false
		}
		if second := lost + between(0, 30); rnd.Intn(2) == 0 && second < again {
			serve(2, second)
			at = 3
		}
		serve(at, again)
		h.record = recordOf(again, []float64{never, due, again + between(0, 60)}[rnd.Intn(3)], at*rnd.Intn(2))
	}
	if rnd.Intn(3) == 0 {
		serve(at, h.now+between(0, 30))
		at++
	}
	ask := h.now
	if !h.record.Campaign.NotBefore.IsZero() {
		ask = max(ask, h.record.Campaign.NotBefore.Sub(hour(0)).Hours())
	}
	serve(at, ask+maybe(between(0, 50)))
	a.look(at, h.now)
	return h, true
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
