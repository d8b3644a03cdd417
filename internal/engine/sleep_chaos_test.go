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
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/schedulestore"
	"github.com/octoq/octoq/internal/simulator"
)

const (
	// sleepWorker has the test binary be a worker, by the settings in it.
	sleepWorker = "OCTOQ_SLEEP_WORKER"
	// sleepAccounts is how many accounts there are; each has three campaigns.
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
		RedisURL: c.Redis, Name: c.Name, Retention: 24 * time.Hour, SweepEvery: time.Second, SweepIdle: 2 * time.Second, PackAfter: 2 * time.Second, StopTimeout: 20 * time.Second,
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
	sent    map[string]bool // the campaigns that were found to be sent
}

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
		if c.Failed() {
			c.Logf("%s: %s", cfg.Name, lastOf(p.Log()))
		}
	})
}

func lastOf(log string) string { return log[max(0, len(log)-800):] }

// enqueue puts three campaigns of each account, at random moments until a time. The first is
// scheduled, and the last waits for an approval.
func (c *chaosOfSleep) enqueue(until time.Time) {
	var all []string
	for i := range c.cfg.Accounts {
		for n := range 3 {
			all = append(all, fmt.Sprintf("a%d c%d", i, n))
		}
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	producer := queue.NewProducer(c.rdb)
	pause := time.Until(until) / time.Duration(len(all))
	for _, name := range all {
		account, id, _ := strings.Cut(name, " ")
		first, at := newFirst(account, id), time.Time{}
		switch id {
		case "c0":
			at = time.Now().Add(rand.N(10 * time.Second))
		case "c2":
			first.First.Campaign.Confirm = campaign.ConfirmManual
		}
		if err := producer.Put(c.Context(), first, at); err != nil {
			c.Errorf("enqueue %s: %v", name, err)
		}
		<-time.After(rand.N(2*pause + 1))
	}
}

// approve says yes to what waits, most of it a second or more after it has begun to, until
// ctx ends.
func (c *chaosOfSleep) approve(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for i := range c.cfg.Accounts {
			account := fmt.Sprint("a", i)
			waiting, _, err := c.store.List(ctx, account, campaign.StateAwaitingApproval, "", 3)
			if err != nil && ctx.Err() == nil {
				c.Error(err)
			}
			for _, r := range waiting {
				if r.Approved || rand.N(4) > 0 {
					continue
				}
				if err := answer(ctx, c.store, c.rdb, account, r.ID(), approved, campaign.StageConfirm); err != nil && ctx.Err() == nil {
					c.Errorf("approve %s/%s: %v", account, r.ID(), err)
				}
			}
		}
	}
}

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
		for _, id := range []string{"c0", "c1", "c2"} {
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

// Workers are killed while their accounts sleep and wake: of all campaigns none is sent
// twice, none is lost and none is left open.
func TestChaosOfSleepingAccounts(t *testing.T) { //nolint:paralleltest // its accounts need the machine to fall asleep
	c := &chaosOfSleep{T: t, sent: map[string]bool{}, workers: make([]*proctest.Process, 3), cfg: sleepWorkerConfig{Accounts: 100, SleepAfter: 300 * time.Millisecond}}
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
	for place := range c.workers {
		c.start(place)
	}
	lasts := time.Duration(max(c.cfg.Accounts, 100)) * 300 * time.Millisecond
	end := time.Now().Add(lasts)
	put := make(chan struct{})
	go func() { defer close(put); c.enqueue(end) }()
	approving, stop := context.WithCancel(t.Context())
	defer stop()
	go c.approve(approving)
	began := time.Now()
	for i := range withSchedule {
		addSchedule(t, c.rdb, fmt.Sprint("a", i), "*/2 * * * * *")
	}
	killed := 0
	for time.Now().Before(end) {
		<-time.After(rand.N(lasts / 8))
		place := rand.IntN(len(c.workers))
		if rand.N(3) > 0 { // most have come to work; some are killed while they start
			c.until("the worker works", func() (int, string) {
				log := c.workers[place].Log()
				return 1 - strings.Count(log, "worker works"), lastOf(log)
			})
		}
		c.workers[place].Kill()
		killed++
		c.start(place)
	}
	<-put
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
		for n := range 3 {
			names = append(names, fmt.Sprintf("a%d.c%d", i, n))
		}
	}
	for sends := c.sends(); len(names) > 0; names = names[1:] {
		if name := names[0]; sends[name] != 1 {
			t.Errorf("%s: got %d sendings, want 1", name, sends[name])
		}
	}
	c.until("all accounts sleep", func() (int, string) {
		clients := strings.Count(c.rdb.ClientList(t.Context()).Val(), "\n")
		return clients - len(c.workers)*(keptIdle+20) + 1, fmt.Sprint(clients, " connections")
	})
	t.Logf("%d accounts, %d campaigns, %d of them by ticks, %d workers killed: none sent twice, none lost, none open", c.cfg.Accounts, 3*c.cfg.Accounts+ticked, ticked, killed)
}
