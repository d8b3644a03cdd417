package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/worker"
)

const (
	// slots is how many calls are made at once for each stage; the one task that
	// makes all three calls has three times as many.
	slots = 10
	// pollFirst is how long a new ticket is left alone.
	pollFirst = time.Second
	// stall is how long nothing may be sent before a run is given up.
	stall = 60 * time.Second
	// account of the measurements on servers of this program's own.
	account = campaign.DefaultAccount
)

// flow is one side: it enqueues n campaigns, and then works on them while do
// waits.
type flow struct {
	name    string
	enqueue func(ctx context.Context, p *bench.Place, n int) error
	work    func(ctx context.Context, p *bench.Place, api string, do func() error) error
	after   func(ctx context.Context, p *bench.Place, n int) error
}

// passage is what was measured of one flow in one run.
type passage struct {
	rate, steady, commands float64
	most                   int // calls at once at the API
	bench.CPU                  // microseconds for each campaign
}

// lifecycles is row 3.
func (b *bencher) lifecycles(ctx context.Context) (sections []bench.Section, err error) {
	err = b.withRedis(ctx, true, func(p *bench.Place) error {
		section := bench.Section{
			Key: "3", Title: "The whole lifecycle without limits",
			Setup: fmt.Sprintf("A standing backlog (%d campaigns at 20 ms, %d at 0 ms) is created, looked at and confirmed, in one process, "+
				"with %d calls at once for each of the three stages. The plain worker has three tasks, a server for each, and no ledger; it "+
				"looks at a new ticket after the same second, checks its queues each 5 ms and moves due tasks each second. The one task makes "+
				"its calls one after the other without that second, with %d at once. Rates are from the first call to the last confirm; steady "+
				"ones leave out the first and the last tenth. Commands are all that INFO counts, those inside scripts and the enqueueing included.",
				b.lifecycle, b.instant, slots, 3*slots),
		}
		for _, at := range []struct {
			latency time.Duration
			n       int
			reach   bool
		}{{20 * time.Millisecond, b.lifecycle, true}, {0, b.instant, false}} {
			figures, err := b.lifecyclesAt(ctx, p, at.latency, at.n, at.reach)
			if err != nil {
				return fmt.Errorf("API at %v: %w", at.latency, err)
			}
			section.Figures = append(section.Figures, figures...)
		}
		sections = []bench.Section{section}
		return b.note(ctx, p, withFile, sections)
	})
	return sections, err
}

func (b *bencher) lifecyclesAt(ctx context.Context, p *bench.Place, latency time.Duration, n int, reach bool) ([]bench.Figure, error) {
	flows := []flow{octoqFlow(), threeTasks(0), oneTask()}
	passages := make([][]passage, len(flows))
	for run := range b.runs {
		for i := range flows {
			if run%2 == 1 {
				i = len(flows) - 1 - i
			}
			got, err := b.pass(ctx, p, flows[i], latency, n)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", flows[i].name, err)
			}
			passages[i] = append(passages[i], got)
			b.progress("run %d, API at %v: %s: %s campaigns/s, each %s commands, %s µs here, %s µs in Redis", run+1, latency, flows[i].name,
				bench.Number(got.rate), bench.Number(got.commands), bench.Number(got.Own), bench.Number(got.Redis))
		}
	}
	return lifecycleFigures(flows, passages, latency, reach), nil
}

func lifecycleFigures(flows []flow, passages [][]passage, latency time.Duration, reach bool) []bench.Figure {
	rate := func(p passage) float64 { return p.rate }
	steady := func(p passage) float64 { return p.steady }
	commands := func(p passage) float64 { return p.commands }
	most := func(p passage) float64 { return float64(p.most) }
	own := func(p passage) float64 { return p.Own }
	inRedis := func(p passage) float64 { return p.Redis }
	values := func(i int, of func(passage) float64) (vs []float64) {
		for _, p := range passages[i] {
			vs = append(vs, of(p))
		}
		return vs
	}
	at := fmt.Sprintf("API at %d ms: ", latency.Milliseconds())
	wanted := []float64{0, 1.0, 0.9}
	var figures []bench.Figure
	for i := 1; i < len(flows); i++ {
		f := bench.Figure{Name: at + "octoq against " + flows[i].name, Values: bench.Ratios(values(0, rate), values(i, rate))}
		if reach {
			f.Reach.AtLeast = wanted[i]
		}
		figures = append(figures, f, bench.Figure{
			Name: at + "octoq against " + flows[i].name + ", steady", Values: bench.Ratios(values(0, steady), values(i, steady)),
		})
	}
	for i, f := range flows {
		figures = append(figures,
			bench.Figure{Name: at + f.name, Unit: "campaigns/s", Values: values(i, rate)},
			bench.Figure{Name: at + f.name + ": calls at once at the API, at most", Values: values(i, most)},
			bench.Figure{Name: at + f.name + ": Redis commands for each campaign", Values: values(i, commands)},
			bench.Figure{Name: at + f.name + ": processor time, the API's included", Unit: "µs for each", Values: values(i, own)},
			bench.Figure{Name: at + f.name + ": processor time of Redis", Unit: "µs for each", Values: values(i, inRedis)})
	}
	return figures
}

// pass takes n campaigns through one flow, from an empty Redis.
func (b *bencher) pass(ctx context.Context, p *bench.Place, f flow, latency time.Duration, n int) (got passage, err error) {
	if err := flush(ctx, p.Client); err != nil {
		return got, err
	}
	runtime.GC() // what another side left behind is not this one's
	if err := p.Client.ConfigResetStat(ctx).Err(); err != nil {
		return got, err
	}
	before, err := p.Commands(ctx)
	if err != nil {
		return got, err
	}
	if err := f.enqueue(ctx, p, n); err != nil {
		return got, err
	}
	api, err := bench.NewAPI(ctx, latency, nil)
	if err != nil {
		return got, err
	}
	defer api.Close()
	used := bench.UsedCPU(ctx, p.Client)
	stop := b.profile(fmt.Sprintf("lifecycle %s %v", f.name, latency))
	err = f.work(ctx, p, api.URL, func() error { return allSent(ctx, api, n) })
	stop()
	if err != nil {
		return got, err
	}
	spent := bench.UsedCPU(ctx, p.Client).Since(used, n)
	after, err := p.Commands(ctx)
	if err != nil {
		return got, err
	}
	b.commandStats(ctx, p, fmt.Sprintf("lifecycle %s %v", f.name, latency))
	if err := api.Exactly(n); err != nil {
		return got, err
	}
	if f.after != nil {
		if err := f.after(ctx, p, n); err != nil {
			return got, err
		}
	}
	_, took := api.Sent()
	return passage{rate: float64(n) / took.Seconds(), steady: api.Steady(), most: api.Most(), commands: float64(after-before) / float64(n), CPU: spent}, nil
}

// allSent waits until n campaigns were confirmed.
func allSent(ctx context.Context, api *bench.API, n int) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	last, since := -1, time.Now()
	for {
		sent, _ := api.Sent()
		if sent >= n {
			return nil
		}
		if sent != last {
			last, since = sent, time.Now()
		} else if time.Since(since) > stall {
			return fmt.Errorf("%d of %d campaigns were sent, and then none for %v", sent, n, stall)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// octoqFlow is octoq as it is, ledger and all.
func octoqFlow() flow {
	return flow{
		name: "octoq",
		enqueue: func(ctx context.Context, p *bench.Place, n int) error {
			return fill(ctx, p.URL, 0, n, time.Time{})
		},
		work: func(ctx context.Context, p *bench.Place, api string, do func() error) error {
			a := worker.Account{Unlimited: true, Concurrency: slots, PollFirst: pollFirst, PollMax: pollFirst}
			return bench.Work(ctx, p.URL, api, map[string]worker.Account{account: a}, do)
		},
		after: func(ctx context.Context, p *bench.Place, n int) error {
			got, err := p.Client.ZCard(ctx, key.State(account, campaign.StateSent)).Result()
			if err == nil && got != int64(n) {
				err = fmt.Errorf("%d of %d campaigns are sent in the ledger", got, n)
			}
			return err
		},
	}
}

// fill enqueues campaigns, all of which have to be new.
func fill(ctx context.Context, url string, from, to int, notBefore time.Time) error {
	client, err := enqueue.New(enqueue.Config{RedisURL: url})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	for _, err := range client.EnqueueAll(ctx, bench.Campaigns(account, from, to, notBefore)) {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
