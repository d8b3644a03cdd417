package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// How the other rights are granted.
const (
	grantScripts  = "ACL SETUSER <user> +@scripting"
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

// A producer needs scripts. Without INFO or channels it enqueues, exits 0 and says
// once what is missing.
func TestProducerWithoutARight(t *testing.T) {
	t.Parallel()
	for rule, grant := range map[string]string{redistest.NoInfo: grantInfo, redistest.NoChannels: grantChannels} {
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
		user.Change("+@scripting")
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
