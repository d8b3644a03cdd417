package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// A worker whose Redis is away or full for ten seconds writes two lines about it,
// at every level, however many campaigns are under way; and goes on.
func TestAnOutageDoesNotFloodTheLog(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]struct{ begin, end func(*redistest.Server, *rig) }{
		"dead":   {func(s *redistest.Server, _ *rig) { s.Kill() }, func(s *redistest.Server, _ *rig) { s.Restart() }},
		"frozen": {func(s *redistest.Server, _ *rig) { s.Freeze() }, func(s *redistest.Server, _ *rig) { s.Thaw() }},
		"full":   {func(_ *redistest.Server, r *rig) { r.memory("1mb") }, func(_ *redistest.Server, r *rig) { r.memory("0") }},
	} {
		for _, level := range []string{"info", "debug"} {
			t.Run(name+" at "+level, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, simulator.Config{Latency: 50 * time.Millisecond}, "--appendonly", "yes", "--appendfsync", "always")
				r.quick()
				w := r.worker("--log-level", level, "--rate", "10")
				r.enqueue(campaigns("c", 40, ""))
				r.awaitSent(20*time.Second, 3)
				trouble.begin(r.redis, r)
				before := len(complaints(w))
				r.during(outage, "the outage", func() (bool, string) { return true, "" })
				trouble.end(r.redis, r)
				r.says(w, "redis serves again")
				said := sinceNoticed(complaints(w)[before:])
				if name != "dead" {
					r.awaitSent(60*time.Second, 40)
				}
				if len(said) > 2 {
					t.Errorf("got %d lines, want two:\n%s", len(said), strings.Join(said, "\n"))
				}
				r.onceEach()
			})
		}
	}
}

// complaints are the lines of a process that are more than debug information,
// and asynq's complaints, but for those about campaigns and their calls.
func complaints(p *process) []string {
	var found []string
	for _, line := range lines(p.Log()) {
		news := !strings.Contains(line, `"level":"debug"`) && !strings.Contains(line, "campaign moved") && !strings.Contains(line, "api_message")
		if news || strings.Contains(line, `"asynq_level":"error"`) || strings.Contains(line, `"asynq_level":"warn"`) {
			found = append(found, line)
		}
	}
	return found
}

// sinceNoticed are the complaints from the worker's own first one on, or all: at debug asynq
// says what fails before octoq has noticed what is wrong.
func sinceNoticed(said []string) []string {
	first := slices.IndexFunc(said, func(line string) bool { return !strings.Contains(line, `"level":"debug"`) })
	return said[max(first, 0):]
}

func (r *rig) memory(limit string) {
	r.t.Helper()
	if err := r.redis.Client().ConfigSet(r.t.Context(), "maxmemory", limit).Err(); err != nil {
		r.t.Fatalf("set maxmemory: %v", err)
	}
}

// A Redis that has forgotten everything knows the queues and accounts of a
// running worker again soon.
func TestQueuesComeBackAfterAFlush(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.worker()
	rdb := r.redis.Client()
	known := func() (queues, accounts []string) {
		return rdb.SMembers(t.Context(), "asynq:queues").Val(), rdb.SMembers(t.Context(), "octoq:accounts").Val()
	}
	queues, accounts := known()
	if len(queues) == 0 || len(accounts) == 0 {
		t.Fatalf("got queues %v and accounts %v, want some", queues, accounts)
	}
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	r.until(20*time.Second, "queues and accounts are known again", func() (bool, string) {
		q, a := known()
		return len(q) == len(queues) && len(a) == len(accounts), fmt.Sprint(q, a)
	})
}
