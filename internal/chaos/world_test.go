package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/testenv"
)

const (
	login  = "ops@example.com"
	apiKey = "chaos-key-that-nobody-may-see"
)

// world is everything that one run is played on.
type world struct {
	t     *testing.T
	dir   string
	place place
	redis *redistest.Server // that of a play on one
	sim   *simulator.Server
	api   string // host:port of the simulated API
	slots []*slot
	// choosing is held while a free slot is looked for.
	choosing sync.Mutex
	// shop is the way of producers and operators to one Redis.
	shop     *toxiproxy.Proxy
	shopURL  string
	shopping sync.Mutex // one fault at a time on it

	// The producers and operators, and what there is to decide on.
	producers *producers
	operators *operators
	items     []item
	losses    losses
	seed      uint64
	// calm: workers are to go on after a fail-over, so no fault begins that stops them.
	calm    atomic.Bool
	rough   int       // faults that do
	lapsing time.Time // when the last of them was over that has left permits
	// stragglers is how many workers were left behind with an old primary.
	stragglers int

	mu     sync.Mutex
	faults map[string]int  // injected, by kind
	slow   []time.Duration // from each fail-over to the next step of a worker
	ways   map[string]*way
	diary  *os.File
	began  time.Time
}

// newWorld starts one Redis, the API and the proxies; no worker yet.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, one)
}

// newWorldOn does the same on some kind of Redis.
func newWorldOn(t *testing.T, k kind) *world {
	t.Helper()
	if programs.err != nil {
		t.Fatal(programs.err)
	}
	dir, err := os.MkdirTemp("", "octoq-chaos-") //nolint:usetesting // kept when the run fails
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, faults: map[string]int{}, ways: map[string]*way{}, began: time.Now()}
	t.Cleanup(w.leave)
	w.diary = w.create("diary.log")
	w.simulate()
	w.place = w.placeOf(k)
	return w
}

// leave keeps what is needed to understand a run that failed.
func (w *world) leave() {
	_ = w.diary.Close()
	if w.t.Failed() || *flagKeep {
		w.t.Logf("logs and data are in %s", w.dir)
		return
	}
	_ = os.RemoveAll(w.dir)
}

func (w *world) create(name string) *os.File {
	w.t.Helper()
	f, err := os.Create(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// note writes a line into the diary of the run.
func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = fmt.Fprintf(w.diary, "%s %8.3f %s\n", time.Now().Format("15:04:05.000"), time.Since(w.began).Seconds(), fmt.Sprintf(format, args...))
}

// injected counts a fault.
func (w *world) injected(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[kind]++
}

func (w *world) simulate() {
	w.t.Helper()
	const huge = 4 << 20
	sim, err := simulator.New(simulator.Config{
		Accounts: []simulator.Account{{Login: login, Key: apiKey, Balance: 1e7}},
		Latency:  10 * time.Millisecond, Jitter: 20 * time.Millisecond,
		ComputeTime: 500 * time.Millisecond, HugeSize: huge, Seed: 1,
	})
	if err != nil {
		w.t.Fatalf("set up the simulator: %v", err)
	}
	w.sim = sim
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatalf("listen for the simulator: %v", err)
	}
	w.api = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx, l) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("simulator: %v", err)
		}
	})
}

// env is the environment of a process that reaches the API by a proxy.
func env(redisURL, apiAddr string) []string {
	return append(testenv.Clean(),
		"OCTOQ_REDIS_URL="+redisURL, "OCTOQ_API_URL=http://"+apiAddr+"/v1/public",
		"OCTOQ_API_LOGIN="+login, "OCTOQ_API_KEY="+apiKey, "OCTOQ_LOG_FORMAT=json", "OCTOQ_LOG_LEVEL=debug",
		"OCTOQ_API_TIMEOUT=2s", "OCTOQ_POLL_FIRST=500ms", "OCTOQ_POLL_MAX=2s",
		"OCTOQ_PACK_AFTER=2s", "OCTOQ_BACKOFF=500ms", "OCTOQ_BACKOFF_MAX=3s", "OCTOQ_PROBE=1s", "OCTOQ_PROBE_MAX=3s",
		fmt.Sprintf("OCTOQ_RATE=%d", *flagRate), "OCTOQ_BURST=10", "OCTOQ_MAX_IN_FLIGHT=10",
		"GORACE=halt_on_error=1",
	)
}

// command runs octoq to its end, or kills it when ctx ends.
func (w *world) command(ctx context.Context, redisURL string, args ...string) (out string, code int) {
	cmd := exec.CommandContext(ctx, programs.octoq, args...)
	cmd.Env = env(redisURL, w.api)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return stdout.String(), -1
	}
	code = cmd.ProcessState.ExitCode()
	if code != 0 {
		w.note("octoq %s: exit code %d: %s", strings.Join(args, " "), code, strings.TrimSpace(stderr.String()))
	}
	w.sane(strings.Join(args, " "), stderr.String())
	return stdout.String(), code
}

// sane fails the run for what no process may ever write.
func (w *world) sane(process, log string) {
	for _, bad := range []string{"DATA RACE", "panic: ", "fatal error: ", apiKey} {
		if i := strings.Index(log, bad); i >= 0 {
			w.t.Errorf("%s wrote %q:\n%s", process, bad, log[max(0, i-200):min(len(log), i+3000)])
		}
	}
}

// until waits for a condition; its text is shown when it never comes true.
func (w *world) until(timeout time.Duration, what string, cond func() (bool, string)) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, seen := cond()
		if ok {
			return
		}
		select {
		case <-deadline.C:
			w.t.Errorf("%s: not within %v; last seen: %s", what, timeout, seen)
			return
		case <-tick.C:
		}
	}
}

// dwindles waits until a number has come to nothing. It fails when the number reaches
// no new low for so long.
func (w *world) dwindles(standstill time.Duration, what string, count func() (int, string)) {
	low := math.MaxInt
	stuck := time.NewTimer(standstill)
	defer stuck.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		left, seen := count()
		if left == 0 {
			return
		}
		if left < low {
			low = left
			stuck.Reset(standstill)
		}
		select {
		case <-stuck.C:
			w.t.Errorf("%s: none has for %v, %d are left; last seen: %s", what, standstill, left, seen)
			return
		case <-tick.C:
		}
	}
}

// pass waits for a while, or until ctx ends.
func pass(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
