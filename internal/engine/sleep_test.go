package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/budgetstore"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/schedulestore"
)

// An account sleeps while it has nothing to do, wakes for each campaign, and sleeps again.
func TestAccountsSleepAndWake(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 3)
	b.allSleep()
	for n := range 3 {
		id := fmt.Sprint("c", n)
		put := time.Now()
		b.put("a1", id, time.Time{})
		b.sent("a1", id)
		t.Logf("%s: created after %v", id, b.created("a1", id).Sub(put))
		if got := b.worker.roster.asleep(); !slices.Contains(got, "a0") || !slices.Contains(got, "a2") || !b.sleeps("a0") || !b.sleeps("a2") {
			t.Error("an account without anything to do: it woke")
		}
		b.allSleep()
	}
}

// A campaign is in time although its account sleeps, also one that is put earlier than what
// the account waits for.
func TestScheduledCampaignsOfASleepingAccountAreInTime(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 2)
	b.put("a0", "far", time.Now().Add(time.Hour))
	b.allSleep()
	late, early := time.Now().Truncate(time.Second).Add(9*time.Second), time.Now().Truncate(time.Second).Add(6*time.Second)
	b.put("a0", "late", late)
	b.put("a0", "early", early)
	b.sent("a0", "early")
	b.sent("a0", "late")
	for id, due := range map[string]time.Time{"early": early, "late": late} {
		if after := b.created("a0", id).Sub(due); after < 0 || after > time.Second {
			t.Errorf("%s: created %v after it was due, want within a second", id, after)
		}
	}
	if !b.created("a0", "far").IsZero() {
		t.Error("far: it was created an hour too early")
	}
	b.allSleep()
	if _, due := b.runner("a0").sleep.asleep(); due.Before(time.Now().Add(50 * time.Minute)) {
		t.Errorf("asleep again: got %v as what is due next, want the campaign in an hour", due)
	}
}

// What is not announced is found within a second or two.
func TestALostWakeUpIsNoticed(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 2)
	b.put("a0", "c", time.Now().Add(time.Hour))
	b.allSleep()
	const prefix = "asynq:{a0.create}:"
	began := time.Now()
	if _, err := b.rdb.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
		p.ZRem(t.Context(), prefix+"scheduled", "c")
		p.HSet(t.Context(), prefix+"t:c", "state", "pending")
		p.LPush(t.Context(), prefix+"pending", "c")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b.sent("a0", "c")
	if after := b.created("a0", "c").Sub(began); after > 3*time.Second {
		t.Errorf("created %v after, want a second or two", after)
	}
}

// After a restart of Redis the ledgers of sleeping accounts know of it soon, and wake-ups
// are heard as before.
func TestRedisRestartsWhileAccountsSleep(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 3, "--appendonly", "yes", "--appendfsync", "always")
	b.put("a1", "far", time.Now().Add(time.Hour))
	b.allSleep()
	store, err := ledger.New(b.rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	known := func(account string) int {
		changes, err := store.Changes(t.Context(), account)
		if err != nil {
			return -1
		}
		return len(changes)
	}
	b.until("all ledgers are stamped", func() bool { return known("a0") == 1 && known("a1") == 1 && known("a2") == 1 })
	b.server.Restart()
	b.until("the restart is known", func() bool { return known("a0") == 2 && known("a1") == 2 && known("a2") == 2 })
	b.put("a2", "c", time.Time{})
	b.sent("a2", "c")
	b.allSleep()
	if _, due := b.runner("a1").sleep.asleep(); due.IsZero() {
		t.Error("what is scheduled for a sleeping account: it is forgotten")
	}
}

// A hold wakes an account, whose worker then leads, and so does a schedule.
func TestWhatNeedsAnAccountAwakeWakesIt(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 3)
	b.allSleep()
	b.rdb.HSet(t.Context(), key.Hold("a0"), "reason", "operator", "phase", "held", "since", time.Now().UnixMilli())
	text := `{"v":1,"spec":"* * * * *","campaign":{"id":"tick-{date}-{time}","list_name":"news","text":"Hello STOP au 30101","type":"sms_premium","purpose":"wholesale"}}`
	if _, err := schedule.Decode(text); err != nil {
		t.Logf("schedule: %v", err) // an account wakes for one that cannot be read, too
	}
	if err := schedulestore.New(b.rdb).Add(t.Context(), "a1", "news", text, false); err != nil {
		t.Fatal(err)
	}
	b.until("both are awake", func() bool { return !b.sleeps("a0") && !b.sleeps("a1") })
	if !b.sleeps("a2") {
		t.Error("the third: it woke")
	}
	b.rdb.Del(t.Context(), key.Hold("a0"))
	if err := schedulestore.New(b.rdb).Remove(t.Context(), "a1", "news"); err != nil {
		t.Fatal(err)
	}
	b.allSleep()
}

// Accounts come, change and go while they sleep.
func TestSleepingAccountsAreReloaded(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 3)
	b.allSleep()
	store := budgetstore.New(b.rdb)
	changed := slices.Clone(b.accounts)
	changed[0].Budgets = []budget.Budget{{Name: "month", Per: budget.PerMonth, Amount: 500 * campaign.Euro}}
	changed[1].Concurrency = 3
	changed[2] = b.account("new")
	if err := b.worker.Reload(t.Context(), changed, 0); err != nil {
		t.Fatal(err)
	}
	if p, err := store.Read(t.Context(), "a0"); err != nil || len(p.Budgets) != 1 {
		t.Errorf("a budget of a sleeping account: got %+v, %v, want it in force", p.Budgets, err)
	}
	gone := b.runner("a2")
	b.accounts = changed
	b.allSleep()
	if got := b.worker.roster.asleep(); !slices.Equal(got, b.worker.roster.names()) || slices.Contains(got, "a2") {
		t.Errorf("asleep: got %q, want those that are served", got)
	}
	b.put("a2", "late", time.Time{})
	b.put("new", "c", time.Time{})
	b.put("a1", "c", time.Time{})
	b.sent("new", "c")
	b.sent("a1", "c")
	if gone.served() != nil || !b.created("a2", "late").IsZero() {
		t.Error("an account that has gone: it is still served")
	}
	if err := b.worker.Reload(t.Context(), append(changed, b.account("a2")), 0); err != nil {
		t.Fatal(err)
	}
	b.sent("a2", "late")
	b.allSleep()
}

// A worker that may not subscribe looks for work each second.
func TestSleepingAccountsWithoutChannels(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 1)
	b.end()
	b.run(Config{RedisURL: b.server.User(redistest.NoChannels).URL(), SleepAfter: sleepSoon})
	b.allSleep()
	b.put("a0", "c", time.Time{})
	b.sent("a0", "c")
}

// Whatever comes while accounts fall asleep and wake is sent once, and the worker stops in
// between as always.
func TestCampaignsComeWhileAccountsFallAsleep(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 2)
	for n := range 12 {
		p := b.runner("a0")
		b.until("it falls asleep", func() bool { sleeping, _ := p.sleep.asleep(); return sleeping })
		b.put("a0", fmt.Sprint("c", n), time.Time{})
		if n%4 == 3 {
			began := time.Now()
			b.end()
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("the worker stopped within %v", took)
			}
			b.run(Config{RedisURL: b.server.URL(), SleepAfter: sleepSoon})
		}
		b.sent("a0", fmt.Sprint("c", n))
	}
	sends := map[string]int{}
	for _, ticket := range b.sim.Tickets() {
		sends[ticket.ListName] += ticket.Sends
	}
	for n := range 12 {
		if got := sends[fmt.Sprintf("a0.c%d", n)]; got != 1 {
			t.Errorf("c%d: got %d sendings, want 1", n, got)
		}
	}
}
