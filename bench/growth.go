package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/monitor"
	"github.com/octoq/octoq/internal/testenv"
	"github.com/octoq/octoq/worker"
)

const (
	// asynqSamples of row 4 take about a second each.
	asynqSamples = 10
	// watch is how long Redis is watched: two sweeps, which come each 5 s.
	watch = 12 * time.Second
	// moreCampaigns are enqueued on top of those that wait.
	moreCampaigns = 10_000
	// looks is how often a command or page is asked for.
	looks = 5
	// slowerThan is from when on Redis notes a command as slow.
	slowerThan = 200 * time.Microsecond
	// throughWorkers is how many campaigns each number of workers works on.
	throughWorkers = 2000
)

// growth is row 7: the same figures with more and more campaigns that wait, and
// with more and more workers.
func (b *bencher) growth(ctx context.Context) ([]bench.Section, error) {
	sizes, err := numbers(b.sizes)
	if err != nil {
		return nil, err
	}
	counts, err := numbers(b.workers)
	if err != nil {
		return nil, err
	}
	program, err := b.octoq(ctx)
	if err != nil {
		return nil, err
	}
	section := bench.Section{
		Key: "7", Title: "Growth",
		Setup: fmt.Sprintf("Campaigns wait for a later day while %d more are enqueued, %d are picked up at once, and one worker idles. "+
			"octoq list (its first 100) and octoq status are whole processes. Redis's share of a processor, and its slowest command, are those "+
			"of %v with an idle worker, sweeps included; one second is 1,000 ms. Workers share one process; a passage is %d campaigns, API at 20 ms.",
			moreCampaigns, b.samples, watch, throughWorkers),
	}
	for _, n := range sizes {
		err := b.withRedis(ctx, true, func(p *bench.Place) error {
			figures, err := b.waiting(ctx, p, program, n)
			section.Figures = append(section.Figures, figures...)
			section.Machine = bench.Machine(ctx, p.Client)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("with %d waiting: %w", n, err)
		}
	}
	for _, n := range counts {
		err := b.withRedis(ctx, true, func(p *bench.Place) error {
			figures, err := b.manyWorkers(ctx, p, n)
			section.Figures = append(section.Figures, figures...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("with %d workers: %w", n, err)
		}
	}
	section.Setup += withFile
	return []bench.Section{section}, nil
}

// waiting measures with n campaigns that wait.
func (b *bencher) waiting(ctx context.Context, p *bench.Place, program string, n int) ([]bench.Figure, error) {
	at := later()
	began := time.Now()
	if err := fill(ctx, p.URL, 0, n, at); err != nil {
		return nil, err
	}
	b.progress("%s wait, after %v", bench.Number(float64(n)), time.Since(began).Round(time.Second))
	name := func(what string) string { return bench.Number(float64(n)) + " waiting: " + what }
	more, err := enqueueMore(ctx, p, n, at)
	if err != nil {
		return nil, err
	}
	figures := []bench.Figure{{Name: name("EnqueueAll of more"), Unit: "/s", Values: []float64{more}}}
	if err := onceEach(ctx, p.Client, key.Queue(account, campaign.StageCreate), n+moreCampaigns); err != nil {
		return nil, err
	}
	pickups, err := bench.Pickups(ctx, p, account, n+moreCampaigns, b.samples)
	if err != nil {
		return nil, err
	}
	figures = append(figures,
		bench.Figure{Name: name("pick-up, p50"), Unit: "ms", Values: []float64{bench.Quantile(bench.Millis(pickups), 0.5)}},
		bench.Figure{Name: name("pick-up, p99"), Unit: "ms", Values: []float64{bench.Quantile(bench.Millis(pickups), 0.99)}})
	looked, err := b.lookAround(ctx, p, program, n, name)
	if err != nil {
		return nil, err
	}
	idle, err := idleRedis(ctx, p, name)
	return slices.Concat(figures, looked, idle), err
}

func enqueueMore(ctx context.Context, p *bench.Place, n int, at time.Time) (rate float64, err error) {
	began := time.Now()
	err = fill(ctx, p.URL, n, n+moreCampaigns, at)
	return moreCampaigns / time.Since(began).Seconds(), err
}

// lookAround asks for what people ask for.
func (b *bencher) lookAround(ctx context.Context, p *bench.Place, program string, n int, name func(string) string) ([]bench.Figure, error) {
	client, err := enqueue.New(enqueue.Config{Client: p.Client})
	if err != nil {
		return nil, err
	}
	pages, err := monitor.New(p.Client, "/monitoring")
	if err != nil {
		return nil, err
	}
	scheduledPage := "/monitoring/api/queues/" + key.Queue(account, campaign.StageCreate) + "/scheduled_tasks?page=1&size=20"
	asked := []struct {
		what string
		ask  func() error
	}{
		{"octoq list", command(ctx, program, p.URL, "list", "--limit", "100")},
		{"octoq status", command(ctx, program, p.URL, "status", bench.ID(n/2))},
		{"a page of 100 by Client.List", func() error { return firstPage(ctx, client) }},
		{"asynqmon's page of queues", page(ctx, pages, "/monitoring/api/queues")},
		{"asynqmon's page of scheduled tasks", page(ctx, pages, scheduledPage)},
	}
	var figures []bench.Figure
	for _, a := range asked {
		f := bench.Figure{Name: name(a.what), Unit: "ms"}
		for range looks {
			began := time.Now()
			if err := a.ask(); err != nil {
				return nil, fmt.Errorf("%s: %w", a.what, err)
			}
			f.Values = append(f.Values, bench.Millis([]time.Duration{time.Since(began)})...)
		}
		figures = append(figures, f)
	}
	return figures, nil
}

func command(ctx context.Context, program, url string, args ...string) func() error {
	return func() error {
		c := exec.CommandContext(ctx, program, append(args, "--redis-url", url)...) //nolint:gosec // it is the octoq that is measured
		c.Env = testenv.Clean()
		out, err := c.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		if !strings.Contains(string(out), bench.ID(0)[:len("bench-")]) {
			return fmt.Errorf("no campaign of the benchmark in what it printed:\n%s", out)
		}
		return nil
	}
}

func firstPage(ctx context.Context, client *enqueue.Client) error {
	filter, records := enqueue.Filter{State: campaign.StateQueued, Limit: 100}, 0
	for records == 0 {
		got, err := client.List(ctx, filter)
		if err != nil {
			return err
		}
		records += len(got.Records)
		if filter.Cursor = got.Next; filter.Cursor == "" {
			break
		}
	}
	if records == 0 {
		return fmt.Errorf("nothing is listed")
	}
	return nil
}

func page(ctx context.Context, h http.Handler, path string) func() error {
	return func() error {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), account) {
			return fmt.Errorf("GET %s answers %d: %.200s", path, w.Code, w.Body)
		}
		return nil
	}
}

// idleRedis is what an idle worker costs a Redis with campaigns that wait.
func idleRedis(ctx context.Context, p *bench.Place, name func(string) string) ([]bench.Figure, error) {
	if err := p.Client.ConfigSet(ctx, "slowlog-log-slower-than", fmt.Sprint(slowerThan.Microseconds())).Err(); err != nil {
		return nil, err
	}
	var busy, slowest float64
	var what string
	err := idleWorkers(ctx, p, 1, func() error {
		if err := p.Client.SlowLogReset(ctx).Err(); err != nil {
			return err
		}
		before, err := bench.RedisCPU(ctx, p.Client)
		if err != nil {
			return err
		}
		began := time.Now()
		pause(ctx, watch)
		after, err := bench.RedisCPU(ctx, p.Client)
		busy = (after - before) * 1000 / time.Since(began).Seconds()
		if err == nil {
			slowest, what, err = slowestCommand(ctx, p.Client)
		}
		return err
	})
	return []bench.Figure{
		{Name: name("Redis busy with an idle worker"), Unit: "ms in a second", Values: []float64{busy}},
		{Name: name("slowest command of it" + what), Unit: "ms", Values: []float64{slowest}},
	}, err
}

// slowestCommand is zero where none was slow enough to be noted.
func slowestCommand(ctx context.Context, c *redis.Client) (ms float64, what string, err error) {
	const most = 128
	noted, err := c.SlowLogGet(ctx, most).Result()
	for _, n := range noted {
		if took := bench.Millis([]time.Duration{n.Duration})[0]; took > ms && len(n.Args) > 0 {
			ms, what = took, " ("+strings.ToLower(n.Args[0])+")"
		}
	}
	return ms, what, err
}

// idleWorkers runs workers with nothing to do while do is at it.
func idleWorkers(ctx context.Context, p *bench.Place, n int, do func() error) error {
	api, err := bench.NewAPI(ctx, 0, nil)
	if err != nil {
		return err
	}
	defer api.Close()
	return nested(n, func(do func() error) error {
		return bench.Work(ctx, p.URL, api.URL, map[string]worker.Account{account: {Unlimited: true}}, do)
	}, func() error {
		pause(ctx, 2*time.Second) // what a start costs is over
		return do()
	})
}

// nested runs do in n of with.
func nested(n int, with func(do func() error) error, do func() error) error {
	if n == 0 {
		return do()
	}
	return with(func() error { return nested(n-1, with, do) })
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// manyWorkers measures with n workers.
func (b *bencher) manyWorkers(ctx context.Context, p *bench.Place, n int) ([]bench.Figure, error) {
	name := func(what string) string { return fmt.Sprintf("%d workers: %s", n, what) }
	var commands, pickups []float64
	err := idleWorkers(ctx, p, n, func() error {
		rate, err := p.Rate(ctx, watch)
		commands = []float64{rate}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := flush(ctx, p.Client); err != nil {
		return nil, err
	}
	took, err := bench.PickupsBy(ctx, p, account, 0, b.samples, n)
	if err != nil {
		return nil, err
	}
	pickups = bench.Millis(took)
	through := octoqFlow()
	through.work = func(ctx context.Context, p *bench.Place, api string, do func() error) error {
		a := worker.Account{Unlimited: true, Concurrency: slots, PollFirst: pollFirst, PollMax: pollFirst}
		return nested(n, func(do func() error) error {
			return bench.Work(ctx, p.URL, api, map[string]worker.Account{account: a}, do)
		}, do)
	}
	const latency = 20 * time.Millisecond
	got, err := b.pass(ctx, p, through, latency, throughWorkers)
	return []bench.Figure{
		{Name: name("commands while idle"), Unit: "/s", Values: commands},
		{Name: name("pick-up, p50"), Unit: "ms", Values: []float64{bench.Quantile(pickups, 0.5)}},
		{Name: name("pick-up, p99"), Unit: "ms", Values: []float64{bench.Quantile(pickups, 0.99)}},
		{Name: name("passage"), Unit: "campaigns/s", Values: []float64{got.rate}},
		{Name: name("passage: Redis commands for each campaign"), Values: []float64{got.commands}},
	}, err
}
