package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/worker"
)

// What row 8 runs with.
const (
	backlog       = 1000 // wholesale campaigns
	callsEach     = 3
	alertLatency  = 50 * time.Millisecond
	settledCalls  = 30   // by then all stages are at work
	createWithin  = 1000 // milliseconds
	confirmWithin = 5000
	timesAsLong   = 100
)

// behind is what was measured of a backlog in one run, with an alert or without.
type behind struct {
	create, confirm time.Duration // from the call of Enqueue to the alert's arrivals at the API
	rate            float64       // calls a second, the alert's among them
	left            int           // calls that the backlog still needed when the alert came
}

// drains is how long the backlog takes as a whole at this rate, with calls of others
// among it.
func (a behind) drains(others int) float64 { return float64(callsEach*backlog+others) / a.rate }

// alerts is row 8.
func (b *bencher) alerts(ctx context.Context) (sections []bench.Section, err error) {
	create := bench.Figure{Name: "alert: Enqueue to its create", Unit: "ms", Reach: bench.Reach{AtMost: createWithin}}
	confirm := bench.Figure{Name: "alert: Enqueue to its confirm", Unit: "ms", Reach: bench.Reach{AtMost: confirmWithin}}
	against := bench.Figure{Name: "a wholesale campaign enqueued at that moment, against the alert", Unit: "times as long", Reach: bench.Reach{AtLeast: timesAsLong}}
	lost := bench.Figure{Name: "wholesale's throughput against that without the alert", Reach: bench.Reach{AtLeast: 0.99}}
	err = b.withRedis(ctx, true, func(p *bench.Place) error {
		for run := range b.runs {
			without, err := b.behindBacklog(ctx, p, false)
			if err != nil {
				return err
			}
			with, err := b.behindBacklog(ctx, p, true)
			if err != nil {
				return err
			}
			create.Values = append(create.Values, milliseconds(with.create))
			confirm.Values = append(confirm.Values, milliseconds(with.confirm))
			against.Values = append(against.Values, float64(with.left)/with.rate/with.confirm.Seconds())
			lost.Values = append(lost.Values, without.drains(0)/with.drains(callsEach))
			b.progress("run %d: created after %v, confirmed after %v; %s calls/s with it, %s without", run+1, with.create, with.confirm,
				bench.Number(with.rate), bench.Number(without.rate))
		}
		sections = []bench.Section{{
			Key: "8", Title: "An alert behind wholesale campaigns",
			Setup: fmt.Sprintf("%d wholesale campaigns wait, one worker process works on them with the default limits, API at %d ms. When %d calls have "+
				"come an alert is enqueued, and each run is repeated without it. How long the backlog takes, and a wholesale campaign behind it, is reckoned from the "+
				"calls of the next %d seconds: as a whole it would be ten minutes.", backlog, alertLatency.Milliseconds(), settledCalls, b.seconds),
			Figures: []bench.Figure{create, confirm, against, lost},
		}}
		return b.note(ctx, p, withFile, sections)
	})
	return sections, err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// behindBacklog works on a backlog for a while, from an empty Redis, and enqueues an
// alert behind it.
func (b *bencher) behindBacklog(ctx context.Context, p *bench.Place, alert bool) (got behind, err error) {
	if err := flush(ctx, p.Client); err != nil {
		return got, err
	}
	if err := fill(ctx, p.URL, 0, backlog, time.Time{}); err != nil {
		return got, err
	}
	var seen arrivals
	first := newFirstCalls(bench.ID(backlog))
	api, err := bench.NewAPI(ctx, alertLatency, func(a bench.Arrival) { seen.note(a); first.note(a) })
	if err != nil {
		return got, err
	}
	defer api.Close()
	err = bench.Work(ctx, p.URL, api.URL, map[string]worker.Account{account: {}}, func() error {
		if err := seen.await(ctx, settledCalls); err != nil {
			return err
		}
		from := time.Now()
		got.left = callsEach*backlog - len(seen.sorted())
		if alert {
			if err := enqueueAlert(ctx, p.URL); err != nil {
				return err
			}
		}
		until := from.Add(time.Duration(b.seconds) * time.Second)
		select {
		case <-time.After(time.Until(until)):
		case <-ctx.Done():
			return ctx.Err()
		}
		got.rate = float64(between(seen.sorted(), from, until)) / until.Sub(from).Seconds()
		if alert {
			got.create, got.confirm, err = first.since(from)
		}
		return err
	})
	if err == nil {
		err = api.Twice()
	}
	return got, err
}

func enqueueAlert(ctx context.Context, url string) error {
	client, err := enqueue.New(enqueue.Config{RedisURL: url})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	c := bench.Campaign(account, backlog)
	c.Purpose = campaign.PurposeAlert
	_, err = client.Enqueue(ctx, c)
	return err
}

// await waits until so many calls have come.
func (a *arrivals) await(ctx context.Context, n int) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(stall)
	defer limit.Stop()
	for len(a.sorted()) < n {
		select {
		case <-tick.C:
		case <-limit.C:
			return fmt.Errorf("%d of %d calls came within %v", len(a.sorted()), n, stall)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func between(times []time.Time, from, to time.Time) int {
	n := 0
	for _, t := range times {
		if !t.Before(from) && t.Before(to) {
			n++
		}
	}
	return n
}

// firstCalls are the times of the first calls about one list.
type firstCalls struct {
	list string

	mu sync.Mutex
	at map[string]time.Time // by call
}

func newFirstCalls(list string) *firstCalls {
	return &firstCalls{list: list, at: map[string]time.Time{}}
}

func (f *firstCalls) note(a bench.Arrival) {
	if a.List != f.list {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at[a.Call].IsZero() {
		f.at[a.Call] = a.At
	}
}

// since is how long after a time create and confirm came.
func (f *firstCalls) since(from time.Time) (create, confirm time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at[bench.CallConfirm].IsZero() {
		return 0, 0, fmt.Errorf("the alert was not confirmed: %v", f.at)
	}
	return f.at[bench.CallCreate].Sub(from), f.at[bench.CallConfirm].Sub(from), nil
}
