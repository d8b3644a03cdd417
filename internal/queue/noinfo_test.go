package queue_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/runid"
)

// Without INFO no task is taken or acknowledged; both happen once it is granted.
func TestNoTaskIsTakenWithoutARunID(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	admin, user := s.Client(), s.User()
	c := user.Client()
	g, release := newGot(), make(chan struct{})
	server(t, c, campaign.StageCreate, func(_ context.Context, d queue.Delivery) queue.Result {
		g.add(d)
		<-release
		return queue.Done()
	})
	put(t, c, time.Time{}, first("before"))
	g.await(t, 1)

	user.Change(redistest.NoInfo)
	close(release)
	put(t, c, time.Time{}, first("during"))
	if err := queue.NeedRunID(t.Context(), c, account, "another"); !runid.Missing(err) {
		t.Errorf("NeedRunID: got %v, want the error that names INFO", err)
	}
	// Each of the servers' looks is refused; two of them show that it stays so.
	asked := scriptRuns(t, admin)
	eventually(t, "the queue was looked at again", func() bool { return scriptRuns(t, admin) > asked+2 })
	if d := depth(t, c, campaign.StageCreate); d != (queue.Depth{Active: 1, Pending: 1}) {
		t.Errorf("without INFO: got %+v, want the first task still active and the second pending", d)
	}

	user.Change("+info")
	if d := g.await(t, 2)[1]; d.TaskID != "during" || d.RunID == "" {
		t.Errorf("with INFO: got %+v, want the second task under a run_id", d)
	}
	eventually(t, "it is acknowledged", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{Active: 1} })
	// The first one comes back as any task does whose worker is gone.
	endLease(t, c, "before")
	if moved, err := queue.NewInspector(c).Requeue(t.Context(), "default.create", "before", time.Now()); !moved || err != nil {
		t.Fatalf("Requeue: got %v, %v, want true", moved, err)
	}
	eventually(t, "both are acknowledged", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{} })
	if err := queue.NeedRunID(t.Context(), c, account, "another"); err != nil {
		t.Errorf("NeedRunID with INFO: got %v", err)
	}
}

// scriptRuns is how many scripts were run by their hash.
func scriptRuns(tb testing.TB, admin *redis.Client) int {
	tb.Helper()
	return commandStat(tb, admin, "evalsha", "calls")
}

// commandStat is a number of INFO commandstats; 0 for a command that was not run.
func commandStat(tb testing.TB, admin *redis.Client, command, what string) int {
	tb.Helper()
	stats, err := admin.InfoMap(tb.Context(), "commandstats").Result()
	if err != nil {
		tb.Fatalf("info commandstats: %v", err)
	}
	for field := range strings.SplitSeq(stats["Commandstats"]["cmdstat_"+command], ",") {
		if name, value, _ := strings.Cut(field, "="); name == what {
			n, err := strconv.Atoi(value)
			if err != nil {
				tb.Fatalf("%s of %s is %q", what, command, value)
			}
			return n
		}
	}
	return 0
}

// The origin of what a producer enqueues is empty without INFO, and of Redis's clock.
func TestOriginWithoutINFO(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	c := s.User(redistest.NoInfo).Client()
	before := c.Time(t.Context()).Val()
	o, err := queue.AskOrigin(t.Context(), c, account)()
	if after := c.Time(t.Context()).Val(); err != nil || o.RunID != "" || o.At.Before(before) || o.At.After(after) {
		t.Errorf("got %+v, %v, want no run_id, at a time between %v and %v", o, err, before, after)
	}
}
