package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/redistest"
)

// upset lets Redis be upset until ctx ends: one thing at a time, in two rounds at
// least. Every other round is calm: it shows how soon workers go on.
func (w *world) upset(ctx context.Context, r *rand.Rand) {
	const rounds = 2
	for n := 0; len(w.place.upsets) > 0 && (n < rounds || ctx.Err() == nil); n++ {
		if calm := n%2 == 1; calm {
			w.becalm()
		}
		for _, f := range w.place.round(n, r) {
			if n >= rounds && ctx.Err() != nil {
				break
			}
			w.upsetBy(ctx, f, r)
			pass(ctx, between(r, 500*time.Millisecond, 3*time.Second))
		}
		w.calm.Store(false)
	}
}

func (w *world) upsetBy(ctx context.Context, f fault, r *rand.Rand) {
	w.losses.Lock()
	defer w.losses.Unlock()
	w.losses.doubted, w.losses.any = true, true
	w.injected(f.kind)
	w.note("upset: %s", f.kind)
	f.do(ctx, w, r)
	w.losses.since = time.Now()
	w.note("upset over: %s", f.kind)
}

// permitsLapse is how long a worker that was killed or frozen keeps others from calling
// the API, by the permits that it had: as long as a claim, 17 s here, and some more.
const permitsLapse = 20 * time.Second

// harmless reports whether workers go on at once whenever a fault begins.
func harmless(kind string) bool { return kind == "worker_stopped" }

// becalm lets no other faults begin, and waits until nothing is left of those that
// have: they are over, permits have lapsed, and the account is not on hold.
func (w *world) becalm() {
	w.calm.Store(true)
	c := w.place.client()
	w.until(2*time.Minute, "nothing is left of faults", func() (bool, string) {
		held, err := c.Exists(context.Background(), "octoq:{"+campaign.DefaultAccount+"}:hold").Result()
		w.mu.Lock()
		defer w.mu.Unlock()
		return err == nil && held == 0 && w.rough == 0 && time.Since(w.lapsing) > permitsLapse, fmt.Sprintf("%d faults, %d holds, %v", w.rough, held, err)
	})
	w.note("calm")
}

// begins notes that a fault begins, and that it ends. It reports false if it may not.
func (w *world) begins(kind string) (ends func(), may bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if harmless(kind) {
		return func() {}, true
	}
	if w.calm.Load() {
		return nil, false
	}
	w.rough++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.rough--
		if strings.HasPrefix(kind, "worker_") {
			w.lapsing = time.Now()
		}
	}, true
}

// goesOnWithin is how long after a fail-over workers may do nothing.
const goesOnWithin = 5 * time.Second

// goesOn measures in a calm round how long after a fail-over a worker takes its next
// step: it writes to the new primary, and then calls the API.
func (w *world) goesOn(switched time.Time) {
	if !w.calm.Load() {
		return
	}
	c := w.place.client()
	var wrote, called time.Time
	w.until(time.Minute, "a worker goes on after the fail-over", func() (bool, string) {
		if wrote.IsZero() {
			wrote = w.stepAfter(c, switched)
		}
		called = w.callAfter(wrote)
		return !called.IsZero(), "wrote at " + wrote.String()
	})
	if called.IsZero() {
		return
	}
	took := called.Sub(switched)
	w.note("a worker's next step came %v after the fail-over", took)
	w.mu.Lock()
	w.slow = append(w.slow, took)
	w.mu.Unlock()
	if took > goesOnWithin {
		w.t.Errorf("a worker's next step came %v after the fail-over, want %v at most", took, goesOnWithin)
	}
}

// stepAfter is when a worker wrote a step to the ledger after a moment, zero for not yet:
// the first of these in the timelines of the campaigns that have changed since.
func (w *world) stepAfter(c redis.UniversalClient, moment time.Time) time.Time {
	const account = "octoq:{" + campaign.DefaultAccount + "}:"
	var first time.Time
	changed := &redis.ZRangeBy{Min: strconv.FormatInt(moment.UnixMilli(), 10), Max: "+inf"}
	for _, state := range campaign.States() {
		ids, err := c.ZRangeByScore(context.Background(), account+"state:"+string(state), changed).Result()
		if err != nil {
			return time.Time{}
		}
		for _, id := range ids {
			lines, err := c.LRange(context.Background(), account+"c:"+id+":log", -50, -1).Result()
			if err != nil {
				return time.Time{}
			}
			if at := firstStep(lines, moment); !at.IsZero() && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	return first
}

// firstStep is when a worker took the first step of a timeline after a moment.
func firstStep(lines []string, moment time.Time) time.Time {
	for _, line := range lines {
		var e struct {
			At    int64          `json:"at"`
			What  string         `json:"what"`
			State campaign.State `json:"state"`
		}
		if json.Unmarshal([]byte(line), &e) != nil || e.At < moment.UnixMilli() {
			continue
		}
		if stepOfWorker(e.State, e.What) {
			return time.UnixMilli(e.At)
		}
	}
	return time.Time{}
}

// stepOfWorker reports whether an entry of a timeline is no operator's.
func stepOfWorker(state campaign.State, what string) bool {
	working := []campaign.State{campaign.StateComputing, campaign.StateReady, campaign.StateConfirming, campaign.StateSent}
	return slices.Contains(working, state) && what != "approved" && what != "cancel_requested"
}

// callAfter is when the API was first called after a moment, zero for not yet or never.
func (w *world) callAfter(moment time.Time) time.Time {
	if moment.IsZero() {
		return moment
	}
	var first time.Time
	for _, c := range w.sim.Log() {
		if c.Time.After(moment) && (first.IsZero() || c.Time.Before(first)) {
			first = c.Time
		}
	}
	return first
}

// leftBehind is a producer that goes on with a primary which others have replaced. The
// answers must not say that a campaign survives. With -chaos.left a worker goes on as well.
func (w *world) leftBehind(old *redistest.Server, r *rand.Rand) (gone func()) {
	ended := func() {}
	if *flagLeft {
		ended = w.leaveWorker(old)
	}
	produced := make(chan struct{})
	go func() {
		defer close(produced)
		for _, file := range w.producers.enqueued(r) {
			w.producers.straggle(file, old.URL())
		}
	}()
	return func() {
		<-produced
		ended()
	}
}

// leaveWorker starts a worker on an old primary, and returns what ends it.
func (w *world) leaveWorker(old *redistest.Server) (end func()) {
	w.stragglers++
	log := filepath.Join(w.dir, "worker-left."+strconv.Itoa(w.stragglers)+".log")
	p, err := proctest.Start(log, env(old.URL(), w.api), programs.octoq, "worker")
	if err != nil {
		w.t.Errorf("start a worker: %v", err)
		return func() {}
	}
	w.note("a worker on the old side: process %d", p.PID())
	return func() {
		p.Kill()
		w.note("the worker on the old side is killed")
		w.sane("the worker on the old side", p.Log())
	}
}

// straggle enqueues a file where it will be forgotten.
func (p *producers) straggle(file, url string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, _ := p.w.command(ctx, url, "enqueue", "--file", file, "--json", "--durable=replicas:1")
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range linesOf(out) {
		if (l.Result == "enqueued" || l.Result == "known") && l.NotDurable == "" {
			p.w.t.Errorf("a primary that is cut off has confirmed %s as durable", l.ID)
		}
	}
}
