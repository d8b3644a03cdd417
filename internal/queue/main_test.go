package queue_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const account = "default"

// soon is the deadline of what should happen at once, far above what it takes.
const soon = 20 * time.Second

func first(id string) task.Task {
	return task.Task{Account: account, ID: id, Step: task.FirstStep(), First: &task.First{
		Campaign: campaign.Campaign{
			ID: id, Account: account, ListName: "my_list", Text: "This is a Premium SMS with STOP. STOP au 30101",
			Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, Sender: "Company X",
		},
		EnqueuedAt: time.UnixMilli(1_732_000_000_123).UTC(), Nonce: "nonce-" + id,
	}}
}

func step(id string, s campaign.Stage, n int) task.Task {
	return task.Task{Account: account, ID: id, Step: record.Step{Stage: s, Run: 1, Step: n}}
}

func letter(id string, run, n int) task.Task {
	return task.Task{
		Account: account, ID: id, Step: record.Step{Stage: campaign.StageDead, Run: run, Step: n},
		Letter: &task.Letter{
			Campaign: first(id).First.Campaign,
			Failure:  campaign.Failure{Class: campaign.FailRejected, Code: record.CodeStopMissing, Message: "Mention STOP is missing."},
		},
	}
}

func put(tb testing.TB, c redis.UniversalClient, at time.Time, tasks ...task.Task) {
	tb.Helper()
	p := queue.NewProducer(c)
	for _, tk := range tasks {
		if err := p.Put(tb.Context(), tk, at); err != nil {
			tb.Fatalf("Put: %v", err)
		}
	}
}

// server runs a server until the test ends.
func server(tb testing.TB, c redis.UniversalClient, s campaign.Stage, h queue.Handler) *queue.Server {
	tb.Helper()
	return serverOf(tb, queue.ServerConfig{Redis: c, Account: account, Stage: s, Concurrency: 4, Handler: h})
}

// woken is a server that takes at once what it takes, or not at all.
func woken(tb testing.TB, c redis.UniversalClient, s campaign.Stage, h queue.Handler) {
	tb.Helper()
	serverOf(tb, queue.ServerConfig{Redis: c, Account: account, Stage: s, Concurrency: 4, Handler: h}, (*queue.Server).TrustWakes)
}

func serverOf(tb testing.TB, config queue.ServerConfig, change ...func(*queue.Server)) *queue.Server {
	tb.Helper()
	config.Log = zerolog.New(zerolog.NewTestWriter(tb)).Level(zerolog.InfoLevel)
	s, err := queue.NewServer(config)
	if err != nil {
		tb.Fatalf("NewServer: %v", err)
	}
	for _, f := range change {
		f(s)
	}
	if err := s.Start(tb.Context()); err != nil {
		tb.Fatalf("Start: %v", err)
	}
	tb.Cleanup(s.Stop)
	return s
}

// got collects what handlers were given.
type got struct {
	mu         sync.Mutex
	deliveries []queue.Delivery
	times      []time.Time
	changed    chan struct{}
}

func newGot() *got { return &got{changed: make(chan struct{}, 1)} }

func (g *got) add(d queue.Delivery) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.deliveries, g.times = append(g.deliveries, d), append(g.times, time.Now())
	select {
	case g.changed <- struct{}{}:
	default:
	}
	return len(g.deliveries)
}

// handle notes a delivery and is done.
func (g *got) handle(_ context.Context, d queue.Delivery) queue.Result {
	g.add(d)
	return queue.Done()
}

// await waits for n deliveries.
func (g *got) await(tb testing.TB, n int) []queue.Delivery {
	tb.Helper()
	deadline := time.NewTimer(soon)
	defer deadline.Stop()
	for {
		g.mu.Lock()
		have := g.deliveries
		g.mu.Unlock()
		if len(have) >= n {
			return have
		}
		select {
		case <-g.changed:
		case <-deadline.C:
			tb.Fatalf("got %d deliveries within %v, want %d", len(have), soon, n)
		}
	}
}

// eventually waits until a condition holds; what says what did not.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(soon)
	defer deadline.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			tb.Fatalf("still not after %v: %s", soon, what)
		}
	}
}

func depth(tb testing.TB, c redis.UniversalClient, s campaign.Stage) queue.Depth {
	tb.Helper()
	d, err := queue.NewInspector(c).Depths(tb.Context(), account)
	if err != nil {
		tb.Fatalf("Depths: %v", err)
	}
	return d[s]
}

func id(i int) string { return fmt.Sprintf("c-%04d", i) }
