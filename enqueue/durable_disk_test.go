package enqueue_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
)

// confirmsDisk reports whether a server knows WAITAOF.
func confirmsDisk(t *testing.T, rdb *redis.Client) bool {
	t.Helper()
	known, err := rdb.Command(t.Context()).Result()
	if err != nil {
		t.Fatalf("list the commands: %v", err)
	}
	_, ok := known["waitaof"]
	return ok
}

// waits is how often a server has carried out WAITAOF.
func waits(t *testing.T, rdb *redis.Client) string {
	t.Helper()
	stats, err := rdb.Info(context.WithoutCancel(t.Context()), "commandstats").Result()
	if err != nil {
		t.Fatalf("commandstats: %v", err)
	}
	_, found, _ := strings.Cut(stats, "cmdstat_waitaof:calls=")
	calls, _, _ := strings.Cut(found, ",")
	return calls
}

// Servers that know WAITAOF confirm their disk by it, whatever the settings; on one
// that does not the settings decide.
func TestDurableOnRealDisks(t *testing.T) {
	t.Parallel()
	redistest.OnEachServer(t, func(t *testing.T, program string) {
		for name, tt := range map[string]struct {
			args          []string
			newer, before string // why it is not confirmed; "" is durable
		}{
			"always":   {[]string{"--appendonly", "yes", "--appendfsync", "always"}, "", ""},
			"everysec": {[]string{"--appendonly", "yes", "--appendfsync", "everysec"}, "", "appendfsync everysec"},
			"no":       {[]string{"--appendonly", "yes", "--appendfsync", "no"}, "was not on the disk of Redis within 300ms", "appendfsync no"},
			"no file":  {nil, "no append-only file", "no append-only file"},
			"renamed": {
				[]string{"--appendonly", "yes", "--appendfsync", "always", "--rename-command", "CONFIG", ""}, "", "octoq cannot know",
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				within := 10 * time.Second
				if strings.Contains(tt.newer, "300ms") {
					within = 300 * time.Millisecond
				}
				rdb := redistest.Start(redistest.On(t, program), tt.args...).Client()
				want, calls := tt.before, ""
				if confirmsDisk(t, rdb) {
					want, calls = tt.newer, "1"
				}
				w := newWorld(t, rdb)
				r, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable(enqueue.Within(within)))
				if want != "" {
					w.unconfirmed(t, r, err, want)
				} else if err != nil {
					t.Errorf("got %v, want it confirmed", err)
				}
				if got := waits(t, rdb); got != calls {
					t.Errorf("WAITAOF: carried out %q times, want %q", got, calls)
				}
			})
		}
	})
}

// What was confirmed is there after kill -9, and may be asked for again; a Redis that
// was restarted in between confirms it anew.
func TestWhatIsOnDiskSurvives(t *testing.T) {
	t.Parallel()
	redistest.OnEachServer(t, func(t *testing.T, program string) {
		s := redistest.Start(redistest.On(t, program), "--appendonly", "yes", "--appendfsync", "always")
		w := newWorld(t, s.Client())
		if _, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable()); err != nil {
			t.Fatalf("got %v, want it confirmed", err)
		}
		s.Restart()
		_, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable())
		known(t, err)
	})
}
