package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/proctest"
)

// What row 5 runs with.
const (
	rampUp         = 5 // seconds
	workers        = 4 // processes
	callRate       = 50
	callBurst      = 5
	callsInFlight  = 20
	limitedLatency = 50 * time.Millisecond
)

// arrivals are the times at which calls came.
type arrivals struct {
	mu    sync.Mutex
	times []time.Time
}

func (a *arrivals) note(c bench.Arrival) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times = append(a.times, c.At)
}

func (a *arrivals) sorted() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.SortedFunc(slices.Values(a.times), time.Time.Compare)
}

// limits is row 5.
func (b *bencher) limits(ctx context.Context) (sections []bench.Section, err error) {
	program, err := b.octoq(ctx)
	if err != nil {
		return nil, err
	}
	used := bench.Figure{Name: "share of the limit that was used", Unit: "%", Reach: bench.Reach{AtLeast: 99}}
	most := bench.Figure{Name: "most calls in any sliding second", Reach: bench.Reach{AtMost: callRate + callBurst}}
	err = b.withRedis(ctx, true, func(p *bench.Place) error {
		for run := range b.runs {
			times, err := b.limitedRun(ctx, p, program)
			if err != nil {
				return err
			}
			used.Values = append(used.Values, 100*share(times, b.seconds))
			most.Values = append(most.Values, float64(mostInASecond(times)))
			b.progress("run %d: %s %% of the limit used, %s calls in a second at most", run+1,
				bench.Number(used.Values[run]), bench.Number(most.Values[run]))
		}
		sections = []bench.Section{{
			Key: "5", Title: "The limit of an account over several workers",
			Setup: fmt.Sprintf("%d worker processes, %d calls a second, burst %d, %d in flight, API at %d ms, a standing backlog; "+
				"counted where the calls arrive, seconds %d to %d. At the end every campaign is in the queue or in the ledger, and none "+
				"was created or sent twice.", workers, callRate, callBurst, callsInFlight, limitedLatency.Milliseconds(), rampUp, b.seconds),
			Figures: []bench.Figure{used, most, worst(most)},
		}}
		return b.note(ctx, p, withFile, sections)
	})
	return sections, err
}

// worst holds every run to the limit, not only the middle one.
func worst(most bench.Figure) bench.Figure {
	return bench.Figure{Name: "the same, in the worst of all runs", Reach: most.Reach, Values: []float64{slices.Max(most.Values)}}
}

func (b *bencher) limitedRun(ctx context.Context, p *bench.Place, program string) ([]time.Time, error) {
	if err := flush(ctx, p.Client); err != nil {
		return nil, err
	}
	n := callRate * (b.seconds + rampUp) // a third would do: each takes three calls
	if err := fill(ctx, p.URL, 0, n, time.Time{}); err != nil {
		return nil, err
	}
	var seen arrivals
	api, err := bench.NewAPI(ctx, limitedLatency, seen.note)
	if err != nil {
		return nil, err
	}
	defer api.Close()
	processes, err := b.workerProcesses(p.URL, api.URL, program)
	if err == nil {
		err = lasting(ctx, &seen, time.Duration(b.seconds+1)*time.Second)
	}
	if e := end(processes); err == nil {
		err = e
	}
	if err == nil {
		err = api.Twice()
	}
	if err == nil {
		err = accountedFor(ctx, p.Client, n)
	}
	return seen.sorted(), err
}

func (b *bencher) workerProcesses(redisURL, apiURL, program string) (processes []*proctest.Process, err error) {
	env := []string{"OCTOQ_API_LOGIN=bench@example.com", "OCTOQ_API_KEY=key", "HOME=" + b.dir, "PATH=/usr/bin:/bin"}
	for i := range workers {
		worker, err := proctest.Start(filepath.Join(b.dir, "worker-"+strconv.Itoa(i)), env, program, "worker",
			"--redis-url", redisURL, "--api-url", apiURL, "--log-level", "warn",
			"--rate", strconv.Itoa(callRate), "--burst", strconv.Itoa(callBurst), "--max-in-flight", strconv.Itoa(callsInFlight))
		if err != nil {
			return processes, err
		}
		processes = append(processes, worker)
	}
	return processes, nil
}

// lasting waits for the first call, and then for some time.
func lasting(ctx context.Context, seen *arrivals, d time.Duration) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for {
		times := seen.sorted()
		switch {
		case len(times) == 0 && time.Since(began) > stall:
			return fmt.Errorf("no call came within %v", stall)
		case len(times) > 0 && time.Since(times[0]) > d:
			return nil
		case len(times) > 0:
			tick.Reset(max(time.Millisecond, d-time.Since(times[0])))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// share is how much of the limit the calls used after the ramp-up.
func share(times []time.Time, seconds int) float64 {
	from, to := times[0].Add(rampUp*time.Second), times[0].Add(time.Duration(seconds)*time.Second)
	n := 0
	for _, t := range times {
		if !t.Before(from) && t.Before(to) {
			n++
		}
	}
	return float64(n) / float64(callRate*(seconds-rampUp))
}

// mostInASecond slides a second over the calls. Of two calls that are exactly a
// second apart it holds one.
func mostInASecond(times []time.Time) int {
	most, first := 0, 0
	for i, t := range times {
		for t.Sub(times[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// accountedFor fails unless each campaign is in the ledger or waits in the queue.
func accountedFor(ctx context.Context, c *redis.Client, n int) error {
	queue := key.Queue(account, campaign.StageCreate)
	pipe := c.Pipeline()
	type there struct{ task, record *redis.IntCmd }
	asked := make([]there, n)
	for i := range n {
		asked[i] = there{
			task:   pipe.Exists(ctx, "asynq:{"+queue+"}:t:"+bench.ID(i)),
			record: pipe.Exists(ctx, key.Record(account, bench.ID(i))),
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	for i, a := range asked {
		if a.task.Val()+a.record.Val() == 0 {
			return fmt.Errorf("campaign %s is neither in the queue nor in the ledger", bench.ID(i))
		}
	}
	return nil
}
