package queue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

func TestServerConfigIsChecked(t *testing.T) {
	t.Parallel()
	c := redis.NewClient(&redis.Options{})
	defer func() { _ = c.Close() }()
	good := queue.ServerConfig{
		Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 1,
		Handler: func(context.Context, queue.Delivery) queue.Result { return queue.Done() },
	}
	if _, err := queue.NewServer(good); err != nil {
		t.Fatalf("NewServer: %v", err)
	}
	for name, spoil := range map[string]func(*queue.ServerConfig){
		"client":      func(c *queue.ServerConfig) { c.Redis = nil },
		"account":     func(c *queue.ServerConfig) { c.Account = "A b" },
		"stage":       func(c *queue.ServerConfig) { c.Stage = "lunch" },
		"concurrency": func(c *queue.ServerConfig) { c.Concurrency = 0 },
		"handler":     func(c *queue.ServerConfig) { c.Handler = nil },
		"timeout":     func(c *queue.ServerConfig) { c.StopTimeout = -1 },
	} {
		bad := good
		spoil(&bad)
		if _, err := queue.NewServer(bad); err == nil {
			t.Errorf("bad %s: got no error", name)
		}
	}
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	g := newGot()
	config := queue.ServerConfig{Redis: r.Client(), Account: account, Stage: campaign.StageCreate, Concurrency: 1, Handler: g.handle}
	never, err := queue.NewServer(config)
	if err != nil {
		t.Fatal(err)
	}
	never.Stop()
	never.Stop()
	if err := never.Start(t.Context()); !errors.Is(err, queue.ErrStopped) {
		t.Errorf("start after stop: got %v, want ErrStopped", err)
	}
	s := serverOf(t, config, (*queue.Server).TrustWakes)
	if err := s.Start(t.Context()); err == nil {
		t.Error("second start: got no error")
	}
	put(t, r.Client(), time.Time{}, first("a"))
	g.await(t, 1)
	<-time.After(100 * time.Millisecond) // it waits for the next one by now
	ended := make(chan struct{})
	go func() { s.Stop(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(soon):
		t.Fatal("an idle server does not stop")
	}
	s.Stop()
}

func TestStartWithoutRedisMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	g := newGot()
	s, err := queue.NewServer(queue.ServerConfig{Redis: r.Client(), Account: account, Stage: campaign.StageCreate, Concurrency: 1, Handler: g.handle})
	if err != nil {
		t.Fatal(err)
	}
	r.Kill()
	if err := s.Start(t.Context()); err == nil {
		t.Fatal("start without Redis: got no error")
	}
	r.Restart()
	eventually(t, "it starts", func() bool { return s.Start(t.Context()) == nil })
	t.Cleanup(s.Stop)
	put(t, r.Client(), time.Time{}, first("a"))
	g.await(t, 1)
}

func TestAgainComesNotTooEarlyAndUsesNoAttempt(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g := newGot()
	var wanted atomic.Int64
	server(t, c, campaign.StageStatus, func(_ context.Context, d queue.Delivery) queue.Result {
		if g.add(d) == 1 {
			at := time.Now().Add(300 * time.Millisecond)
			wanted.Store(at.UnixNano())
			return queue.Again(at).Because("still computing")
		}
		return queue.Done()
	})
	put(t, c, time.Time{}, step("a", campaign.StageStatus, 2))
	g.await(t, 1)
	i := asynq.NewInspectorFromRedisClient(c)
	eventually(t, "it waits, saying why", func() bool {
		info, err := i.GetTaskInfo("default.status", "a~1.2.0")
		return err == nil && info.LastErr == "still computing" && info.Retried == 0
	})
	g.await(t, 2)
	at := time.Unix(0, wanted.Load())
	if late := g.times[1].Sub(at); late < 0 || late > 3*time.Second {
		t.Errorf("it came %v after its time, want 0 to 2 s or so", late)
	}
	eventually(t, "it is gone", func() bool { return depth(t, c, campaign.StageStatus) == queue.Depth{} })
}

// Neither a handler that panics nor a foreign task without tries left is given
// up while the handler says again.
func TestPanicComesAgain(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g := newGot()
	server(t, c, campaign.StageStatus, func(_ context.Context, d queue.Delivery) queue.Result {
		if g.add(d) == 1 {
			panic("what now") //nolint:forbidigo // a handler with a bug is what is tested
		}
		return queue.Done()
	})
	put(t, c, time.Time{}, step("a", campaign.StageStatus, 2))
	g.await(t, 2)
	if waited := g.times[1].Sub(g.times[0]); waited < 500*time.Millisecond {
		t.Errorf("it came again after %v, want a pause", waited)
	}
}

func TestUnreadablePayloadReachesTheHandler(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g := newGot()
	server(t, c, campaign.StageCreate, g.handle)
	_, err := asynq.NewClientFromRedisClient(c).Enqueue(asynq.NewTask("campaign:create", []byte("garbage")),
		asynq.Queue("default.create"), asynq.TaskID("a"))
	if err != nil {
		t.Fatal(err)
	}
	d := g.await(t, 1)[0] // asynq publishes no wake-up: the queue is looked at each second
	if d.Err == nil || string(d.Payload) != "garbage" || d.Task.ID != "a" || d.Task.Account != account {
		t.Errorf("got %+v, want the error, the payload, and whose it is", d)
	}
	eventually(t, "it is gone", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{} })
}

// A due time is rounded up to a whole second and the queue looked at when each
// second begins, so a task comes within a second of its time where the machine
// keeps up; the test allows for machines that do not.
func TestScheduledTaskComesSoon(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g := newGot()
	server(t, c, campaign.StageCreate, g.handle)
	const n, tenths = 300, 10
	due := map[string]time.Time{}
	begin := time.Now().Truncate(time.Second).Add(2 * time.Second)
	for i := range n {
		// Three seconds, cut into tenths: a due time is rounded up to the second.
		due[id(i)] = begin.Add(time.Duration(i%(3*tenths)) * time.Second / tenths)
		put(t, c, due[id(i)], first(id(i)))
	}
	var late []time.Duration
	for i, d := range g.await(t, n) {
		late = append(late, g.times[i].Sub(due[d.Task.ID]))
	}
	slices.Sort(late)
	t.Logf("they came between %v and %v after their times, 99 %% within %v", late[0], late[n-1], late[n*99/100])
	// Half of them come within half a second where due tasks are looked for each second. The
	// last ones show how busy the machine is.
	const slow = 2 * time.Second
	if late[0] < 0 || late[n/2] > slow {
		t.Errorf("they came from %v after their times on, half of them within %v, want none early, and half within %v", late[0], late[n/2], slow)
	}
}

func TestConcurrencyIsKept(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g := newGot()
	release := make(chan struct{})
	var running, most atomic.Int32
	serverOf(t, queue.ServerConfig{
		Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 3,
		Handler: func(_ context.Context, d queue.Delivery) queue.Result {
			n := running.Add(1)
			most.Store(max(most.Load(), n))
			g.add(d)
			<-release
			running.Add(-1)
			return queue.Done()
		},
	})
	for i := range 8 {
		put(t, c, time.Time{}, first(id(i)))
	}
	g.await(t, 3)
	if got, want := depth(t, c, campaign.StageCreate), (queue.Depth{Pending: 5, Active: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	close(release)
	g.await(t, 8)
	if most.Load() > 3 {
		t.Errorf("got %d handlers at once, want 3", most.Load())
	}
}

// A worker that stops lets the call in flight finish and hands the rest back:
// another worker has it before the queue is looked at the next time.
func TestStopFinishesCallsAndHandsTheRestBack(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	begun, calling := newGot(), make(chan struct{})
	s := serverOf(t, queue.ServerConfig{
		Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 4,
		Handler: func(_ context.Context, d queue.Delivery) queue.Result {
			begun.add(d)
			if d.TaskID == "calling" {
				<-calling
				return queue.Done()
			}
			<-d.Stopping.Done()
			return queue.Again(time.Now())
		},
	})
	put(t, c, time.Time{}, first("calling"), first("waiting-1"), first("waiting-2"))
	begun.await(t, 3)

	g := newGot()
	server(t, c, campaign.StageCreate, g.handle)
	stopped, began := make(chan struct{}), time.Now()
	go func() { s.Stop(); close(stopped) }()
	g.await(t, 2)
	if took := g.times[1].Sub(began); took > 700*time.Millisecond {
		t.Errorf("the tasks were handed on after %v, want at once", took)
	}
	select {
	case <-stopped:
		t.Error("Stop returned before the call had finished")
	default:
	}
	close(calling)
	<-stopped
	eventually(t, "all are gone", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{} })
}

// A handler that does not return in time has its context cancelled, its task
// goes to another worker, and Stop still waits for it.
func TestStopTimeoutTakesTheTaskAway(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	begun := newGot()
	var returned atomic.Bool
	s := serverOf(t, queue.ServerConfig{
		Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 1, StopTimeout: 50 * time.Millisecond,
		Handler: func(ctx context.Context, d queue.Delivery) queue.Result {
			begun.add(d)
			<-ctx.Done()
			<-time.After(300 * time.Millisecond) // asynq does not wait for this
			returned.Store(true)
			return queue.Done()
		},
	})
	put(t, c, time.Time{}, first("a"))
	begun.await(t, 1)
	g := newGot()
	server(t, c, campaign.StageCreate, g.handle)
	s.Stop()
	if !returned.Load() {
		t.Error("Stop returned before the handler had")
	}
	g.await(t, 1)
}

func TestNothingIsTakenAfterStop(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g := newGot()
	s := server(t, c, campaign.StageCreate, g.handle)
	s.Stop()
	put(t, c, time.Time{}, first("a"))
	if got, want := depth(t, c, campaign.StageCreate), (queue.Depth{Pending: 1}); got != want || len(g.deliveries) > 0 {
		t.Errorf("got %+v and %d deliveries, want %+v and none", got, len(g.deliveries), want)
	}
}

func TestServersOfAProcessShareAWaker(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	c := r.Client()
	w := queue.NewWaker(c)
	t.Cleanup(func() { _ = w.Close() })
	config := queue.ServerConfig{Redis: c, Waker: w, Account: account, Concurrency: 1}
	got := map[campaign.Stage]*got{}
	for _, s := range record.Stages() {
		got[s] = newGot()
		config.Stage, config.Handler = s, got[s].handle
		serverOf(t, config)
	}
	put(t, c, time.Time{}, first("a"), step("a", campaign.StageStatus, 2), step("a", campaign.StageConfirm, 3), step("a", campaign.StageCancel, 4))
	for s, g := range got {
		if s != campaign.StageDead {
			g.await(t, 1)
		}
	}
	// One of octoq's, and one of asynq's own in each server.
	subscribers := 0
	eventually(t, "all have subscribed", func() bool {
		list, err := c.ClientList(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		subscribers = countSubscribers(list)
		return subscribers == len(record.Stages())+1
	})
}

// While Redis is away a server neither floods the log nor Redis's address.
func TestRedisAwayIsToldOnce(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	c := r.Client()
	var log lines
	s, err := queue.NewServer(queue.ServerConfig{
		Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 1, Handler: newGot().handle, Log: zerolog.New(&log),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	put(t, c, time.Time{}, first("a"))
	eventually(t, "it works", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{} })
	r.Kill()
	eventually(t, "the log says so, and the server goes on asking", func() bool { return log.count("out of reach") > 0 && log.count("Dequeue error") > 0 })
	r.Restart()
	eventually(t, "the log says that all is well", func() bool { return log.count("in reach again") > 0 })
	if n := log.count(`"level":"warn"`); n != 1 {
		t.Errorf("got %d warnings, want one:\n%s", n, log.String())
	}
	if n := log.count(""); n > 100 {
		t.Errorf("got %d lines, want a few", n)
	}
}

// lines is a log that may be read while it is written.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lines) count(words string) int {
	n := 0
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}
