package stage

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// dice decides what happens next; 0 is always the most harmless choice.
type dice interface {
	roll(what string, n int) int
}

// world is one campaign, one Redis that may forget, one API that may not
// answer, operators, a sweep, and workers that crash and freeze between any
// two cuts.
type world struct {
	dice    dice
	clock   *clock
	redis   *fakeRedis
	api     *fakeAPI
	policy  lifecycle.Policy
	c       campaign.Campaign
	workers []*worker
	faults  bool
	started int // workers so far

	// blocked says that one in so many creates finds another campaign of the account
	// unconfirmed (126); 0 is none.
	blocked            int
	apiOdds, redisOdds int // one in so many calls and requests goes wrong
	// Not everything happens in every play, or none would come far.
	forgets          int // how often Redis may forget
	cancels, holding bool
	together         bool // settle, queue and acknowledge are one request
	// often says how often some actions happen, in place of the usual.
	often map[string]int
	// beforeConfirm sees every confirm that is written; nil is nothing.
	beforeConfirm func()
	// edge is the time between the moments at which something opens or closes,
	// counted from zero; 0 is none. Time passes to just before them, too.
	edge time.Duration

	budget *budgetWorld // nil: there is none

	// What happened, for the invariants.
	requests             map[string]bool // request_ids of the creates that were claimed
	losses, purged       int
	restarts             int   // changes of the run_id in which nothing was lost
	forced               []int // the runs that were begun by force
	approved, orphanSent bool
	intended             bool               // a confirm was made, or may have been
	consent              *campaign.Approval // the last that was given for this ticket
	consented            time.Time          // when
	stopped              string             // a report has proved this ticket sent, and no person has accepted another
	stops, proofs        int                // by reports
	// doubted: Redis may have forgotten the campaign, for all that octoq knows: a new
	// account, a restart. forceful: an operator forced a replay, or the API may have
	// refused a delete, which marks it whatever came before.
	doubted, forceful bool

	again    int       // replays after the end
	wiped    bool      // Redis has lost everything
	expired  bool      // its record's time has run out
	enqueued time.Time // first, before anything was forgotten

	story     []string
	violation string
	planted   string
}

// worker is one process's handling of one task. It runs from cut to cut.
type worker struct {
	name  string
	task  task
	on    string // run_id that the task was taken under
	stop  context.CancelFunc
	next  func() (string, bool)
	crash func()
	res   JobResult
	at    string // the cut it stands at
	// ticket is what the API answered to its create.
	ticket string
	// acked: its task has left the queue with its last write.
	acked bool
	// frozen: it lives, does nothing, and has lost its lease.
	frozen bool
}

// busy is how many processes work at once, at most.
const busy = 4

// crashed is what a cut panics with when its process is gone.
type crashed struct{}

func newWorld(d dice, planted string, edits ...func(*world)) *world {
	c := &clock{recordtest.Noon()}
	w := &world{dice: d, clock: c, redis: newRedis(c), api: newAPI(c), policy: testPolicy(), c: recordtest.Campaign(), faults: true, planted: planted, requests: map[string]bool{}}
	w.policy.PollCap, w.policy.BackoffCap = time.Hour, time.Hour
	w.policy.Jitter = func(d time.Duration) time.Duration { return d / 2 }
	w.policy.Manual = d.roll("manual", 2) == 1
	w.c.MaxCost = campaign.Money([]int{0, 0, 25800, 10000}[d.roll("max_cost", 4)])
	w.policy.ParkLost = d.roll("park lost tickets", 4) == 3
	w.apiOdds = []int{40, 10, 3}[d.roll("the API's reliability", 3)]
	w.redisOdds = []int{200, 40, 12}[d.roll("the reliability of Redis", 3)]
	w.forgets = []int{0, 1, 3}[d.roll("how often Redis may forget", 3)]
	w.cancels, w.holding = d.roll("operators cancel", 3) == 2, d.roll("the account may be held", 3) == 2
	w.together = d.roll("together", 2) == 1
	w.redis.depth = 1 + d.roll("writes that Redis may forget", 30)
	w.api.keepsTickets, w.api.oddWords = d.roll("the API keeps tickets", 4) == 3, d.roll("odd words of status", 3) == 2
	w.redis.planted, w.api.planted = planted, planted
	w.redis.trouble, w.redis.wrote, w.redis.meddle = w.trouble, w.wrote, w.contract
	w.api.wrong = w.wrong
	w.api.afterSend = []record.Outcome{
		{Class: record.ClassDone, Code: 132}, refusal131(), {Class: record.ClassUnknown, HTTPStatus: 400},
		{Class: record.ClassOK, Progress: record.ProgressReady, Cost: 1}, {Class: record.ClassOK, Progress: record.ProgressFailed},
	}[d.roll("status of a sent ticket", 5)]
	for _, edit := range edits {
		edit(w)
	}
	w.policy.Retention = retention
	w.redis.lead(w.c.Account, othersTicket, "summer")
	w.redis.read(w.c.Account, w.c.ID)
	if w.doubted = d.roll("the account", 2) == 1; !w.doubted { // not a new one
		w.redis.vouch(w.c.Account)
	}
	w.enqueued = c.Now()
	w.redis.enqueue(w.c, d.roll("who chose the id", 3) == 2)
	w.redis.past = nil // what was accepted is on disk
	return w
}

func (w *world) log(format string, args ...any) {
	w.story = append(w.story, w.clock.Now().Format(time.TimeOnly)+" "+fmt.Sprintf(format, args...))
}

func (w *world) violate(format string, args ...any) {
	if w.violation == "" {
		w.violation = fmt.Sprintf(format, args...)
		w.log("VIOLATION: %s", w.violation)
	}
}

func (w *world) chance(what string, n int) bool { return w.faults && w.dice.roll(what, n) == n-1 }

// play lets so many things happen, then takes the faults away and sees the
// campaign to its end. It returns what was violated.
func (w *world) play(steps int) string {
	defer func() {
		for _, k := range w.workers {
			k.crash()
		}
	}()
	acts := w.actions()
	sum := 0
	for _, a := range acts {
		sum += a.often
	}
	for range steps {
		n := w.dice.roll("next", sum)
		for _, a := range acts {
			if n -= a.often; n < 0 {
				a.do()
				break
			}
		}
		if w.look(); w.violation != "" {
			return w.violation
		}
	}
	w.quiesce()
	return w.violation
}

func (w *world) key() string { return w.c.Account + "/" + w.c.ID }

func (w *world) record() (record.Record, bool) {
	r, ok := w.redis.records[w.key()]
	return r, ok
}

// trouble is what happens to one request to Redis.
func (w *world) trouble(op string) trouble {
	if !w.chance("trouble with "+op, w.redisOdds) {
		return noTrouble
	}
	t := trouble(1 + w.dice.roll("which trouble", 3))
	w.log("  %s: %s", op, []string{"", "request lost", "reply lost", "repeated"}[t])
	return t
}

// wrong is what goes wrong with one call.
func (w *world) wrong(r record.Request) *misstep {
	switch r.Call {
	case campaign.CallCreate:
		w.creating(r)
	case campaign.CallConfirm:
		w.confirming(r)
	case campaign.CallCancel:
		w.forceful = w.forceful || w.isDead()
	}
	if r.Ticket == othersTicket && !w.wiped { // an empty ledger knows of no other campaign
		w.violate("%s of a ticket of another campaign", r.Call)
	}
	if r.Call == campaign.CallCreate && w.blocked > 0 && w.chance("another campaign awaits approval", w.blocked) {
		w.log("  API: create, answered 126")
		return &misstep{out: record.Outcome{Class: record.ClassTransient, Code: record.CodeAwaitsApproval, HTTPStatus: 400}}
	}
	if !w.chance("trouble with "+string(r.Call), w.apiOdds) {
		w.log("  API: %s %s", r.Call, r.Ticket)
		return nil
	}
	list := missteps(r.Call)
	m := list[w.dice.roll("which answer", len(list))]
	if _, seen := w.api.seen[r.RequestID]; seen && m.out.Ticket != "" { // what the API remembers is all that there is to go by
		return nil
	}
	w.log("  API: %s %s, carried out %v, answered %s %d", r.Call, r.Ticket, m.carriedOut, m.out.Class, m.out.Code)
	return &m
}

// missteps lists what may go wrong with a call.
func missteps(call campaign.Call) []misstep {
	answer := func(class record.Class, code int, carriedOut ...bool) []misstep {
		var list []misstep
		for _, c := range carriedOut {
			list = append(list, misstep{c, record.Outcome{Class: class, Code: code}})
		}
		return list
	}
	list := slices.Concat(
		answer(record.ClassUnanswered, 0, true, false),
		answer(record.ClassTransient, 500, true, false),
		answer(record.ClassNotSent, 0, false),
		answer(record.ClassThrottled, 0, false),
		answer(record.ClassAccount, 101, false),
		answer(record.ClassUnknown, 0, true, false),
	)
	switch call {
	case campaign.CallCreate:
		others := misstep{true, record.Outcome{Class: record.ClassOK, Ticket: othersTicket}}
		list = append(append(list, answer(record.ClassRejected, 121, false)...), others)
	case campaign.CallConfirm:
		list = slices.Concat(list, answer(record.ClassAccount, 105, true, false), answer(record.ClassDuplicate, 120, true, false),
			answer(record.ClassRejected, 202, false), answer(record.ClassPending, 127, false))
	case campaign.CallCancel:
		list = append(list, answer(record.ClassRejected, 202, false)...)
	}
	return list
}

// runner is the code under test, with this world's ports.
func (w *world) runner(name string, yield func(string) bool) *Runner {
	n := 0
	cut := func(point string) {
		if !yield(point) {
			panic(crashed{}) //nolint:forbidigo // the process is gone: nothing after the cut may run
		}
	}
	return &Runner{
		Ledger: w.redis, API: w.api, Gate: worldGate{w}, Queue: w.redis, Policy: w.policy, Now: w.clock.Now, Cut: cut,
		Token: func() string { n++; return fmt.Sprint(name, "-", n) },
		sleep: func(context.Context, time.Duration) { cut("pause") },
	}
}

// worldAPI remembers which worker was given a ticket.
type worldAPI struct {
	*fakeAPI
	k *worker
}

func (a worldAPI) Do(ctx context.Context, r record.Request) record.Outcome {
	out := punctual{a.fakeAPI, a.clock}.Do(ctx, r)
	if r.Call == campaign.CallCreate && out.Ticket != "" {
		a.k.ticket = out.Ticket
	}
	return out
}

// worldCompleter completes steps in one request, for a worker with a task.
type worldCompleter struct {
	*fakeRedis
	k *worker
}

func (c worldCompleter) Complete(ctx context.Context, _ Job, ch record.Change, next NextStep) (Completion, error) {
	v, m, err := c.ask(ctx, ch, func(ch record.Change) (record.CommitResult, record.Snapshot, error) {
		return c.complete(ch, next, c.k.task, c.k.on)
	})
	acked := err == nil && v == record.CommitApplied
	c.k.acked = acked && m.RunID == c.k.on
	return Completion{Result: v, At: m, Acknowledged: acked}, err
}

// worldGate opens unless the account is on hold.
type worldGate struct{ w *world }

func (g worldGate) Acquire(ctx context.Context, _ campaign.Call, _ record.Record) (Permit, error) {
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !g.w.redis.heldSince.IsZero(), g.w.chance("the gate stays shut", 12):
		return nil, &GateClosedError{At: g.w.clock.Now().Add(10 * time.Second), Why: "on hold"}
	}
	return &fakePermit{gate: &fakeGate{clock: g.w.clock}}, nil
}

// start has a new worker take a task; it stands before its first cut.
func (w *world) start(t task) {
	w.redis.take(t)
	k := w.begin("worker", t, func(ctx context.Context, r *Runner) JobResult {
		if t.letter != nil {
			return r.Replay(ctx, lifecycle.DeadLetter{Account: w.c.Account, ID: w.c.ID, Step: t.step, Campaign: *t.letter})
		}
		return r.Handle(ctx, Job{Account: w.c.Account, ID: w.c.ID, Step: t.step, First: t.first})
	})
	w.log("%s takes %s", k.name, t.key)
}

// begin has a new process do something; it stands before its first cut.
func (w *world) begin(kind string, t task, do func(context.Context, *Runner) JobResult) *worker {
	w.started++
	k := &worker{name: fmt.Sprint(kind, w.started), task: t, on: w.redis.runID, at: "start"}
	var ctx context.Context
	ctx, k.stop = context.WithCancel(context.Background())
	k.next, k.crash = iter.Pull(func(yield func(string) bool) {
		defer func() {
			if x := recover(); x != nil && x != any(crashed{}) {
				panic(x) //nolint:forbidigo // not ours
			}
		}()
		if !yield("start") {
			return
		}
		r := w.runner(k.name, yield)
		r.API = worldAPI{w.api, k}
		if w.together {
			r.Completer = worldCompleter{w.redis, k}
		}
		k.res = do(ctx, r)
	})
	k.next()
	w.workers = append(w.workers, k)
	return k
}

// advance lets a worker go on to its next cut, or to its end.
func (w *world) advance(k *worker) {
	point, more := k.next()
	if more {
		k.at = point
		w.log("%s: %s", k.name, point)
		return
	}
	k.stop()
	w.drop(k)
	w.learnt(k)
	if k.res.Cancelled {
		w.redis.letExpire(w.key())
	}
	if !k.acked { // what has left the queue is answered from memory
		w.redis.finish(k.task, k.res, k.on)
	}
	w.log("%s ends: done %v, at %s, error %v", k.name, k.res.Done, k.res.At.Format(time.TimeOnly), k.res.Err)
}

func (w *world) drop(k *worker) {
	w.workers = slices.DeleteFunc(w.workers, func(o *worker) bool { return o == k })
}

// held reports whether a worker that lives has the task, and a lease on it.
func (w *world) held(key string) bool {
	return slices.ContainsFunc(w.workers, func(k *worker) bool { return k.task.key == key && !k.frozen })
}

// some is one of the workers that are frozen, or of those that are not.
func (w *world) some(frozen bool) *worker {
	var list []*worker
	for _, k := range w.workers {
		if k.frozen == frozen {
			list = append(list, k)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[w.dice.roll("which worker", len(list))]
}

func (w *world) fullStory() string { return strings.Join(w.story, "\n") }
