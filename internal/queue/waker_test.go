package queue_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// countSubscribers counts the connections in subscription mode.
func countSubscribers(list string) int {
	n := 0
	for line := range strings.Lines(list) {
		if strings.Contains(line, " sub=") && !strings.Contains(line, " sub=0 ") {
			n++
		}
	}
	return n
}

// Every task that is put is taken by its wake-up.
func TestNoWakeUpIsLost(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g := newGot()
	woken(t, c, campaign.StageCreate, g.handle)
	const n = 300
	for i := range n {
		put(t, c, time.Time{}, first(id(i)))
		g.await(t, i+1)
	}
}

func TestRedisRestartsWhileIdle(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	c := r.Client()
	g := newGot()
	server(t, c, campaign.StageCreate, g.handle)
	put(t, c, time.Time{}, first("before"))
	g.await(t, 1)
	r.Restart()
	put(t, c, time.Time{}, first("after"))
	g.await(t, 2)
	eventually(t, "it is quick again", func() bool {
		n := len(g.await(t, 2))
		began := time.Now()
		put(t, c, time.Time{}, first(id(n)))
		g.await(t, n+1)
		return time.Since(began) < 100*time.Millisecond
	})
}

// A task whose dequeue or acknowledgement was under way when Redis ended may
// be active without a worker: the sweep is there for it. All others are taken.
func TestRedisRestartsWhileWorking(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	c := r.Client()
	g := newGot()
	server(t, c, campaign.StageCreate, g.handle)
	const n = 60
	for i := range n {
		if i == n/2 {
			r.Restart()
		}
		put(t, c, time.Time{}, first(id(i)))
	}
	eventually(t, "each was delivered, or stands active", func() bool {
		have, err := c.LRange(t.Context(), "asynq:{default.create}:active", 0, -1).Result()
		if err != nil || depth(t, c, campaign.StageCreate).Pending > 0 {
			return false
		}
		for _, d := range g.await(t, 0) {
			have = append(have, d.TaskID)
		}
		slices.Sort(have)
		return len(slices.Compact(have)) == n
	})
	put(t, c, time.Time{}, first("last"))
	eventually(t, "the last one is delivered", func() bool {
		return slices.ContainsFunc(g.await(t, 0), func(d queue.Delivery) bool { return d.TaskID == "last" })
	})
}

func TestPausedStageGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	i := queue.NewInspector(c)
	if changed, err := i.Pause(t.Context(), account, campaign.StageCreate); !changed || err != nil {
		t.Fatalf("Pause: got %v, %v, want true", changed, err)
	}
	g := newGot()
	woken(t, c, campaign.StageCreate, g.handle)
	put(t, c, time.Time{}, first("a"))
	select {
	case <-g.changed:
		t.Fatal("a paused stage got a task")
	case <-time.After(50 * time.Millisecond):
	}
	if changed, err := i.Unpause(t.Context(), account, campaign.StageCreate); !changed || err != nil {
		t.Fatalf("Unpause: got %v, %v, want true", changed, err)
	}
	g.await(t, 1)
}

// An id without a task behind it costs nothing: the next one is taken at once.
func TestIDsWithoutTasksDoNotHoldTheQueueUp(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	for i := range 50 {
		if err := c.LPush(t.Context(), "asynq:{default.create}:pending", "ghost-"+id(i)).Err(); err != nil {
			t.Fatal(err)
		}
	}
	put(t, c, time.Time{}, first("a"))
	g := newGot()
	woken(t, c, campaign.StageCreate, g.handle)
	g.await(t, 1)
}

// allStages runs an idle worker's five servers.
func allStages(tb testing.TB, r *redistest.Server, h queue.Handler) {
	c := r.Client()
	w := queue.NewWaker(c)
	tb.Cleanup(func() { _ = w.Close() })
	for _, s := range record.Stages() {
		serverOf(tb, queue.ServerConfig{Redis: c, Waker: w, Account: account, Stage: s, Concurrency: 10, Handler: h})
	}
}

// The queues' share of the 60 commands a second that an idle worker may cost.
func TestIdleServersAreQuiet(t *testing.T) {
	if testing.Short() {
		t.Skip("it watches for five seconds")
	}
	t.Parallel()
	r := redistest.Start(t)
	allStages(t, r, newGot().handle)
	rate := idleRate(r)
	t.Logf("%.1f commands a second", rate)
	if rate > 35 {
		t.Errorf("five idle servers cost %.1f commands a second, want at most 35", rate)
	}
}

// idleRate watches for five seconds: asynq's heartbeat comes once in them.
func idleRate(r *redistest.Server) float64 {
	ctx := context.Background()
	<-time.After(100 * time.Millisecond) // the start is over
	before, began := r.Commands(ctx), time.Now()
	<-time.After(5 * time.Second)
	return float64(r.Commands(ctx)-before) / time.Since(began).Seconds()
}

// BenchmarkPickup prints the time from the call of Put to the handler, with all
// servers of a worker idle.
func BenchmarkPickup(b *testing.B) {
	r := redistest.Start(b)
	arrived := make(chan time.Time, 1)
	allStages(b, r, func(context.Context, queue.Delivery) queue.Result {
		arrived <- time.Now()
		return queue.Done()
	})
	p := queue.NewProducer(r.Client())
	var took, afterReturn []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		if err := p.Put(b.Context(), first(id(i)), time.Time{}); err != nil {
			b.Fatal(err)
		}
		returned := time.Now()
		at := <-arrived
		took, afterReturn = append(took, at.Sub(began)), append(afterReturn, at.Sub(returned))
	}
	report(b, "put", took)
	report(b, "return", afterReturn)
}

func report(b *testing.B, name string, took []time.Duration) {
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), name+"-p50-ms")
	b.ReportMetric(at(0.99), name+"-p99-ms")
}

// BenchmarkIdle prints what an idle worker's servers cost.
func BenchmarkIdle(b *testing.B) {
	r := redistest.Start(b)
	allStages(b, r, newGot().handle)
	rate := 0.0
	for b.Loop() {
		rate = idleRate(r)
	}
	b.ReportMetric(rate, "commands/s")
}

// BenchmarkEnqueue prints the time per task in batches of 1,024.
func BenchmarkEnqueue(b *testing.B) {
	p := queue.NewProducer(redistest.Start(b).Client())
	at := time.Now().Add(time.Hour)
	items := make([]queue.Item, 1024)
	n := 0
	for b.Loop() {
		for i := range items {
			items[i] = queue.Item{Task: first("c-" + time.Duration(n).String()), At: at}
			items[i].Task.ID = id(n)
			items[i].Task.First.Campaign.ID = id(n)
			n++
		}
		for _, err := range p.Enqueue(b.Context(), items) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tasks/s")
}
