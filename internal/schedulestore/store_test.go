package schedulestore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/schedulestore"
)

func read(t *testing.T, s *schedulestore.Store, version string) schedule.Overview {
	t.Helper()
	seen, err := s.Read(t.Context(), "shop", version)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func TestStore(t *testing.T) {
	t.Parallel()
	rdb, ctx := redistest.Start(t).Client(), t.Context()
	s := schedulestore.New(rdb)
	if empty := read(t, s, ""); empty.Changed || len(empty.Cursors) != 0 || time.Since(empty.Now).Abs() > time.Minute {
		t.Errorf("no schedule: got %+v", empty)
	}
	if err := s.Add(ctx, "shop", "news", "one", false); err != nil {
		t.Fatal(err)
	}
	one := read(t, s, "")
	if diff := cmp.Diff(map[string]string{"news": "one"}, one.Schedules); diff != "" || !one.Changed {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if again := read(t, s, one.Version); again.Changed || again.Schedules != nil || again.Cursors["news"] != one.Cursors["news"] {
		t.Errorf("looked at again: got %+v, want cursors alone", again)
	}
	if err := s.Add(ctx, "shop", "news", "two", false); !errors.Is(err, schedulestore.ErrExists) {
		t.Errorf("added twice: got %v, want %v", err, schedulestore.ErrExists)
	}
	from := one.Cursors["news"]
	words := strings.Fields(from)
	to := words[0] + " 2000000000 1999999999"
	moves := []schedule.CursorMove{{Name: "news", From: from, To: to}, {Name: "none", From: "x", To: "y"}}
	for i, want := range [][]bool{{true, false}, {false, false}} {
		if made, err := s.Advance(ctx, "shop", moves); err != nil || !cmp.Equal(made, want) {
			t.Errorf("move %d: got %v, %v, want %v", i, made, err, want)
		}
	}
	if err := s.Add(ctx, "shop", "news", "two", true); err != nil {
		t.Fatal(err)
	}
	two := read(t, s, one.Version)
	if now := strings.Fields(two.Cursors["news"]); two.Schedules["news"] != "two" || now[0] == words[0] || now[1] == "2000000000" || now[2] != "1999999999" {
		t.Errorf("replaced: got %+v, want a new generation from now on, and the last tick", two)
	}
	if made, err := s.Advance(ctx, "shop", []schedule.CursorMove{{Name: "news", From: to, To: to}}); err != nil || made[0] {
		t.Errorf("moved by an earlier generation: got %v, %v, want nothing moved", made, err)
	}
	if accounts, err := s.Accounts(ctx); err != nil || !cmp.Equal(accounts, []string{"shop"}) {
		t.Errorf("accounts: got %v, %v", accounts, err)
	}
	if err := s.Remove(ctx, "shop", "news"); err != nil {
		t.Error(err)
	}
	if gone := read(t, s, two.Version); !gone.Changed || len(gone.Schedules) != 0 || len(gone.Cursors) != 0 {
		t.Errorf("removed: got %+v", gone)
	}
	if err := s.Remove(ctx, "shop", "news"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("removed twice: got %v, want %v", err, campaign.ErrNotFound)
	}
}

// A text that is written anew leaves the cursor where it stands, and is written over
// what was seen alone.
func TestRewrite(t *testing.T) {
	t.Parallel()
	s, ctx := schedulestore.New(redistest.Start(t).Client()), t.Context()
	if done, err := s.Rewrite(ctx, "shop", "news", "one", "two"); err != nil || done {
		t.Errorf("none: got %v, %v, want nothing written", done, err)
	}
	if err := s.Add(ctx, "shop", "news", "one", false); err != nil {
		t.Fatal(err)
	}
	one := read(t, s, "")
	if done, err := s.Rewrite(ctx, "shop", "news", "another", "two"); err != nil || done {
		t.Errorf("another: got %v, %v, want nothing written", done, err)
	}
	if done, err := s.Rewrite(ctx, "shop", "news", "one", "two"); err != nil || !done {
		t.Errorf("got %v, %v, want it written", done, err)
	}
	two := read(t, s, one.Version)
	if two.Schedules["news"] != "two" || two.Cursors["news"] != one.Cursors["news"] {
		t.Errorf("got %+v, want another text that workers notice, and the cursor of %+v", two, one)
	}
}

// The clock that counts is Redis's, to the microsecond.
func TestReadReturnsTheTimeOfRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	before := rdb.Time(t.Context()).Val()
	now := read(t, schedulestore.New(rdb), "").Now
	after := rdb.Time(t.Context()).Val()
	if now.Before(before) || now.After(after) {
		t.Errorf("got %s, want it between %s and %s", now, before, after)
	}
}

// go-redis repeats a script whose answer was lost: the second run returns the same.
func TestScriptsMayBeRepeated(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	rdb.AddHook(twice{})
	s, ctx := schedulestore.New(rdb), t.Context()
	if err := s.Add(ctx, "shop", "news", "one", false); err != nil {
		t.Errorf("add: got %v", err)
	}
	if done, err := s.Rewrite(ctx, "shop", "news", "one", "two"); err != nil || !done {
		t.Errorf("rewrite: got %v, %v", done, err)
	}
	if err := s.Remove(ctx, "shop", "news"); err != nil {
		t.Errorf("remove: got %v", err)
	}
	if n := rdb.Exists(ctx, key.Schedules("shop")).Val(); n != 0 {
		t.Error("the schedule is still there")
	}
}
