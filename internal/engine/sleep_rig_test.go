package engine

import (
	"cmp"
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/schedulestore"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/task"
)

// bedroom is a worker whose accounts sleep, beside its Redis and its API.
type bedroom struct {
	*testing.T
	server   *redistest.Server
	rdb      *redis.Client
	sim      *simulator.Server
	url      string
	worker   *WorkerProcess
	accounts []AccountConfig
	end      func() // stops the worker
}

// sleepSoon is how long accounts of tests have nothing to do before they sleep.
const sleepSoon = 200 * time.Millisecond

// openBedroom runs a worker of so many accounts, a0, a1, …
func openBedroom(t *testing.T, accounts int, args ...string) *bedroom {
	t.Helper()
	b := &bedroom{T: t, server: redistest.Start(t, args...)}
	b.rdb = b.server.Client()
	var err error
	if b.sim, err = simulator.New(simulator.Config{}); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(b.sim)
	t.Cleanup(api.Close)
	b.url = api.URL
	for i := range accounts {
		b.accounts = append(b.accounts, b.account(fmt.Sprint("a", i)))
	}
	b.run(Config{RedisURL: b.server.URL(), SleepAfter: sleepSoon})
	return b
}

func (b *bedroom) account(name string) AccountConfig {
	a := AccountConfig{Name: name, API: at(b.url + "/v1/public"), PollFirst: 5 * time.Millisecond, PollMax: 20 * time.Millisecond, Backoff: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond}
	a.API.Login, a.API.Key = simulator.DefaultLogin, simulator.DefaultKey
	return complete(a)
}

// run runs the worker until the test ends, or end is called.
func (b *bedroom) run(cfg Config) {
	b.Helper()
	cfg.SweepEvery, cfg.SweepIdle = cmp.Or(cfg.SweepEvery, time.Second), cmp.Or(cfg.SweepIdle, 2*time.Second)
	b.worker = processOf(b.T, cfg, b.accounts...)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.worker.Run(ctx) }()
	ended := false
	b.end = func() {
		if ended {
			return
		}
		ended = true
		stop()
		select {
		case err := <-done:
			if err != nil {
				b.Errorf("run: got %v, want nil", err)
			}
		case <-time.After(30 * time.Second):
			b.Error("the worker does not stop")
		}
	}
	b.Cleanup(b.end)
	b.until("the worker is ready", b.worker.Ready)
}

// until waits until a condition holds.
func (b *bedroom) until(what string, holds func() bool) {
	b.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(40 * time.Second); !holds(); {
		select {
		case <-end:
			b.Fatalf("%s: not within 40 s", what)
		case <-tick.C:
		}
	}
}

// runner is that of an account.
func (b *bedroom) runner(account string) *accountRunner {
	b.Helper()
	for _, p := range b.worker.roster.all() {
		if p.name == account {
			return p
		}
	}
	b.Fatalf("there is no account %s", account)
	return nil
}

// sleeps reports whether an account has nothing that works.
func (b *bedroom) sleeps(account string) bool {
	p := b.runner(account)
	sleeping, _ := p.sleep.asleep()
	p.mu.Lock()
	defer p.mu.Unlock()
	return sleeping && p.account == nil && p.chores != nil
}

// allSleep waits until all accounts sleep.
func (b *bedroom) allSleep() {
	b.Helper()
	b.until("all accounts sleep", func() bool {
		return !slices.ContainsFunc(b.accounts, func(a AccountConfig) bool { return !b.sleeps(a.Name) })
	})
}

// put enqueues a campaign, whose list has its name.
func (b *bedroom) put(account, id string, at time.Time) {
	b.Helper()
	if err := queue.NewProducer(b.rdb).Put(b.Context(), newFirst(account, id), at); err != nil {
		b.Fatal(err)
	}
}

func newFirst(account, id string) task.Task {
	c := campaign.Campaign{ID: id, Account: account, ListName: account + "." + id, Text: "Hello STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale}
	return task.Task{Account: account, ID: id, Step: task.FirstStep(), First: &task.First{Campaign: c, EnqueuedAt: time.Now(), Nonce: id}}
}

// created is when the API had the first create of a campaign; zero without one.
func (b *bedroom) created(account, id string) time.Time {
	for _, t := range b.sim.Tickets() {
		if t.ListName == account+"."+id {
			return t.Created
		}
	}
	return time.Time{}
}

// sent waits until a campaign is sent.
func (b *bedroom) sent(account, id string) {
	b.Helper()
	store, err := ledger.New(b.rdb, ledger.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.until(account+"/"+id+" is sent", func() bool {
		r, err := store.Get(b.Context(), account, id)
		return err == nil && r.State == campaign.StateSent
	})
}

// answer writes a person's answer to a campaign, and queues its step in a stage through rdb,
// as operators' commands do. It is no error if that fails.
func answer(ctx context.Context, store *ledger.Store, rdb redis.UniversalClient, account, id string, with func(record.Record) (record.Record, []campaign.Entry, error), stage campaign.Stage) error {
	before, now, err := store.Load(ctx, account, id)
	if err != nil {
		return err
	}
	after, entries, err := with(before)
	if err != nil || len(entries) == 0 {
		return err
	}
	verdict, _, err := store.Commit(ctx, record.Change{Before: &before, After: after, RunID: now.RunID, Token: random.Token(), Entries: entries})
	if err != nil || verdict != record.CommitApplied { // overtaken: it is answered again
		return err
	}
	_ = queue.NewProducer(rdb).PutStep(ctx, after, after.NextIn(stage), time.Time{})
	return nil
}

// addSchedule gives an account a schedule called news. The campaigns of its ticks have their
// lists named after account and tick.
func addSchedule(tb testing.TB, rdb redis.UniversalClient, account, cron string) {
	tb.Helper()
	news := schedule.Schedule{
		Name: "news", Account: account, Cron: cron, Zone: "UTC", Missed: schedule.MissedSkip, CreatedAt: time.Now(), CreatedBy: "test",
		Template: []byte(`{"id":"{{tick}}","list_name":"` + account + `.{{tick}}","text":"Hello STOP au 30101","type":"sms_premium","purpose":"wholesale"}`),
	}
	if _, err := news.Plan(); err != nil {
		tb.Fatal(err)
	}
	text, err := news.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	if err := schedulestore.New(rdb).Add(tb.Context(), account, news.Name, text, false); err != nil {
		tb.Fatal(err)
	}
}

// approved says yes to a campaign at any price that tests have.
func approved(r record.Record) (record.Record, []campaign.Entry, error) {
	most := 1000 * campaign.Euro
	return r.Approve("test", campaign.Approval{UpTo: &most})
}

func cancelled(r record.Record) (record.Record, []campaign.Entry, error) {
	return r.RequestCancel("test", "not wanted")
}
