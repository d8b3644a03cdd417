package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/budgetstore"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
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
	if _, known := b.runner("a0").sleep.asleep(); known.Due.Before(time.Now().Add(50 * time.Minute)) {
		t.Errorf("asleep again: got %v as what is due next, want the campaign in an hour", known.Due)
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
	if _, known := b.runner("a1").sleep.asleep(); known.Due.IsZero() {
		t.Error("what is scheduled for a sleeping account: it is forgotten")
	}
}

// A hold wakes an account, whose worker then leads.
func TestAHoldWakesAnAccount(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 2)
	b.allSleep()
	b.rdb.HSet(t.Context(), key.Hold("a0"), "reason", "operator", "phase", "held", "since", time.Now().UnixMilli())
	b.until("it is awake", func() bool { return !b.sleeps("a0") })
	if !b.sleeps("a1") {
		t.Error("the other: it woke")
	}
	b.rdb.Del(t.Context(), key.Hold("a0"))
	b.allSleep()
}

// Schedules of an account that sleeps enqueue their ticks, in time, and it sleeps on.
func TestSchedulesOfASleepingAccount(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 2)
	b.allSleep()
	addSchedule(t, b.rdb, "a1", "*/5 * * * * *")
	b.until("its schedule is seen", func() bool { _, known := b.runner("a1").sleep.asleep(); return known.Ticks })
	if !b.sleeps("a1") {
		t.Error("a schedule: it woke the account")
	}
	b.until("two ticks are sent", func() bool { return len(b.sim.Tickets()) >= 2 })
	for _, ticket := range b.sim.Tickets() {
		if late := ticket.Created.Sub(ticket.Created.Truncate(5 * time.Second)); late > time.Second {
			t.Errorf("a tick's campaign was created %v after it, want within a second", late)
		}
	}
	if err := schedulestore.New(b.rdb).Remove(t.Context(), "a1", "news"); err != nil {
		t.Fatal(err)
	}
	b.allSleep()
	b.until("it is known to be gone", func() bool {
		notify(b.runner("a1").overdue)
		_, known := b.runner("a1").sleep.asleep()
		return !known.Ticks
	})
}

// An account sleeps although a campaign of it waits for a person, and wakes for the answer.
func TestAnAccountSleepsWhileACampaignWaits(t *testing.T) {
	t.Parallel()
	b := openBedroom(t, 2)
	store, err := ledger.New(b.rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	is := func(id string, want campaign.State) bool {
		r, err := store.Get(t.Context(), "a0", id)
		return err == nil && r.State == want
	}
	for _, id := range []string{"approved", "cancelled", "lost"} {
		first := newFirst("a0", id)
		first.First.Campaign.Confirm = campaign.ConfirmManual
		if err := queue.NewProducer(b.rdb).Put(t.Context(), first, time.Time{}); err != nil {
			t.Fatal(err)
		}
		b.until(id+" waits", func() bool { return is(id, campaign.StateAwaitingApproval) })
	}
	b.allSleep()
	if _, known := b.runner("a0").sleep.asleep(); !known.Waits {
		t.Errorf("asleep: got %+v, want it to wait", known)
	}
	if err := answer(t.Context(), store, b.rdb, "a0", "approved", approved, campaign.StageConfirm); err != nil {
		t.Fatal(err)
	}
	b.sent("a0", "approved")
	b.allSleep()
	if err := answer(t.Context(), store, b.rdb, "a0", "cancelled", cancelled, campaign.StageCancel); err != nil {
		t.Fatal(err)
	}
	b.until("it is cancelled", func() bool { return is("cancelled", campaign.StateCancelled) })
	b.allSleep()

	// What is lost between an answer and its task is found by the next round, which sweeps.
	rdb := b.server.Client()
	rdb.AddHook(without{"{a0.confirm}"})
	if err := answer(t.Context(), store, rdb, "a0", "lost", approved, campaign.StageConfirm); err != nil {
		t.Fatal(err)
	}
	b.until("lost is sent", func() bool {
		notify(b.runner("a0").overdue)
		return is("lost", campaign.StateSent)
	})
	b.allSleep()
}

// without fails what concerns some keys.
type without struct{ keys string }

func (without) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w without) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if strings.Contains(cmd.String(), w.keys) {
			return errors.New("out of reach")
		}
		return next(ctx, cmd)
	}
}

func (w without) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			if strings.Contains(cmd.String(), w.keys) {
				return errors.New("out of reach")
			}
		}
		return next(ctx, cmds)
	}
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
