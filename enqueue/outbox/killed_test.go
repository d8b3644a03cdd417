package outbox_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/testenv"
)

// A relay that is killed while Redis has yet to answer it leaves the rows to the next.
func TestARelayKilledInTheMiddleLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.rdb.Do(t.Context(), "client", "pause", 600_000, "write").Err(); err != nil {
		t.Fatal(err)
	}
	w.put(t, order("a"), order("b"))
	env := append(testenv.Clean(), "OCTOQ_OUTBOX_DSN="+w.url, "OCTOQ_REDIS_URL="+w.redis.URL())
	p, err := proctest.Start(filepath.Join(t.TempDir(), "log"), env, command(t), "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	until(t, "the relay waits for Redis within its transaction", func() bool {
		var n int
		err := w.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'octoq-outbox' AND datname = current_database() AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '300 ms'`).Scan(&n)
		return err == nil && n == 1
	})
	p.Kill()
	if err := w.rdb.Do(t.Context(), "client", "unpause").Err(); err != nil {
		t.Fatal(err)
	}
	w.relay(t, nil)
	w.untilEmpty(t)
	if got := w.queued(t, campaign.DefaultAccount); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("enqueued: got %q, want both once", got)
	}
}
