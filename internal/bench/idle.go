package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/worker"
)

// IdleConfig says how much of an idle worker is measured.
type IdleConfig struct {
	Config
	// HandOns is how many whole campaigns a run follows. Each takes one to two
	// seconds, since the first look at a ticket waits that long.
	HandOns int
	// Asynq is how many pick-ups of a plain asynq server are measured, about a
	// second each; zero leaves the comparison out.
	Asynq int
	// Watch is how long Redis's commands are counted.
	Watch time.Duration
}

const (
	// pauseBetween lets a worker become idle again.
	pauseBetween = 20 * time.Millisecond
	// arriveWithin is how long anything may take before the measurement fails.
	arriveWithin = 30 * time.Second
)

// spans are what one run measured.
type spans struct {
	pickups, handOns, limited, called, handled, plain []time.Duration
	commands                                          float64 // a second
}

// Idle measures how soon idle workers pick work up, and what they cost Redis.
func Idle(ctx context.Context, p *Place, cfg IdleConfig) (Section, error) {
	var runs []spans
	for run := range cfg.Runs {
		s, err := idleRun(ctx, p, cfg)
		if err != nil {
			return Section{}, err
		}
		runs = append(runs, s)
		cfg.progress("run %d: pick-up p50 %s ms, %s commands/s", run+1, Number(Quantile(Millis(s.pickups), 0.5)), Number(s.commands))
	}
	return idleSection(runs, cfg), nil
}

func idleRun(ctx context.Context, p *Place, cfg IdleConfig) (s spans, err error) {
	free := worker.Account{Unlimited: true}
	err = withWorker(ctx, p, free, func(w *idleWorker) error {
		if s.pickups, err = w.pickups(ctx, cfg.Count); err != nil {
			return err
		}
		s.handOns, err = w.handOns(ctx, cfg.HandOns)
		return err
	})
	if err != nil {
		return s, fmt.Errorf("idle worker: %w", err)
	}
	limited := worker.Account{Rate: 1000, Burst: 100, MaxInFlight: 10}
	err = withWorker(ctx, p, limited, func(w *idleWorker) error {
		s.limited, err = w.pickups(ctx, cfg.Count)
		return err
	})
	if err != nil {
		return s, fmt.Errorf("idle worker with limits: %w", err)
	}
	if s.called, s.handled, err = toHandler(ctx, p, cfg.Count); err != nil {
		return s, fmt.Errorf("to the handler: %w", err)
	}
	if s.plain, err = plainPickups(ctx, p, cfg.Asynq); err != nil {
		return s, fmt.Errorf("plain asynq: %w", err)
	}
	s.commands, err = idleCommands(ctx, p, cfg.Watch)
	return s, err
}

// idleWorker is a worker with nothing to do but what is enqueued for it.
type idleWorker struct {
	client   *enqueue.Client
	account  string
	api      *API
	arrivals chan Arrival
	// first is the number of the first campaign, next that of the next one.
	first, next int
}

// withWorker runs a worker with a stand-in for the API while do is at it, and
// checks at the end that the API was called once for each thing.
func withWorker(ctx context.Context, p *Place, settings worker.Account, do func(*idleWorker) error) error {
	w := &idleWorker{account: p.account(), arrivals: make(chan Arrival, 64)}
	return w.with(ctx, p, settings, 1, do)
}

// Pickups is how soon a worker of an account picks n campaigns up, one by one;
// first is the number of the first one.
func Pickups(ctx context.Context, p *Place, account string, first, n int) ([]time.Duration, error) {
	return PickupsBy(ctx, p, account, first, n, 1)
}

// PickupsBy is Pickups by several workers at once.
func PickupsBy(ctx context.Context, p *Place, account string, first, n, workers int) (took []time.Duration, err error) {
	w := &idleWorker{account: account, arrivals: make(chan Arrival, 64), first: first, next: first}
	err = w.with(ctx, p, worker.Account{Unlimited: true}, workers, func(w *idleWorker) error {
		took, err = w.pickups(ctx, n)
		return err
	})
	return took, err
}

func (w *idleWorker) with(ctx context.Context, p *Place, settings worker.Account, workers int, do func(*idleWorker) error) (err error) {
	if w.api, err = NewAPI(ctx, 0, func(a Arrival) { w.arrivals <- a }); err != nil {
		return err
	}
	defer w.api.Close()
	if w.client, err = enqueue.New(enqueue.Config{RedisURL: p.URL}); err != nil {
		return err
	}
	defer func() { _ = w.client.Close() }()
	work := func() error { return do(w) }
	for range workers {
		inner := work
		work = func() error {
			return Work(ctx, p.URL, w.api.URL, map[string]worker.Account{w.account: settings}, inner)
		}
	}
	if err := work(); err != nil {
		return err
	}
	if err := w.api.Twice(); err != nil {
		return err
	}
	if got := w.api.Created(); got != w.next-w.first {
		return fmt.Errorf("%d campaigns were enqueued, %d created", w.next-w.first, got)
	}
	return nil
}

// Work runs a worker on some accounts, whose URL and credentials are filled in,
// while do is at it.
func Work(ctx context.Context, redisURL, apiURL string, accounts map[string]worker.Account, do func() error) error {
	for name, a := range accounts {
		a.APIURL, a.Login, a.Key = apiURL, "bench@example.com", "key"
		accounts[name] = a
	}
	w, err := worker.New(worker.Config{RedisURL: redisURL, Accounts: accounts})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(running) }()
	err = ready(ctx, w, ended)
	if err == nil {
		err = do()
	}
	stop()
	if e := <-ended; err == nil {
		err = e
	}
	return err
}

func ready(ctx context.Context, w *worker.Worker, ended chan error) error {
	limit := time.NewTimer(arriveWithin)
	defer limit.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !w.Ready() {
		select {
		case <-tick.C:
		case err := <-ended:
			ended <- err
			return err
		case <-limit.C:
			return fmt.Errorf("the worker is not ready after %v", arriveWithin)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// pickups are the times from the return of Enqueue to the create's arrival. The
// campaigns are in simulation mode and so end there: the worker is idle again.
func (w *idleWorker) pickups(ctx context.Context, n int) ([]time.Duration, error) {
	var took []time.Duration
	for range n {
		returned, err := w.enqueue(ctx, true)
		if err != nil {
			return nil, err
		}
		create, err := w.await(ctx, CallCreate)
		if err != nil {
			return nil, err
		}
		took = append(took, max(0, create.At.Sub(returned)))
		wait(ctx, pauseBetween)
	}
	return took, nil
}

// handOns are the times from the answer to status to the confirm's arrival.
func (w *idleWorker) handOns(ctx context.Context, n int) ([]time.Duration, error) {
	var took []time.Duration
	for range n {
		if _, err := w.enqueue(ctx, false); err != nil {
			return nil, err
		}
		if _, err := w.await(ctx, CallCreate); err != nil {
			return nil, err
		}
		status, err := w.await(ctx, CallStatus)
		if err != nil {
			return nil, err
		}
		confirm, err := w.await(ctx, CallConfirm)
		if err != nil {
			return nil, err
		}
		took = append(took, confirm.At.Sub(status.End))
		wait(ctx, pauseBetween)
	}
	return took, nil
}

func (w *idleWorker) enqueue(ctx context.Context, simulated bool) (returned time.Time, err error) {
	c := Campaign(w.account, w.next)
	c.SimulationMode = simulated
	w.next++
	_, err = w.client.Enqueue(ctx, c)
	return time.Now(), err
}

// await is the next call, which has to be the expected one.
func (w *idleWorker) await(ctx context.Context, call string) (Arrival, error) {
	limit := time.NewTimer(arriveWithin)
	defer limit.Stop()
	select {
	case a := <-w.arrivals:
		if want := ID(w.next - 1); a.Call != call || a.List != want {
			return a, fmt.Errorf("the API was called for %s of %q, not %s of %q", a.Call, a.List, call, want)
		}
		return a, nil
	case <-limit.C:
		return Arrival{}, fmt.Errorf("no %s within %v", call, arriveWithin)
	case <-ctx.Done():
		return Arrival{}, ctx.Err()
	}
}

// idleCommands is what an idle worker adds to the commands that Redis processes
// in a second. It is what is more than before, so that others on the same Redis
// count as little as they can.
func idleCommands(ctx context.Context, p *Place, watch time.Duration) (float64, error) {
	before, err := p.Rate(ctx, watch)
	if err != nil {
		return 0, err
	}
	var with float64
	err = withWorker(ctx, p, worker.Account{Unlimited: true}, func(*idleWorker) error {
		const settle = 2 * time.Second // what a start costs is over
		wait(ctx, settle)
		with, err = p.Rate(ctx, watch)
		return err
	})
	return with - before, err
}

// idleSection puts the runs together.
func idleSection(runs []spans, cfg IdleConfig) Section {
	each := func(name, unit string, reach float64, value func(spans) float64) Figure {
		f := Figure{Name: name, Unit: unit, Reach: Reach{AtMost: reach}}
		for _, r := range runs {
			f.Values = append(f.Values, value(r))
		}
		return f
	}
	latency := func(name string, q, reach float64, of func(spans) []time.Duration) Figure {
		return each(fmt.Sprintf("%s, p%g", name, q*100), "ms", reach, func(s spans) float64 { return Quantile(Millis(of(s)), q) })
	}
	const p50, p99 = 0.5, 0.99
	pickups := func(s spans) []time.Duration { return s.pickups }
	handOns := func(s spans) []time.Duration { return s.handOns }
	limited := func(s spans) []time.Duration { return s.limited }
	handled := func(s spans) []time.Duration { return s.handled }
	called := func(s spans) []time.Duration { return s.called }
	plain := func(s spans) []time.Duration { return s.plain }
	section := Section{
		Key: "4", Title: "Idle: pick-up, hand-on, and what it costs Redis",
		Setup: fmt.Sprintf("Each run takes %d pick-ups one by one, %d ms apart, and %d hand-ons; all servers of the worker wait. "+
			"A hand-on is from the answer to status to the confirm's arrival.", cfg.Count, pauseBetween.Milliseconds(), cfg.HandOns),
		Figures: []Figure{
			latency("Enqueue returned → API", p50, 3, pickups), latency("Enqueue returned → API", p99, 15, pickups),
			latency("hand-on between stages", p50, 3, handOns), latency("hand-on between stages", p99, 15, handOns),
			latency("Enqueue returned → API, with limits far away", p50, 3, limited),
			latency("Enqueue returned → API, with limits far away", p99, 15, limited),
			latency("Enqueue returned → handler", p50, bullMQ, handled), latency("Enqueue returned → handler", p99, 0, handled),
			latency("Enqueue called → handler", p50, 0, called), latency("Enqueue called → handler", p99, 0, called),
			each("commands of an idle worker, by INFO", "/s", 60, func(s spans) float64 { return s.commands }),
		},
	}
	if cfg.Asynq > 0 {
		section.Setup += fmt.Sprintf(" Plain asynq is a server with its default settings, %d pick-ups in a run.", cfg.Asynq)
		section.Figures = append(section.Figures,
			latency("plain asynq: Enqueue returned → handler", p50, 0, plain),
			each("plain asynq's p50 over octoq's, both to the handler", "", 0, func(s spans) float64 {
				return Quantile(Millis(s.plain), p50) / Quantile(Millis(s.handled), p50)
			}))
	}
	return section
}

// bullMQ is what a BullMQ worker needs, in milliseconds.
const bullMQ = 0.8

// connected is a client of its own.
func connected(p *Place, do func(rdb *redis.Client) error) error {
	rdb, err := connect(p.URL)
	if err != nil {
		return err
	}
	defer func() { _ = rdb.Close() }()
	return do(rdb)
}
