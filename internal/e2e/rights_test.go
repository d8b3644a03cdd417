package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/simulator"
)

// How the other rights are granted.
const (
	grantScripts  = "ACL SETUSER <user> +eval +evalsha"
	grantChannels = "ACL SETUSER <user> &octoq:* &asynq:*"
)

// A worker needs INFO and scripts to start. Without channels it works, says so
// once, and looks for work each second.
func TestWorkerWithoutARight(t *testing.T) {
	t.Parallel()
	for rule, grant := range map[string]string{redistest.NoInfo: grantInfo, redistest.NoScripts: grantScripts} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{})
			r.as(rule)
			if o := r.must(1, "worker"); !strings.Contains(o.err, grant) {
				t.Errorf("got %q, want %q in it", o.err, grant)
			}
		})
	}
	t.Run(redistest.NoChannels, func(t *testing.T) {
		t.Parallel()
		r := newRig(t, simulator.Config{})
		r.quick()
		r.as(redistest.NoChannels)
		p := r.worker()
		r.enqueueOne("a")
		r.await(30*time.Second, "a", campaign.StateSent)
		r.must(0, "hold", "set")
		if held := r.held(); len(held) != 1 {
			t.Errorf("holds: got %+v, want one", held)
		}
		r.must(0, "hold", "clear")
		r.enqueueOne("b")
		r.await(30*time.Second, "b", campaign.StateSent)
		if code := p.stop(); code != 0 {
			t.Errorf("exit code: got %d, want 0", code)
		}
		if n := strings.Count(p.Log(), grantChannels); n != 1 {
			t.Errorf("got the right named %d times, want once:\n%s", n, p.Log())
		}
		r.onceEach()
	})
}

// A worker that lacks one command of those that its scripts write with does not start,
// and names it. One that loses it, or whose Redis takes no writes, is not ready.
func TestWorkerWithoutACommand(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.mayBeRefused = true
	for _, command := range []string{"zadd", "hset", "xadd", "lset", "multi"} {
		r.without(rights.Worker, "+"+command)
		if o := r.must(1, "worker"); !strings.Contains(o.err, "ACL SETUSER <user> +"+command+"\n") {
			t.Errorf("without %s: got %q, want it named", command, o.err)
		}
	}
	r.without(rights.Worker, "")
	url := "http://" + r.says(r.worker("--listen", "127.0.0.1:0"), `"address":"([^"]+)"`) + "/readyz"
	ready := func(status int, text string) {
		t.Helper()
		r.until(20*time.Second, fmt.Sprint("readyz answers ", status, " ", text), func() (bool, string) {
			got, answer := r.page(url, "", "")
			return got == status && strings.Contains(answer, text), fmt.Sprint(got, answer)
		})
	}
	ready(http.StatusOK, "ready")
	for _, command := range []string{"evalsha", "hset", "zadd", "xadd"} {
		r.without(rights.Worker, "+"+command)
		ready(http.StatusServiceUnavailable, "+"+command)
		r.without(rights.Worker, "")
		ready(http.StatusOK, "ready")
	}
	r.memory("1mb")
	ready(http.StatusServiceUnavailable, "OOM")
	r.memory("0")
	ready(http.StatusOK, "ready")
}

// A producer needs scripts. Without INFO or channels it enqueues, exits 0 and says
// once what is missing.
func TestProducerWithoutARight(t *testing.T) {
	t.Parallel()
	for rule, grant := range map[string]string{redistest.NoInfo: grantInfo, redistest.NoChannels: "ACL SETUSER <user> &octoq:*."} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{})
			r.as(rule)
			const n = 600 // more than a batch
			o := r.octoqIn(campaigns("a", n, ""), "enqueue", "--file", "-")
			if o.code != 0 || strings.Count(o.err, grant) != 1 {
				t.Errorf("got exit code %d and %q, want 0 and %q once", o.code, o.err, grant)
			}
			if got := r.list()[campaign.StateQueued]; got != n {
				t.Errorf("queued: got %d, want %d", got, n)
			}
			if o := r.octoqIn(campaigns("a", n, ""), "enqueue", "--file", "-"); o.code != 4 {
				t.Errorf("once more: got exit code %d, want 4\n%s%s", o.code, o.out, o.err)
			}
		})
	}
	t.Run(redistest.NoScripts, func(t *testing.T) {
		t.Parallel()
		r := newRig(t, simulator.Config{})
		user := r.as(redistest.NoScripts)
		o := r.octoqIn(campaigns("a", 2, ""), "enqueue", "--file", "-")
		if o.code != 1 || !strings.Contains(o.err, grantScripts) {
			t.Errorf("got exit code %d and %q, want 1 and %q in it", o.code, o.err, grantScripts)
		}
		user.Change("+eval", "+evalsha")
		if got := r.list(); len(got) != 0 {
			t.Errorf("campaigns: got %v, want none", got)
		}
	})
}

// To doctor each of them is a fault, and the right is named.
func TestDoctorOfARightThatIsMissing(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]struct{ check, grant string }{
		redistest.NoInfo:     {doctor.CheckRunID, grantInfo},
		redistest.NoChannels: {doctor.CheckChannels, grantChannels},
		redistest.NoScripts:  {doctor.CheckScripts, grantScripts},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{}, "--appendonly", "yes")
			r.must(0, "doctor")
			r.as(rule)
			var faults []doctor.Finding
			for line := range strings.Lines(r.must(1, "doctor", "--json").out) {
				var f doctor.Finding
				if err := json.Unmarshal([]byte(line), &f); err != nil {
					t.Fatalf("doctor: %v in %q", err, line)
				}
				if f.Level == doctor.Fault {
					faults = append(faults, f)
				}
			}
			if len(faults) != 1 || faults[0].Check != want.check || !strings.Contains(faults[0].Do, want.grant) {
				t.Errorf("faults: got %+v, want one of %s that names %q", faults, want.check, want.grant)
			}
		})
	}
}

// Doctor tells of the user that it runs as: of a worker's it finds all right, though that
// one may not read Redis's settings, and of a producer's on a worker's machine it does not.
func TestDoctorAsTheUserOfAnotherRole(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{}, "--appendonly", "yes")
	r.mayBeRefused = true
	r.worker()
	r.setenv("OCTOQ_REDIS_URL=" + r.roleURL(rights.Worker))
	if o := r.must(0, "doctor"); !strings.Contains(o.out, "the role worker needs") {
		t.Errorf("got %s, want that the user may do what a worker does", o.out)
	}
	r.setenv("OCTOQ_REDIS_URL=" + r.roleURL(rights.Producer))
	if o := r.must(1, "doctor"); !strings.Contains(o.out, "+hdel") {
		t.Errorf("got %s, want what the user of a producer lacks", o.out)
	}
	r.setenv("OCTOQ_API_LOGIN=", "OCTOQ_API_KEY=")
	if o := r.must(0, "doctor"); !strings.Contains(o.out, "the role producer needs") {
		t.Errorf("got %s, want that the user may do what a producer does", o.out)
	}
}
