package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/budgetstore"
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
	one := func(name, confirm, inFlight string) *comparison {
		return &comparison{
			store: peers.New(rdb), policy: configPolicy{store: budgetstore.New(rdb), account: "shop"}, account: "shop", log: zerolog.New(&log),
			every: peers.Every, self: peers.PeerWorker{ID: name, Name: name, Settings: map[string]string{"confirm": confirm, "max_in_flight": inFlight, "rate": "5"}},
		}
	}
	a, alike, other := one("a", "auto", "1"), one("alike", "auto", "1"), one("other", "manual", "3")
	const differ, agree = "warn: workers of this account work by different settings: give them the same ones", "info: workers of this account work by the same settings again"
	look := func(c *comparison, after time.Duration, want ...string) []string {
		t.Helper()
		m.SetTime(now.Add(after))
		if err := c.compare(t.Context(), now.Add(after)); err != nil {
			t.Errorf("after %s: %v", after, err)
		}
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
	c := &comparison{store: peers.New(rdb), policy: configPolicy{store: budgetstore.New(rdb), account: "shop"}, account: "shop", self: peers.PeerWorker{ID: "a", Name: "a"}}
	m.SetError("LOADING")
	if err := c.compare(t.Context(), time.Now()); err == nil {
		t.Error("a Redis that loads: got no error")
	}
	m.SetError("")
	if err := c.compare(t.Context(), time.Now()); err != nil {
		t.Error(err)
	}
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
