package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/schedulestore"
	"github.com/octoq/octoq/internal/simulator"
)

const (
	// sleepWorker has the test binary be a worker, by the settings in it.
	sleepWorker = "OCTOQ_SLEEP_WORKER"
	// sleepAccounts is how many accounts there are. A hundred in each of three workers, awake and
	// under the race detector, are more than two cores can carry beside other tests.
	sleepAccounts = "OCTOQ_SLEEP_N"
)

// sleepWorkerConfig is a worker that can be killed, as a test starts it.
type sleepWorkerConfig struct {
	Redis, API, Name string
	Accounts         int
	SleepAfter       time.Duration
}

func runSleepWorker(text string) error {
	var c sleepWorkerConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	cfg := Config{
		RedisURL: c.Redis, Name: c.Name, Retention: 24 * time.Hour, SweepEvery: 5 * time.Second, SweepIdle: 10 * time.Second, PackAfter: 2 * time.Second, StopTimeout: 20 * time.Second,
		SleepAfter: c.SleepAfter, Logger: zerolog.New(os.Stderr).Level(zerolog.InfoLevel).With().Timestamp().Logger(),
	}
	for i := range c.Accounts {
		a := complete(AccountConfig{
			Name: fmt.Sprint("a", i), API: at(c.API), PollFirst: 5 * time.Millisecond, PollMax: 50 * time.Millisecond,
			Backoff: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond, Concurrency: 2,
		})
		a.API.Login, a.API.Key = simulator.DefaultLogin, simulator.DefaultKey
		cfg.Accounts = append(cfg.Accounts, a)
	}
	p, err := New(cfg)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return p.Run(ctx)
}

// chaosOfSleep is some workers of many accounts that sleep most of the time, and are killed.
type chaosOfSleep struct {
	*testing.T
	rdb     *redis.Client
	store   *ledger.Store
	cfg     sleepWorkerConfig
	sim     *simulator.Server
	workers []*proctest.Process
	began   int
	opens   time.Time       // when the window of campaigns opens that have one
	sent    map[string]bool // the campaigns that were found to be sent
}

// ids are those of the campaigns that each account has.
func ids() []string { return []string{scheduled, plain, approvedLater, windowed} }

// start starts a worker in a place.
func (c *chaosOfSleep) start(place int) {
	c.Helper()
	cfg := c.cfg
	cfg.Name = fmt.Sprint("w", c.began)
	text, err := json.Marshal(cfg)
	if err != nil {
		c.Fatal(err)
	}
	log := filepath.Join(c.TempDir(), cfg.Name+".log")
	p, err := proctest.Start(log, append(os.Environ(), sleepWorker+"="+string(text)), os.Args[0])
	if err != nil {
		c.Fatal(err)
	}
	c.began++
	c.workers[place] = p
	c.Cleanup(func() {
		p.Kill()
		if _, race, found := strings.Cut(p.Log(), "DATA RACE"); found { // it was killed, so no exit code tells
			c.Errorf("%s has a data race:%.6000s", cfg.Name, race)
		}
		if c.Failed() {
			c.Logf("%s: %s", cfg.Name, lastOf(p.Log()))
		}
	})
}

func lastOf(log string) string { return log[max(0, len(log)-800):] }

const (
	// withSchedule is how many accounts have a schedule, and ticksEvery the pause between its
	// ticks.
	withSchedule = 5
	ticksEvery   = 2 * time.Second
)

// ticksBetween are the names of what the schedules' ticks send that lie between two times, but for
// those near the ends.
func ticksBetween(from, to time.Time) []string {
	var names []string
	for i := range withSchedule {
		for tick := from.Truncate(ticksEvery).Add(2 * ticksEvery); tick.Before(to.Add(-ticksEvery)); tick = tick.Add(ticksEvery) {
			names = append(names, fmt.Sprintf("a%d.%s", i, tick.UTC().Format("20060102T150405Z")))
		}
	}
	return names
}

// sends are how often what has which name was sent.
func (c *chaosOfSleep) sends() map[string]int {
	sends := map[string]int{}
	for _, ticket := range c.sim.Tickets() {
		sends[ticket.ListName] += ticket.Sends
	}
	return sends
}

// open are the campaigns that are not sent yet.
func (c *chaosOfSleep) open() []string {
	var open []string
	for i := range c.cfg.Accounts {
		account := fmt.Sprint("a", i)
		states := map[string]campaign.State{}
		for _, id := range ids() {
			if !c.sent[account+"/"+id] {
				states[id] = "none"
			}
		}
		found, err := c.store.LoadAll(c.Context(), account, slices.Collect(maps.Keys(states)))
		if err != nil {
			for id := range states {
				states[id] = campaign.State("unknown: " + err.Error())
			}
		}
		for _, r := range found.Records {
			states[r.ID()] = r.State
		}
		for _, id := range slices.Sorted(maps.Keys(states)) {
			name := account + "/" + id
			if c.sent[name] = states[id] == campaign.StateSent; !c.sent[name] {
				open = append(open, name+" "+string(states[id]))
			}
		}
	}
	return open
}

// until waits for nothing to be left, and gives up when for minutes it has not become less: how
// fast a busy machine comes to the end does not matter, that it gets on does.
func (c *chaosOfSleep) until(what string, look func() (left int, says string)) {
	c.Helper()
	const patience = 3 * time.Minute
	tick, end := time.NewTicker(250*time.Millisecond), time.NewTimer(patience)
	defer tick.Stop()
	defer end.Stop()
	for least := math.MaxInt; ; {
		left, says := look()
		if left <= 0 {
			return
		}
		if left < least {
			least = left
			end.Reset(patience)
		}
		select {
		case <-end.C:
			c.Fatalf("%s: it did not get on within %s: %s", what, patience, says)
		case <-tick.C:
		}
	}
}

// Workers are killed and frozen while their accounts sleep and wake, operators hold accounts, and
// windows open: of all campaigns none is sent twice, none is lost, none is left open, and of each a
// webhook is told.
func TestChaosOfSleepingAccounts(t *testing.T) { //nolint:paralleltest // its accounts need the machine to fall asleep
	c := openChaosOfSleep(t)
	told := c.hook()
	for place := range c.workers {
		c.start(place)
	}
	lasts := time.Duration(max(c.cfg.Accounts, 100)) * 300 * time.Millisecond
	began, end := time.Now(), time.Now().Add(lasts)
	c.opens = began.Add(lasts / 2).Truncate(time.Minute).Add(time.Minute)
	put := make(chan struct{})
	go func() { defer close(put); c.enqueue(end) }()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go c.approve(ctx)
	released := make(chan struct{})
	go func() { defer close(released); c.hold(end) }()
	for i := range withSchedule {
		addSchedule(t, c.rdb, fmt.Sprint("a", i), "*/2 * * * * *")
	}
	killed, frozen := c.disturb(lasts)
	<-put
	<-released
	ended := time.Now()
	c.until("all are sent", func() (int, string) { open := c.open(); return len(open), strings.Join(open, ", ") })
	names := ticksBetween(began, ended)
	ticked := len(names)
	c.until("all ticks are sent", func() (int, string) {
		sends := c.sends()
		missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return sends[name] > 0 })
		return len(missing), strings.Join(missing, ", ")
	})
	for i := range withSchedule {
		if err := schedulestore.New(c.rdb).Remove(t.Context(), fmt.Sprint("a", i), "news"); err != nil {
			t.Fatal(err)
		}
	}
	for i := range c.cfg.Accounts {
		for _, id := range ids() {
			names = append(names, fmt.Sprintf("a%d.%s", i, id))
		}
	}
	sends := c.sends()
	for _, name := range names {
		if sends[name] != 1 {
			t.Errorf("%s: got %d sendings, want 1", name, sends[name])
		}
	}
	c.keptTheWindow()
	c.until("a webhook is told of all", func() (int, string) {
		missing := slices.DeleteFunc(slices.Clone(names), told)
		return len(missing), strings.Join(missing, ", ")
	})
	c.until("all accounts sleep", func() (int, string) {
		clients := strings.Count(c.rdb.ClientList(t.Context()).Val(), "\n")
		return clients - len(c.workers)*(keptIdle+20) + 1, fmt.Sprint(clients, " connections")
	})
	t.Logf("%d accounts, %d campaigns, %d of them by ticks, %d workers killed and %d frozen: none sent twice, none lost, none open", c.cfg.Accounts, len(names), ticked, killed, frozen)
}

// openChaosOfSleep is what the workers work with.
func openChaosOfSleep(t *testing.T) *chaosOfSleep {
	t.Helper()
	c := &chaosOfSleep{T: t, sent: map[string]bool{}, workers: make([]*proctest.Process, 3), cfg: sleepWorkerConfig{Accounts: 40, SleepAfter: 300 * time.Millisecond}}
	if n, err := strconv.Atoi(os.Getenv(sleepAccounts)); err == nil {
		c.cfg.Accounts = n
	}
	server := redistest.Start(t)
	c.rdb, c.cfg.Redis = server.Client(), server.URL()
	var err error
	if c.store, err = ledger.New(c.rdb, ledger.Options{}); err != nil {
		t.Fatal(err)
	}
	if c.sim, err = simulator.New(simulator.Config{
		Latency: 5 * time.Millisecond, Jitter: 40 * time.Millisecond,
		Accounts: []simulator.Account{{Login: simulator.DefaultLogin, Key: simulator.DefaultKey, Balance: 1e9}},
	}); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(c.sim)
	t.Cleanup(api.Close)
	c.cfg.API = api.URL + "/v1/public"
	for i := range c.cfg.Accounts { // new accounts are in doubt until a person says what is so
		if _, err := c.store.Vouch(t.Context(), fmt.Sprint("a", i), "test", "new accounts"); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// disturb kills and freezes workers for a while, and says how many.
func (c *chaosOfSleep) disturb(lasts time.Duration) (killed, frozen int) {
	c.Helper()
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		<-time.After(rand.N(lasts / 8))
		place := rand.IntN(len(c.workers))
		if rand.N(3) > 0 { // most have come to work; some are killed while they start
			c.until("the worker works", func() (int, string) {
				log := c.workers[place].Log()
				return 1 - strings.Count(log, "worker works"), lastOf(log)
			})
		}
		if rand.N(3) == 0 {
			c.freeze(c.workers[place])
			frozen++
			continue
		}
		c.workers[place].Kill()
		killed++
		c.start(place)
	}
	return killed, frozen
}

// freeze keeps a worker from doing anything for seconds.
func (c *chaosOfSleep) freeze(p *proctest.Process) {
	c.Helper()
	for _, s := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := p.Signal(s); err != nil {
			c.Fatal(err)
		}
		if s == syscall.SIGSTOP {
			<-time.After(rand.N(5 * time.Second))
		}
	}
}
