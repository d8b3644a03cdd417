package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// grantInfo is how the right is named that INFO needs.
const grantInfo = "ACL SETUSER <user> +info"

// A worker does not start where INFO is forbidden, however that was done.
func TestWorkerWithoutINFODoesNotStart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule      string
		arguments []string
	}{
		"-info":          {rule: redistest.NoInfo},
		"-@dangerous":    {rule: "-@dangerous"},
		"rename-command": {rule: "+@all", arguments: []string{"--rename-command", "INFO", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{}, tc.arguments...)
			r.as(tc.rule)
			r.enqueueOne("a")
			if o := r.must(1, "worker"); !strings.Contains(o.err, grantInfo) || !strings.Contains(o.err, "rename-command INFO") {
				t.Errorf("got %q, want the right named", o.err)
			}
			if got := r.status("a").State; got != campaign.StateQueued {
				t.Errorf("the campaign is %s, want queued", got)
			}
			if calls := r.carriedOut(""); len(calls) != 0 {
				t.Errorf("calls of the API: got %v, want none", calls)
			}
		})
	}
}

// A worker whose INFO is taken away is not ready, takes and decides nothing, and
// goes on when it is granted again.
func TestWorkerGoesOnWhenINFOIsGrantedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{ComputeTime: time.Minute})
	user := r.as()
	pages := r.pagesBeside(r.worker("--listen", "127.0.0.1:0"))
	readyz := []string{"doctor", "--probe", pages.url + "/readyz"}
	r.enqueueOne("before")
	r.await(20*time.Second, "before", campaign.StateComputing)
	r.must(0, readyz...)

	user.Change(redistest.NoInfo)
	if o := r.must(1, readyz...); !strings.Contains(o.err, "HTTP 503: not ready") || !strings.Contains(o.err, grantInfo) {
		t.Errorf("readyz without INFO: got %q, want 503 with the right", o.err)
	}
	o := r.enqueueOne("during")
	if strings.Count(o.err, grantInfo) != 1 {
		t.Errorf("enqueue: got %q, want one warning with the right", o.err)
	}
	for _, args := range [][]string{{"cancel", "before"}, {"cancel", "during"}, {"approve", "before", "--up-to", "100"}} {
		if o := r.must(1, args...); !strings.Contains(o.err, grantInfo) {
			t.Errorf("%v: got %q, want the right named", args, o.err)
		}
	}
	if got := r.status("during").State; got != campaign.StateQueued {
		t.Errorf("enqueued without INFO: got %s, want queued", got)
	}

	user.Change("+info")
	s := r.await(20*time.Second, "during", campaign.StateComputing)
	if s.Maybe || s.Attempts.Create != 1 {
		t.Errorf("got %+v, want one create and no doubt", s)
	}
	r.must(0, readyz...)
}
