package hold

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

var errCrash = errors.New("crashed")

// backends is what controllers of several processes share: Redis, asynq and the API,
// in memory and on the bubble's clock. After crashIn writes, all further ones fail.
type backends struct {
	mu      sync.Mutex
	hold    *record.Hold
	marks   map[campaign.Stage]bool
	paused  map[campaign.Stage]bool
	leader  *process
	crashIn int // 0: never

	gets, leads, balances int
	balance               record.Outcome
	blockedFor            time.Duration
	blocked               int
	changes               []Action
	order                 []string // of writes
}

func newBackends() *backends {
	return &backends{marks: map[campaign.Stage]bool{}, paused: map[campaign.Stage]bool{}}
}

// process is one process of the backends: all its ports.
type process struct{ *backends }

func (b *backends) ports() Ports {
	p := &process{b}
	return Ports{
		Store: p, Marks: p, Pauser: p, Lease: p, Prober: p,
		Random: func() float64 { return 0.5 },
		OnChange: func(a Action, _ record.Hold, _ string) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.changes = append(b.changes, a)
		},
	}
}

// write notes a write, or fails when the process has crashed before it.
func (b *backends) write(what string) error {
	if b.crashIn > 0 {
		b.crashIn--
		if b.crashIn == 0 {
			b.crashIn = -1
		}
	}
	if b.crashIn < 0 {
		return errCrash
	}
	b.order = append(b.order, what)
	return nil
}

func (b *backends) Find(ctx context.Context) (*record.Hold, time.Time, error) {
	h, now, err := b.Get(ctx)
	if h == nil {
		now = time.Time{}
	}
	return h, now, err
}

func (b *backends) Get(context.Context) (*record.Hold, time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gets++
	if b.hold == nil {
		return nil, time.Now(), nil
	}
	h := *b.hold
	return &h, time.Now(), nil
}

func same(a, b *record.Hold) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Since.Equal(b.Since) && a.Reason == b.Reason && a.Phase == b.Phase && a.Tries == b.Tries
}

func (b *backends) Swap(_ context.Context, before, after *record.Hold) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !same(b.hold, before) {
		return false, nil
	}
	if err := b.write("key"); err != nil {
		return false, err
	}
	if after == nil {
		b.hold = nil
		return true, nil
	}
	h := *after
	h.Since = time.Now()
	if b.hold != nil {
		h.Since = b.hold.Since
	}
	b.hold = &h
	return true, nil
}

func (b *backends) Blocked(context.Context) (time.Duration, int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.blockedFor, b.blocked, nil
}

func (b *backends) Marks(context.Context) (map[campaign.Stage]bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := map[campaign.Stage]bool{}
	for s, sure := range b.marks {
		m[s] = sure
	}
	return m, nil
}

func (b *backends) Mark(_ context.Context, s campaign.Stage, sure bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.write("mark"); err != nil {
		return err
	}
	b.marks[s] = sure
	return nil
}

func (b *backends) Unmark(_ context.Context, s campaign.Stage) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.write("unmark"); err != nil {
		return err
	}
	delete(b.marks, s)
	return nil
}

func (b *backends) Pause(_ context.Context, s campaign.Stage) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.write("pause"); err != nil {
		return false, err
	}
	changed := !b.paused[s]
	b.paused[s] = true
	return changed, nil
}

func (b *backends) Unpause(_ context.Context, s campaign.Stage) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.write("unpause"); err != nil {
		return err
	}
	delete(b.paused, s)
	return nil
}

func (b *backends) Paused(_ context.Context, s campaign.Stage) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.paused[s], nil
}

func (p *process) TryAcquire(context.Context) (bool, error) {
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

func (b *backends) Balance(context.Context) record.Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.balances++
	return b.balance
}

// controller makes the controller of one more process.
func (b *backends) controller(t *testing.T) *Controller {
	t.Helper()
	ctl, err := NewController("acc", Config{}, b.ports())
	if err != nil {
		t.Fatalf("NewController: %v", err)
	}
	return ctl
}

// run runs the controller until the test, or the returned function, ends it.
func run(t *testing.T, ctl *Controller) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := ctl.Run(ctx); err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	}()
	stop := func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// view is what a test looks at.
type view struct {
	hold                  record.Hold
	none                  bool
	gets, leads, balances int
	order                 []string
	changes               []Action
	marks                 int
	led                   bool
}

func (b *backends) view() view {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := view{
		none: b.hold == nil, gets: b.gets, leads: b.leads, balances: b.balances, order: slices.Clone(b.order),
		changes: slices.Clone(b.changes), marks: len(b.marks), led: b.leader != nil,
	}
	if b.hold != nil {
		v.hold = *b.hold
	}
	return v
}

// do changes the backends.
func (b *backends) do(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// want checks the hold's phase ("" for none) and which queues are paused.
func (b *backends) want(t *testing.T, when string, phase record.HoldPhase, paused ...campaign.Stage) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var got record.HoldPhase
	if b.hold != nil {
		got = b.hold.Phase
	}
	if got != phase {
		t.Errorf("%s: got phase %q, want %q", when, got, phase)
	}
	for _, s := range record.Stages() {
		want := false
		for _, p := range paused {
			want = want || p == s
		}
		if b.paused[s] != want {
			t.Errorf("%s: queue %s paused: got %v, want %v", when, s, b.paused[s], want)
		}
	}
}
