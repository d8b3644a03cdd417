package crash

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/engine"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/task"
	"github.com/octoq/octoq/worker"
)

// patience is how long a trial may take from one worker's start to the end.
const patience = 2 * time.Minute

// world is the one API server of all trials; each process has a path of its own.
type world struct {
	url string

	mu   sync.Mutex
	last int
	all  map[string]*process
}

func startWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{all: map[string]*process{}}
	s := httptest.NewServer(w)
	tb.Cleanup(s.Close)
	w.url = s.URL
	return w
}

// admit gives a process its API.
func (w *world) admit(p *process) (url string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	name := strconv.Itoa(w.last)
	w.all[name] = p
	return w.url + "/" + name + "/v1/public"
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	w.mu.Lock()
	p := w.all[name]
	w.mu.Unlock()
	r.URL.Path = "/" + rest
	p.ServeHTTP(rw, r)
}

// trial is one run of a scenario, with or without a crash.
type trial struct {
	*testing.T
	world   *world
	server  *server
	script  scenario
	account string
	file    *tail
	book    *book
	one     *sync.Mutex

	rdb *redis.Client
	*operators
	sim    *simulator.Server
	frozen bool // time has passed once while a worker lived
	traces []*process
}

// id is that of the trial's campaign, and the name of its list.
func (t *trial) id() string { return "c-" + t.account }

func (t *trial) prepare() {
	t.Helper()
	var hooks []redis.Hook
	if t.book != nil || t.file != nil {
		t.one = &sync.Mutex{}
		hooks = append(hooks, turn{t.one})
	}
	t.rdb = t.server.client(t, hooks...)
	t.hire(nil, false)
	var err error
	if t.sim, err = simulator.New(t.script.api); err != nil {
		t.Fatal(err)
	}
	if !t.script.doubt { // a new account is in doubt until an operator says what is so
		if _, err := t.desk.Vouch(t.Context(), t.account, "a new account"); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range t.script.rules {
		if _, err := t.sim.AddRule(r); err != nil {
			t.Fatal(err)
		}
	}
	if t.script.warm {
		t.warm()
	}
	enqueueIt := t.script.enqueue
	if enqueueIt == nil {
		enqueueIt = (*trial).enqueue
	}
	enqueueIt(t)
	if t.script.prelude != nil {
		p := t.start(t.script.prelude, false)
		t.drive(p)
		t.bury(p)
		if !p.dead.Load() {
			t.Fatalf("the prelude never came to %s\n%s", t.script.prelude, t.tale())
		}
		t.pass()
	}
}

// warm puts tasks of no campaign into the queues.
func (t *trial) warm() {
	t.Helper()
	producer := queue.NewProducer(t.rdb)
	for _, s := range record.Stages() {
		if s == campaign.StageDead {
			continue
		}
		none := task.Task{Account: t.account, ID: "none", Step: record.Step{Stage: s, Run: 1, Step: 2}}
		if err := producer.Put(t.Context(), none, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
}

func (t *trial) enqueue() {
	t.Helper()
	c := campaign.Campaign{
		ID: t.id(), Account: t.account, ListName: t.id(), Text: "Hello STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	}
	if t.script.shape != nil {
		t.script.shape(&c)
	}
	if _, err := t.client.Enqueue(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func (t *trial) pass() {
	t.Helper()
	if err := pass(t.Context(), t.rdb, t.account, t.id()); err != nil {
		t.Fatal(err)
	}
}

// alive is a process with its worker running in it.
type alive struct {
	*process
	stop  context.CancelFunc
	ended chan error
}

// start starts a worker that dies at a point, or never. Only the one that the
// trial is about is watched.
func (t *trial) start(target *point, watched bool) *alive {
	t.Helper()
	p := newProcess(target)
	p.sim, p.redis, p.one = t.sim, t.server.client(t), t.one
	if watched {
		p.book, p.file = t.book, t.file
		t.file.begin()
	}
	t.traces = append(t.traces, p)
	account := worker.Account{
		APIURL: t.world.admit(p), Login: simulator.DefaultLogin, Key: simulator.DefaultKey, Timeout: 15 * time.Second,
		Rate: 1000, Burst: 100, MaxInFlight: 10, Concurrency: 2,
		PollFirst: time.Millisecond, PollMax: time.Second, Backoff: time.Millisecond, BackoffMax: 50 * time.Millisecond,
		Probe: 1200 * time.Millisecond, ProbeMax: 2 * time.Second,
	}
	if t.script.account != nil {
		t.script.account(&account)
	}
	cfg := worker.Config{
		Redis: t.server.client(t, hook{p}), Name: "worker" + strconv.Itoa(len(t.traces)), Logger: zerolog.Nop(),
		Accounts: map[string]worker.Account{t.account: account}, SweepEvery: sweepEvery, StopTimeout: 10 * time.Second,
	}
	run, err := t.worker(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &alive{process: p, stop: cancel, ended: make(chan error, 1)}
	go func() { a.ended <- run(ctx) }()
	t.Cleanup(func() { // before its client is closed, whatever became of the trial
		cancel()
		err := <-a.ended
		a.ended <- err
	})
	return a
}

const sweepEvery = time.Second

// worker makes a worker. One whose account sleeps is made of its engine: package worker lets
// no account sleep where there are few, and none before half a minute.
func (t *trial) worker(cfg worker.Config) (run func(context.Context) error, err error) {
	if !t.script.sleeps {
		w, err := worker.New(cfg)
		return w.Run, err
	}
	a := cfg.Accounts[t.account]
	p, err := engine.New(engine.Config{
		Redis: cfg.Redis, Name: cfg.Name, Logger: cfg.Logger, StopTimeout: cfg.StopTimeout, Retention: 24 * time.Hour,
		PackAfter: time.Hour, SweepEvery: cfg.SweepEvery, SweepIdle: 45 * time.Second, SleepAfter: time.Second,
		Accounts: []engine.AccountConfig{{
			Name: t.account, API: octopush.Config{BaseURL: a.APIURL, Login: a.Login, Key: simulator.DefaultKey, Timeout: a.Timeout},
			Rate: a.Rate, Burst: a.Burst, MaxInFlight: a.MaxInFlight, Concurrency: a.Concurrency, Deadline: 24 * time.Hour,
			PollFirst: a.PollFirst, PollMax: a.PollMax, Backoff: a.Backoff, BackoffMax: a.BackoffMax, Probe: a.Probe, ProbeMax: a.ProbeMax,
		}},
	})
	return func(ctx context.Context) error {
		if err := p.Run(ctx); ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
			return err
		}
		return nil // asked to stop before it had begun
	}, err
}

// bury waits until a worker has ended, asked to or dead.
func (t *trial) bury(a *alive) {
	t.Helper()
	a.stop()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-a.ended:
		a.ended <- err
		if err != nil && !a.dead.Load() {
			t.Errorf("a worker ended with: %v", err)
		}
	case <-timer.C:
		t.Fatal("a worker did not end")
	}
}

// drive does the operator's part until everything has ended or the worker is
// dead. It reports whether all has ended.
func (t *trial) drive(a *alive) bool {
	t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	const look = 200 * time.Millisecond
	tick := time.NewTicker(look)
	defer tick.Stop()
	why := "just begun"
	for {
		select {
		case <-a.died:
			return false
		case <-t.process.died: // then all dies
			a.die()
			return false
		case err := <-a.ended:
			a.ended <- err
			if a.dead.Load() {
				return false
			}
			t.Fatalf("the worker ended by itself: %v", err)
		case <-end.C:
			t.Fatalf("open after %v: %s\n%s", patience, why, t.tale())
		case <-tick.C:
			// Twice: an answer that has just come is still to be written down.
			was := why
			if why = t.open(); why == "" && was == "" {
				return true
			}
		}
	}
}
