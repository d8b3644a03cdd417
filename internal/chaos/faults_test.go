package chaos

import (
	"context"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/octoq/octoq/internal/simulator"
)

// fault is something that goes wrong. do returns when it is over; it cleans up
// after itself whatever ctx says, which ends when faults are to stop.
type fault struct {
	kind string
	do   func(ctx context.Context, w *world, r *rand.Rand)
}

// allFaults lists every kind that may come at any time. Each is drawn once before
// any is drawn again.
func (w *world) allFaults() []fault {
	faults := append([]fault{
		{"worker_killed", killWorker},
		{"worker_stopped", stopWorker},
		{"worker_frozen", freezeWorker},
		{"api_cut", onAPI(cut)},
		{"api_throttled", onAPI(toxic("bandwidth", toxiproxy.Attributes{"rate": 1}, "downstream", "upstream"))},
		{"api_half_open", onAPI(toxic("timeout", toxiproxy.Attributes{"timeout": 0}, "downstream", "upstream"))},
		{"api_slow_body", onAPI(toxic("slicer", toxiproxy.Attributes{"average_size": 1, "size_variation": 0, "delay": 20_000}, "downstream"))},
		{"operator_hold", operatorHold},
		{"api_strict", beStrict},
	}, w.place.faults...)
	for _, f := range apiFaults() {
		faults = append(faults, fault{f.kind, byRules(f.rules...)})
	}
	return slices.DeleteFunc(faults, func(f fault) bool { return slices.Contains(w.place.without, f.kind) })
}

// apiFaults are what the API itself may do.
func apiFaults() []struct {
	kind  string
	rules []simulator.Rule
} {
	const some, many = 0.3, 0.6
	return []struct {
		kind  string
		rules []simulator.Rule
	}{
		{"api_answer_dropped", []simulator.Rule{{Fault: simulator.FaultDropAfter, Share: many}}},
		{"api_dropped_before", []simulator.Rule{{Fault: simulator.FaultDropBefore, Share: many}}},
		{"api_500", []simulator.Rule{{Fault: simulator.Fault500, Share: some}, {Fault: simulator.Fault500, CarryOut: true, Share: some}}},
		{"api_503", []simulator.Rule{{Fault: simulator.Fault503, RetryAfter: 1, Share: some}}},
		{"api_429", []simulator.Rule{{Fault: simulator.Fault429, Share: some}}},
		{"api_garbage", []simulator.Rule{{Fault: simulator.FaultGarbage, Share: many}}},
		{"api_huge", []simulator.Rule{{Fault: simulator.FaultHuge, Share: some}}},
		{"api_hangs", []simulator.Rule{{Fault: simulator.FaultHang, Share: some}, {Fault: simulator.FaultHang, CarryOut: true, Share: some}}},
		{"api_late", []simulator.Rule{{Fault: simulator.FaultLatency, CarryOut: true, LatencyMS: 2500, Share: some}}},
		{"api_another_waits", []simulator.Rule{{Call: simulator.CallCreate, Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 126, Share: many}}},
		{"api_unknown_4xx", []simulator.Rule{
			{Call: simulator.CallSend, Fault: simulator.FaultAnswer, HTTPStatus: 418, Share: some},
			{Call: simulator.CallSend, Fault: simulator.FaultAnswer, HTTPStatus: 418, CarryOut: true, Share: some},
		}},
		{"api_forgets_ticket", []simulator.Rule{
			{Call: simulator.CallSend, Fault: simulator.FaultDropAfter, Share: many},
			{Call: simulator.CallStatus, Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 131, Share: some, Times: 5},
		}},
		{"account_refused", []simulator.Rule{{Fault: simulator.FaultUnauthorized}}},
		{"account_without_credit", []simulator.Rule{{Fault: simulator.FaultNoCredit}}},
		{"credit_in_doubt", []simulator.Rule{{Call: simulator.CallSend, Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 105, CarryOut: true, Share: some}}},
	}
}

// inject lets faults come until ctx ends, and returns when all are over.
func (w *world) inject(ctx context.Context, r *rand.Rand) {
	done := make(chan struct{})
	var running int
	var bag []fault
	for ctx.Err() == nil {
		if len(bag) == 0 {
			bag = w.allFaults()
			r.Shuffle(len(bag), func(i, k int) { bag[i], bag[k] = bag[k], bag[i] })
		}
		f := bag[0]
		bag = bag[1:]
		own := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		ends, may := w.begins(f.kind)
		if !may {
			pass(ctx, 100*time.Millisecond)
			continue
		}
		w.injected(f.kind)
		w.note("fault: %s", f.kind)
		running++
		go func() {
			f.do(ctx, w, own)
			ends()
			w.note("fault over: %s", f.kind)
			done <- struct{}{}
		}()
		pass(ctx, between(r, 300*time.Millisecond, 2500*time.Millisecond))
	}
	for range running {
		<-done
	}
}

func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// free is a worker that no other fault befalls, locked; nil if there is none.
// Where workers are to go on after a fail-over, one of them is left alone.
func (w *world) free(r *rand.Rand) *slot {
	w.choosing.Lock()
	defer w.choosing.Unlock()
	var free []*slot
	for _, i := range r.Perm(len(w.slots)) {
		if w.slots[i].TryLock() {
			free = append(free, w.slots[i])
		}
	}
	if len(free) == 0 || len(free) == 1 && len(w.place.upsets) > 0 {
		unlock(free)
		return nil
	}
	unlock(free[1:])
	return free[0]
}

func unlock(slots []*slot) {
	for _, s := range slots {
		s.Unlock()
	}
}

func killWorker(ctx context.Context, w *world, r *rand.Rand) {
	s := w.free(r)
	if s == nil {
		return
	}
	defer s.Unlock()
	s.kill()
	pass(ctx, between(r, 0, 3*time.Second))
	s.start()
}

// killBeforeReply holds the replies of Redis back, so that the worker dies
// between a write and its reply.
func killBeforeReply(ctx context.Context, w *world, r *rand.Rand) {
	s := w.free(r)
	if s == nil {
		return
	}
	defer s.Unlock()
	over := w.poison(s.redis, "latency", "downstream", toxiproxy.Attributes{"latency": 100})
	pass(ctx, between(r, 200*time.Millisecond, time.Second))
	s.kill()
	over()
	s.start()
}

func stopWorker(ctx context.Context, w *world, r *rand.Rand) {
	s := w.free(r)
	if s == nil {
		return
	}
	defer s.Unlock()
	s.stop()
	pass(ctx, between(r, 0, 2*time.Second))
	s.start()
}

// freezeWorker freezes a worker for longer than asynq's leases last, 30 s, and
// than a claim does, 17 s here. Then it goes on as if nothing had been.
func freezeWorker(_ context.Context, w *world, r *rand.Rand) {
	s := w.free(r)
	if s == nil {
		return
	}
	defer s.Unlock()
	if err := s.process.Signal(syscall.SIGSTOP); err != nil {
		w.t.Error(err)
	}
	w.note("%s: frozen", s.name)
	pass(context.Background(), between(r, 32*time.Second, 45*time.Second)) // to its end
	if err := s.process.Signal(syscall.SIGCONT); err != nil {
		w.t.Error(err)
	}
	w.note("%s: thawed", s.name)
}

// network is something that goes wrong with a connection.
type network func(ctx context.Context, w *world, p *toxiproxy.Proxy, r *rand.Rand)

func onRedis(n network) func(context.Context, *world, *rand.Rand) {
	return func(ctx context.Context, w *world, r *rand.Rand) {
		if s := w.free(r); s != nil {
			defer s.Unlock()
			n(ctx, w, s.redis, r)
		}
	}
}

func onAPI(n network) func(context.Context, *world, *rand.Rand) {
	return func(ctx context.Context, w *world, r *rand.Rand) {
		if s := w.free(r); s != nil {
			defer s.Unlock()
			n(ctx, w, s.api, r)
		}
	}
}

func onShop(n network) func(context.Context, *world, *rand.Rand) {
	return func(ctx context.Context, w *world, r *rand.Rand) {
		w.shopping.Lock()
		defer w.shopping.Unlock()
		n(ctx, w, w.shop, r)
	}
}

// cut breaks all connections, and refuses new ones for a while.
func cut(ctx context.Context, w *world, p *toxiproxy.Proxy, r *rand.Rand) {
	if err := p.Disable(); err != nil {
		w.t.Errorf("disable proxy %s: %v", p.Name, err)
	}
	pass(ctx, between(r, 50*time.Millisecond, 3*time.Second))
	if err := p.Enable(); err != nil {
		w.t.Errorf("enable proxy %s: %v", p.Name, err)
	}
}

// silent lets nothing through that the worker says, for longer than a claim
// lasts, 17 s here: it has answers in hand, and cannot write them down in time.
func silent(_ context.Context, w *world, p *toxiproxy.Proxy, r *rand.Rand) {
	over := w.poison(p, "timeout", "upstream", toxiproxy.Attributes{"timeout": 0})
	pass(context.Background(), between(r, 18*time.Second, 25*time.Second)) // to its end
	over()
}

// toxic lets something happen to what flows one way or the other.
func toxic(kind string, attributes toxiproxy.Attributes, ways ...string) network {
	return func(ctx context.Context, w *world, p *toxiproxy.Proxy, r *rand.Rand) {
		over := w.poison(p, kind, ways[r.IntN(len(ways))], attributes)
		pass(ctx, between(r, time.Second, 6*time.Second))
		over()
	}
}

// poison adds a toxic and returns what removes it.
func (w *world) poison(p *toxiproxy.Proxy, kind, way string, attributes toxiproxy.Attributes) (over func()) {
	t, err := p.AddToxic("", kind, way, 1, attributes)
	if err != nil {
		w.t.Errorf("add %s to proxy %s: %v", kind, p.Name, err)
		return func() {}
	}
	w.note("%s: %s %s", p.Name, kind, way)
	return func() { w.cure(p, t.Name) }
}

// cure removes a toxic. toxiproxy may lock itself out of a proxy for good when a
// connection ends in the same moment; it then answers 503 after 25 s, and the
// process is replaced.
func (w *world) cure(p *toxiproxy.Proxy, name string) {
	err := p.RemoveToxic(name)
	if err == nil {
		return
	}
	left, asked := p.Toxics()
	if asked == nil && !slices.ContainsFunc(left, func(t toxiproxy.Toxic) bool { return t.Name == name }) {
		return
	}
	w.note("%s: renewed, for toxiproxy does not remove %s: %v", p.Name, name, err)
	w.renew(p)
}

// byRules lets the API do something for some seconds.
func byRules(rules ...simulator.Rule) func(context.Context, *world, *rand.Rand) {
	return func(ctx context.Context, w *world, r *rand.Rand) {
		var ids []string
		for _, rule := range rules {
			id, err := w.sim.AddRule(rule)
			if err != nil {
				w.t.Errorf("add a rule: %v", err)
				continue
			}
			ids = append(ids, id)
		}
		pass(ctx, between(r, 2*time.Second, 6*time.Second))
		for _, id := range ids {
			_ = w.sim.RemoveRule(id) // it may have served its times
		}
	}
}

// operatorHold is a person who stops the account, cancels campaigns meanwhile that
// no worker may have touched, and lets it go on.
func operatorHold(ctx context.Context, w *world, r *rand.Rand) {
	w.command(ctx, w.place.url, "hold", "set", "--message", "looking at something")
	for range r.IntN(4) {
		if c, ok := w.producers.some(w.items, r, withdrawn); ok {
			w.operators.do("cancel_on_hold", "cancel", c.id)
		}
	}
	pass(ctx, between(r, time.Second, 4*time.Second))
	w.clearHold()
}

// beStrict lets the API be as strict for a while as Octopush may be, but for its
// refusal of a create while another campaign waits: a ticket whose answer was lost
// would then block the account for good.
func beStrict(ctx context.Context, w *world, r *rand.Rand) {
	names := slices.DeleteFunc(simulator.StrictNames(), func(name string) bool {
		return name == simulator.StrictPending || r.IntN(2) == 0
	})
	w.note("strict: %v", names)
	if err := w.sim.SetStrict(names...); err != nil {
		w.t.Error(err)
	}
	pass(ctx, between(r, 2*time.Second, 6*time.Second))
	if err := w.sim.SetStrict(); err != nil {
		w.t.Error(err)
	}
}

// clearHold lifts a hold, however long Redis makes it wait.
func (w *world) clearHold() {
	w.until(time.Minute, "the hold is lifted by hand", func() (bool, string) {
		out, code := w.command(context.Background(), w.place.url, "hold", "clear")
		return code == exitDone || code == exitNotFound, out
	})
}
