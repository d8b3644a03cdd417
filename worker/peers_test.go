package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/peers"
)

// said reads the messages of a log, and its differences, and empties it.
func said(t *testing.T, log *bytes.Buffer) (messages, differences []string) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		var entry struct {
			Level, Message string
			Differences    []string
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		messages = append(messages, entry.Level+": "+entry.Message)
		differences = append(differences, entry.Differences...)
	}
	log.Reset()
	return messages, differences
}

// Workers that disagree say so once, once more when it changes, and that it is over.
func TestWorkersOfDifferentSettingsAreNoticed(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	now := time.Now()
	m.SetTime(now)
	var log bytes.Buffer
	one := func(name string, a Account) *comparison {
		a, _ = a.withDefaults()
		return &comparison{
			store: peers.New(rdb), account: "shop", log: zerolog.New(&log),
			self: peers.PeerWorker{ID: name, Name: name, Settings: common(Config{}, a)},
		}
	}
	a, alike, other := one("a", Account{}), one("alike", Account{}), one("other", Account{Confirm: "manual", MaxInFlight: 3})
	const differ, agree = "warn: workers of this account work by different settings: give them the same ones", "info: workers of this account work by the same settings again"
	look := func(c *comparison, after time.Duration, want ...string) []string {
		t.Helper()
		m.SetTime(now.Add(after))
		c.look(t.Context(), now.Add(after))
		messages, differences := said(t, &log)
		if !slices.Equal(messages, want) {
			t.Errorf("%s after %v: got %q, want %q", c.self.Name, after, messages, want)
		}
		return differences
	}
	look(a, 0)
	look(alike, 0)
	got := look(other, time.Second, differ)
	if want := []string{"confirm is auto (a, alike), manual (other)", "max_in_flight is 1 (a, alike), 3 (other)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	look(a, 2*time.Second) // its next look is due after a minute
	look(a, time.Minute, differ)
	look(a, 2*time.Minute)
	other.self.Settings["rate"] = "7" // one that was started with other settings yet
	look(other, 2*time.Minute, differ)
	look(a, 3*time.Minute, differ)
	other.leave(t.Context())
	look(a, 4*time.Minute, agree)
	look(a, 5*time.Minute)
}

// While Redis is away nothing is said, and the next round tries again.
func TestAComparisonThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	c := &comparison{store: peers.New(rdb), account: "shop", self: peers.PeerWorker{ID: "a", Name: "a"}}
	m.SetError("LOADING")
	c.look(t.Context(), time.Now())
	m.SetError("")
	c.look(t.Context(), time.Now())
	if n := rdb.HLen(t.Context(), key.WorkerSettings("shop")).Val(); n != 1 {
		t.Errorf("entries: got %d, want 1", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.leave(ctx) // as at the end of a worker
	if n := rdb.HLen(t.Context(), key.WorkerSettings("shop")).Val(); n != 0 {
		t.Errorf("entries of a worker that has left: got %d, want none", n)
	}
}

// What is compared is what was set, however it was written, and no secret.
func TestCommonSettings(t *testing.T) {
	t.Parallel()
	plain, _ := Account{Login: "me@example.org", Key: "secret-key"}.withDefaults()
	spelt, _ := Account{
		Login: "me@example.org", Key: "another-key", APIURL: "https://api.octopush.com/v1/public/", Window: " off ", Rate: 5, Burst: 5,
	}.withDefaults()
	if a, b := common(Config{}, plain), common(Config{}, spelt); !maps.Equal(a, b) {
		t.Errorf("got %v and %v, want the same", a, b)
	}
	for name, text := range common(Config{}, plain) {
		if strings.Contains(text, "secret") || strings.Contains(text, "me@") {
			t.Errorf("%s: got %q, want neither key nor login", name, text)
		}
	}
	for _, change := range []func(*Account){
		func(a *Account) { a.Rate = 6 }, func(a *Account) { a.Burst = 6 }, func(a *Account) { a.MaxInFlight = 6 },
		func(a *Account) { a.Confirm = "manual" }, func(a *Account) { a.Late = "send" }, func(a *Account) { a.LostTicket = "park" },
		func(a *Account) { a.Window = "Mo 08:00-09:00 UTC" }, func(a *Account) { a.Deadline = time.Hour },
		func(a *Account) { a.Login = "you@example.org" }, func(a *Account) { a.APIURL = "http://127.0.0.1:1" },
	} {
		other := plain
		change(&other)
		if maps.Equal(common(Config{}, plain), common(Config{}, other)) {
			t.Errorf("%+v: got the same as of the defaults", other)
		}
	}
}
