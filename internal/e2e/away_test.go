package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// Without Redis each command says so in one line and exits with 5, and what was
// in Redis is there when it is back.
func TestRedisAwayAtStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{}, "--appendonly", "yes", "--appendfsync", "always")
	r.enqueue(campaigns("kept", 5, ""))
	r.redis.Kill()
	file := r.file("c.jsonl", campaigns("new", 2, ""))
	commands := []string{
		"worker", "enqueue --file " + file, "enqueue --file " + file + " --all-or-nothing",
		"status kept0", "status kept0 --json", "list", "approve kept0", "cancel kept0",
		"dead ls", "dead show kept0", "dead edit kept0 --set text=x", "dead replay kept0", "dead purge kept0",
		"hold ls", "hold set", "hold clear", "web --web-listen 127.0.0.1:0",
	}
	r.each(commands, func(command string) {
		o := r.octoq(strings.Fields(command)...)
		if o.code != 5 {
			t.Errorf("octoq %s: got exit code %d, want 5", command, o.code)
		}
		said := lines(o.out + o.err)
		if len(said) != 1 || !strings.Contains(said[0], "out of reach") || !strings.Contains(said[0], "OCTOQ_REDIS_URL") {
			t.Errorf("octoq %s: got %q, want one line that Redis is out of reach, and what to do", command, said)
		}
	})
	if o := r.octoq("doctor", "--quick"); o.code != 5 || !strings.Contains(o.out, "OCTOQ_REDIS_URL") {
		t.Errorf("octoq doctor --quick: got exit code %d and %q, want 5 and what to do", o.code, o.out)
	}
	r.redis.Restart()
	if counts := r.list(); counts[campaign.StateQueued] != 5 || len(counts) != 1 {
		t.Errorf("campaigns afterwards: got %v, want the 5 that were there", counts)
	}
	r.must(0, "enqueue", "--file", file)
}

// A Redis that accepts connections and answers nothing is away, too.
func TestRedisFrozenAtStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.redis.Freeze()
	defer r.redis.Thaw()
	r.each([]string{
		"worker", "status x", "enqueue --list-name l --text x --type sms_premium --purpose alert", "hold ls", "web --web-listen 127.0.0.1:0",
	}, func(command string) {
		began := time.Now()
		o := r.octoq(strings.Fields(command)...)
		if said := lines(o.out + o.err); o.code != 5 || len(said) != 1 || !strings.Contains(said[0], "out of reach") {
			t.Errorf("octoq %s: got exit code %d and %q, want 5 and one line", command, o.code, said)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("octoq %s: got the answer after %v, want it within a few seconds", command, took)
		}
	})
}

// outage takes Redis away for ten seconds in the middle of work.
const outage = 10 * time.Second

// Redis is killed and comes back ten seconds later from its append-only file:
// the workers go on by themselves, every campaign ends, and none is confirmed
// twice. Campaigns whose answer could not be written may have to be given up;
// they say so.
func TestRedisKilledWhileWorking(t *testing.T) {
	t.Parallel()
	r, workers := awayRig(t, "--appendonly", "yes", "--appendfsync", "everysec")
	r.redis.Kill()
	<-time.After(outage)
	r.redis.Restart()
	dead := r.endsAfterOutage(workers)
	t.Logf("given up: %d", len(dead))
	if len(dead) > awayCampaigns/4 {
		t.Errorf("dead campaigns: got %d of %d, want those only that were in flight: %+v", len(dead), awayCampaigns, dead)
	}
	for _, s := range dead {
		if !s.Maybe {
			t.Errorf("%s is dead without maybe_confirmed: %+v", s.ID, s.Failure)
		}
	}
}

// Redis is frozen for ten seconds: nothing was forgotten, so all are sent.
func TestRedisFrozenWhileWorking(t *testing.T) {
	t.Parallel()
	r, workers := awayRig(t)
	r.redis.Freeze()
	<-time.After(outage)
	r.redis.Thaw()
	if dead := r.endsAfterOutage(workers); len(dead) > 0 {
		t.Errorf("dead campaigns: got %+v, want none", dead)
	}
}

const awayCampaigns = 60

// awayRig has two workers in the middle of their work.
func awayRig(t *testing.T, redisArgs ...string) (*rig, []*process) {
	t.Helper()
	r := newRig(t, simulator.Config{Latency: 30 * time.Millisecond, ComputeTime: 500 * time.Millisecond}, redisArgs...)
	r.setenv("OCTOQ_API_TIMEOUT=2s")
	args := []string{"--rate", "20", "--burst", "5", "--max-in-flight", "4", "--poll-first", "500ms", "--backoff-max", "2s"}
	workers := []*process{r.worker(args...), r.worker(args...)}
	r.enqueue(campaigns("a", awayCampaigns, ""))
	r.until(30*time.Second, "some are sent", func() (bool, string) {
		sent := len(r.carriedOut(simulator.CallSend))
		return sent >= 10, fmt.Sprint(sent)
	})
	if sent := len(r.carriedOut(simulator.CallSend)); sent > awayCampaigns-20 {
		t.Fatalf("%d of %d are sent already: the outage would come too late", sent, awayCampaigns)
	}
	return r, workers
}

// endsAfterOutage waits until all campaigns have ended and returns the dead ones.
func (r *rig) endsAfterOutage(workers []*process) []status {
	r.t.Helper()
	ended := func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent]+counts[campaign.StateDead] == awayCampaigns, fmt.Sprint(counts)
	}
	r.until(20*time.Second, "the workers go on", func() (bool, string) {
		sent := len(r.carriedOut(simulator.CallSend))
		return sent >= awayCampaigns/2, fmt.Sprint(sent)
	})
	r.until(110*time.Second, "all end", ended)
	r.onceEach()
	for _, w := range workers {
		select {
		case <-w.Done:
			r.t.Errorf("worker %d has ended", w.PID())
		default:
		}
	}
	var dead []status
	for _, s := range r.records() {
		if s.State == campaign.StateDead {
			dead = append(dead, s)
		}
	}
	return dead
}
