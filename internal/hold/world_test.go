package hold

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

var errCrash = errors.New("crashed")

// world is what keepers of several processes share: Redis, asynq and the API,
// in memory and on the bubble's clock. After crashIn writes, all further ones fail.
type world struct {
	mu      sync.Mutex
	hold    *campaign.Hold
	marks   map[campaign.Stage]bool
	paused  map[campaign.Stage]bool
	leader  *process
	crashIn int // 0: never

	gets, leads, balances int
	balance               campaign.Outcome
	blockedFor            time.Duration
	blocked               int
	changes               []Action
	order                 []string // of writes
}

func newWorld() *world {
	return &world{marks: map[campaign.Stage]bool{}, paused: map[campaign.Stage]bool{}}
}

// process is one process of the world: all its ports.
type process struct{ *world }

func (w *world) ports() Ports {
	p := &process{w}
	return Ports{
		Store: p, Marks: p, Pauser: p, Lead: p, Prober: p,
		Random: func() float64 { return 0.5 },
		OnChange: func(a Action, _ campaign.Hold, _ string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changes = append(w.changes, a)
		},
	}
}

// write notes a write, or fails when the process has crashed before it.
func (w *world) write(what string) error {
	if w.crashIn > 0 {
		w.crashIn--
		if w.crashIn == 0 {
			w.crashIn = -1
		}
	}
	if w.crashIn < 0 {
		return errCrash
	}
	w.order = append(w.order, what)
	return nil
}

func (w *world) Get(context.Context) (*campaign.Hold, time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gets++
	if w.hold == nil {
		return nil, time.Now(), nil
	}
	h := *w.hold
	return &h, time.Now(), nil
}

func same(a, b *campaign.Hold) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Since.Equal(b.Since) && a.Reason == b.Reason && a.Phase == b.Phase && a.Tries == b.Tries
}

func (w *world) Swap(_ context.Context, before, after *campaign.Hold) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !same(w.hold, before) {
		return false, nil
	}
	if err := w.write("key"); err != nil {
		return false, err
	}
	if after == nil {
		w.hold = nil
		return true, nil
	}
	h := *after
	h.Since = time.Now()
	if w.hold != nil {
		h.Since = w.hold.Since
	}
	w.hold = &h
	return true, nil
}

func (w *world) Blocked(context.Context) (time.Duration, int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.blockedFor, w.blocked, nil
}

func (w *world) Marks(context.Context) (map[campaign.Stage]bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := map[campaign.Stage]bool{}
	for s, sure := range w.marks {
		m[s] = sure
	}
	return m, nil
}

func (w *world) Mark(_ context.Context, s campaign.Stage, sure bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write("mark"); err != nil {
		return err
	}
	w.marks[s] = sure
	return nil
}

func (w *world) Unmark(_ context.Context, s campaign.Stage) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write("unmark"); err != nil {
		return err
	}
	delete(w.marks, s)
	return nil
}

func (w *world) Pause(_ context.Context, s campaign.Stage) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write("pause"); err != nil {
		return false, err
	}
	changed := !w.paused[s]
	w.paused[s] = true
	return changed, nil
}

func (w *world) Unpause(_ context.Context, s campaign.Stage) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write("unpause"); err != nil {
		return err
	}
	delete(w.paused, s)
	return nil
}

func (w *world) Paused(_ context.Context, s campaign.Stage) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.paused[s], nil
}

func (p *process) Lead(context.Context) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leads++
	if p.leader == nil {
		p.leader = p
	}
	return p.leader == p, nil
}

func (p *process) Resign(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leader == p {
		p.leader = nil
	}
	return nil
}

func (w *world) Balance(context.Context) campaign.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.balances++
	return w.balance
}

// keeper makes the keeper of one more process.
func (w *world) keeper(t *testing.T) *Keeper {
	t.Helper()
	k, err := NewKeeper("acc", Config{}, w.ports())
	if err != nil {
		t.Fatalf("NewKeeper: %v", err)
	}
	return k
}

// run runs the keeper until the test, or the returned function, ends it.
func run(t *testing.T, k *Keeper) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := k.Run(ctx); err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	}()
	stop := func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// view is what a test looks at.
type view struct {
	hold                  campaign.Hold
	none                  bool
	gets, leads, balances int
	order                 []string
	changes               []Action
	marks                 int
	led                   bool
}

func (w *world) look() view {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := view{
		none: w.hold == nil, gets: w.gets, leads: w.leads, balances: w.balances, order: slices.Clone(w.order),
		changes: slices.Clone(w.changes), marks: len(w.marks), led: w.leader != nil,
	}
	if w.hold != nil {
		v.hold = *w.hold
	}
	return v
}

// do changes the world.
func (w *world) do(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// want checks the hold's phase ("" for none) and which queues are paused.
func (w *world) want(t *testing.T, when string, phase campaign.HoldPhase, paused ...campaign.Stage) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var got campaign.HoldPhase
	if w.hold != nil {
		got = w.hold.Phase
	}
	if got != phase {
		t.Errorf("%s: got phase %q, want %q", when, got, phase)
	}
	for _, s := range campaign.Stages() {
		want := false
		for _, p := range paused {
			want = want || p == s
		}
		if w.paused[s] != want {
			t.Errorf("%s: queue %s paused: got %v, want %v", when, s, w.paused[s], want)
		}
	}
}
