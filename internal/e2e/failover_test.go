package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// group is several servers of which others take over.
type group struct {
	url string
	// lose ends the server that has the account's ledger, or cuts it off, and returns
	// once another one has taken over.
	lose func()
}

func groupsThatFailOver() map[string]func(*testing.T) group {
	return map[string]func(*testing.T) group{
		"sentinels, killed": func(t *testing.T) group {
			t.Helper()
			set := redistest.StartSentinels(t)
			return group{set.URL(), func() { master := set.Master(); master.Kill(); set.AwaitFailover(master) }}
		},
		"sentinels, cut off": func(t *testing.T) group {
			t.Helper()
			set := redistest.StartSentinels(t)
			return group{set.URL(), func() { master := set.Master(); set.Cut(master); set.AwaitFailover(master) }}
		},
		"a cluster, killed": func(t *testing.T) group {
			t.Helper()
			nodes := redistest.StartNodes(t)
			return group{nodes.URL(), func() { master := nodes.MasterOf(metaKey); master.Kill(); nodes.AwaitFailover(metaKey, master) }}
		},
		"a cluster, cut off": func(t *testing.T) group {
			t.Helper()
			nodes := redistest.StartNodes(t)
			return group{nodes.URL(), func() { master := nodes.MasterOf(metaKey); nodes.Cut(master); nodes.AwaitFailover(metaKey, master) }}
		},
	}
}

// A fail-over costs seconds: the worker goes on by itself, logs the outage and not each
// of its consequences, sends nothing twice, and loses nothing that replicas had.
func TestAFailoverCostsSeconds(t *testing.T) {
	t.Parallel()
	for name, start := range groupsThatFailOver() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 60
			g := start(t)
			r := rigOn(t, simulator.Config{}, g.url)
			r.quick()
			r.must(0, "enqueue", "--file", r.file("c.jsonl", campaigns("c", n, "")), "--durable=replicas:1")
			w := r.worker()
			r.until(30*time.Second, "some are created", func() (bool, string) { return len(r.carriedOut("create")) > n/4, "" })
			g.lose()
			before := len(r.carriedOut(""))
			ended := func() (bool, string) {
				o := r.octoq("list", "--json", "--limit", "0")
				ended, listed, open := 0, 0, ""
				for line := range strings.Lines(o.out) {
					listed++
					if strings.Contains(line, `"state":"sent"`) || strings.Contains(line, `"state":"dead"`) {
						ended++
					} else {
						open += line
					}
				}
				return o.code == 0 && ended == n, fmt.Sprintf("%d listed, %d ended, others: %s %s", listed, ended, open, o.err)
			}
			r.until(20*time.Second, "calls go on, where any are left", func() (bool, string) {
				if len(r.carriedOut("")) > before {
					return true, ""
				}
				return ended()
			})
			r.until(4*time.Minute, "all have ended", ended)
			r.onceEach()
			for line := range strings.Lines(r.must(0, "list", "--json", "--limit", "0", "--state", "dead").out) {
				if !strings.Contains(line, `"maybe_confirmed":true`) {
					t.Errorf("got a dead letter without a mark, want those alone whose create was forgotten: %s", line)
				}
			}
			if outages := strings.Count(w.Log(), "redis is away or refuses to serve"); outages > 3 {
				t.Errorf("got %d lines that redis is away, want one for an outage", outages)
			}
			if code := w.stop(); code != 0 {
				t.Errorf("the worker's exit code: got %d, want 0", code)
			}
		})
	}
}
