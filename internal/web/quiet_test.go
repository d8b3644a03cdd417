package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
)

// A scrape of many accounts costs what those cost that have something to do, and shows of the
// others what is there, at once when it changes.
func TestMetricsOfManyAccountsCostWhatIsBusy(t *testing.T) {
	t.Parallel()
	s, server, rdb := over(t)
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const accounts = 300
	for i := range accounts {
		if err := store.Announce(t.Context(), fmt.Sprint("a", i)); err != nil {
			t.Fatal(err)
		}
	}
	sent := func(id string) {
		t.Helper()
		rdb.ZAdd(t.Context(), key.State("a7", campaign.StateSent), redis.Z{Score: 1, Member: id})
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: key.Outbox("a7"), Values: []any{"event", id}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(when string, wanted ...string) {
		t.Helper()
		got := s.do("GET", "/metrics").body
		for _, want := range wanted {
			want, absent := strings.CutPrefix(want, "!")
			if absent == strings.Contains(got, "\n"+want) {
				t.Errorf("%s: %s: got %v, want %v", when, want, absent, !absent)
			}
		}
	}
	sent("c-1")
	shows("at first", `octoq_campaigns{account="a7",state="sent"} 1`, `!octoq_campaigns{account="a7",state="dead"}`, `!octoq_queue_tasks{account="a7"`,
		`octoq_workers{account="a299"} 0`, "octoq_scrape_ok 1", "octoq_scrape_accounts_left_out 0", "octoq_workers_wanted 0")
	before := server.Commands(t.Context())
	shows("again", `octoq_campaigns{account="a7",state="sent"} 1`)
	if got := server.Commands(t.Context()) - before; got > accounts+50 {
		t.Errorf("a scrape of %d accounts that have nothing to do: got %d commands, want one for each at most, and some", accounts, got)
	}
	sent("c-2")
	shows("another one is sent", `octoq_campaigns{account="a7",state="sent"} 2`)
	rdb.LPush(t.Context(), "asynq:{a8.create}:pending", "c-3")
	shows("a task has come", `octoq_queue_tasks{account="a8",kind="pending",stage="create"} 1`, `octoq_queue_tasks{account="a8",kind="retry",stage="status"} 0`,
		"octoq_workers_wanted 1", `!octoq_queue_tasks{account="a7"`)
	rdb.Del(t.Context(), "asynq:{a8.create}:pending")
	rdb.ZAdd(t.Context(), key.State("a8", campaign.StateDead), redis.Z{Score: 1, Member: "c-3"})
	if _, err := holdstore.New(rdb, "a9").Swap(t.Context(), nil, &record.Hold{Account: "a9", Reason: record.HoldAccount, Phase: record.PhaseHeld, Code: 104}); err != nil {
		t.Fatal(err)
	}
	rdb.Set(t.Context(), "asynq:{a10.status}:paused", 1, 0)
	shows("one is dead, one held and one paused", `octoq_campaigns{account="a8",state="dead"} 1`, `octoq_hold{account="a9"`,
		`octoq_queue_paused{account="a10",stage="status"} 1`)
}
