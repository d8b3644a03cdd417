package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// await is until for the test's own goroutine: in vain is the end of the test.
func (w *world) await(timeout time.Duration, what string, cond func() (bool, string)) {
	w.t.Helper()
	if w.until(timeout, what, cond); w.t.Failed() {
		w.t.FailNow()
	}
}

// enqueue puts n plain campaigns of a new account into Redis, for which an operator
// vouches, and returns their ids.
func (w *world) enqueue(n int) []string {
	w.t.Helper()
	w.vouch("a new account")
	ids := make([]string, n)
	var text strings.Builder
	for i := range ids {
		ids[i] = fmt.Sprintf("c%05d", i)
		text.WriteString(item{id: ids[i], sort: plain}.json(i, hours{}) + "\n")
	}
	file := filepath.Join(w.dir, "plain.jsonl")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if out, code := w.command(context.Background(), w.place.url, "enqueue", "--file", file); code != exitDone {
		w.t.Fatalf("enqueue: got exit code %d, want 0: %s", code, out)
	}
	return ids
}

// sends counts the sends that were carried out, by list or tag.
func (w *world) sends() map[string]int {
	counts := map[string]int{}
	for _, c := range w.sim.Log() {
		if c.Call == simulator.CallSend && c.CarriedOut {
			counts[c.ListName+c.TagName]++
		}
	}
	return counts
}

// onceEach fails unless each of the campaigns was sent once, and says so.
func (w *world) onceEach(ids []string, records []campaign.Record) {
	w.t.Helper()
	sends := w.sends()
	for _, id := range ids {
		if sends[id] != 1 {
			w.t.Errorf("sends of %s: got %d, want 1\n%s", id, sends[id], w.calls(id))
		}
	}
	if len(records) != len(ids) {
		w.t.Errorf("campaigns in the ledger: got %d, want %d", len(records), len(ids))
	}
	for _, r := range records {
		if r.State != campaign.StateSent {
			w.t.Errorf("%s: got state %s, want sent: %+v", r.ID(), r.State, r.Failure)
		}
	}
}

// allEnd waits until all of n campaigns have ended.
func (w *world) allEnd(within time.Duration, n int) (records []campaign.Record) {
	w.t.Helper()
	w.await(within, "all campaigns end", func() (bool, string) {
		records = w.records()
		ended := map[campaign.State]int{}
		final := 0
		for _, r := range records {
			ended[r.State]++
			if r.State.Final() {
				final++
			}
		}
		return final == n, fmt.Sprint(ended)
	})
	return records
}

// The only worker is killed in the middle of its work, and a new one started.
// What the killed one had begun moves within a minute; all ends within 150 s,
// each campaign confirmed once.
func TestTheOnlyWorkerIsKilled(t *testing.T) {
	t.Parallel()
	const n = 100
	w := newWorld(t)
	slow := []string{"OCTOQ_RATE=50", "OCTOQ_BURST=5"}
	s := w.newSlot(0, slow...)
	s.start()
	ids := w.enqueue(n)
	w.await(30*time.Second, "some campaigns are sent", func() (bool, string) {
		sent := len(w.sends())
		return sent >= 10, fmt.Sprint(sent)
	})
	s.kill()
	killed := time.Now()
	begun := w.begun()
	if len(begun) == 0 || len(w.sends()) > n*3/4 {
		t.Fatalf("begun when the worker died: got %d, and %d sent, want it in the middle of its work", len(begun), len(w.sends()))
	}
	s.start()
	moved := func(at time.Time) (bool, string) {
		for _, c := range w.sim.Log() {
			if id := c.ListName + c.TagName; begun[id] && c.Time.After(at) {
				return true, ""
			}
		}
		return false, fmt.Sprint(begun)
	}
	w.await(60*time.Second-time.Since(killed), "a campaign that was under way moves", func() (bool, string) { return moved(killed) })
	t.Logf("%d campaigns were under way; the first of them moved after %v", len(begun), time.Since(killed).Round(time.Second))
	records := w.allEnd(150*time.Second-time.Since(killed), n)
	t.Logf("all had ended after %v", time.Since(killed).Round(time.Second))
	w.onceEach(ids, records)
}

// begun are the campaigns whose step was in a worker's hands: their record
// has a claim, or their task is active.
func (w *world) begun() map[string]bool {
	begun := map[string]bool{}
	for _, r := range w.records() {
		if r.Claim != nil {
			begun[r.ID()] = true
		}
	}
	c := w.place.client()
	for _, queue := range []string{"create", "status", "confirm"} {
		tasks, err := c.LRange(context.Background(), fmt.Sprintf("asynq:{%s.%s}:active", campaign.DefaultAccount, queue), 0, -1).Result()
		if err != nil {
			w.t.Errorf("active tasks: %v", err)
		}
		for _, task := range tasks {
			id, _, _ := strings.Cut(task, "~")
			begun[id] = true
		}
	}
	return begun
}

// A worker is frozen for two minutes with ten creates under way: five of them
// are answered, and the answers not yet written down, five are not answered.
// Another worker goes on meanwhile. All is sent, nothing twice; the tickets
// that the frozen worker brings when it goes on are orphans on record, and are
// cancelled.
func TestAFrozenWorkerComesBack(t *testing.T) {
	t.Parallel()
	const n, late = 10, 5
	w := newWorld(t)
	wide := []string{"OCTOQ_API_TIMEOUT=20s", "OCTOQ_RATE=100", "OCTOQ_BURST=20", "OCTOQ_MAX_IN_FLIGHT=20"}
	frozen, other := w.newSlot(0, wide...), w.newSlot(1, wide...)
	frozen.start()
	for i := late; i < n; i++ {
		rule := simulator.Rule{Call: simulator.CallCreate, Fault: simulator.FaultHang, CarryOut: true, Times: 1, ListName: fmt.Sprintf("c%05d", i)}
		if i%2 == 1 {
			rule.ListName, rule.TagName = "", rule.ListName
		}
		w.addRule(rule)
	}
	w.addRule(simulator.Rule{Call: simulator.CallCreate, Fault: simulator.FaultLatency, LatencyMS: 6000})
	ids := w.enqueue(n)
	// Once all claims are written, nothing that the worker says reaches Redis.
	w.await(20*time.Second, "ten creates are in flight", func() (bool, string) {
		flying := 0
		for _, c := range w.sim.Log() {
			if c.Call == simulator.CallCreate && !c.Ended {
				flying++
			}
		}
		return flying == n, fmt.Sprint(flying)
	})
	over := w.poison(frozen.redis, "timeout", "upstream", toxiproxy.Attributes{"timeout": 0})
	w.await(20*time.Second, "five creates are answered", func() (bool, string) {
		answered := strings.Count(frozen.process.Log(), `"call":"create","class":"ok"`)
		return answered == late, fmt.Sprint(answered)
	})
	w.signal(frozen, syscall.SIGSTOP)
	w.sim.ClearRules()
	other.start()
	pass(context.Background(), 2*time.Minute) // what "frozen for two minutes" is
	over()
	w.signal(frozen, syscall.SIGCONT)

	records := w.allEnd(90*time.Second, n)
	w.onceEach(ids, records)
	var orphans int
	w.await(60*time.Second, "the late tickets are cancelled", func() (bool, string) {
		orphans = 0
		var left []string
		for _, r := range w.records() {
			for _, o := range r.Orphans {
				orphans++
				if !o.Cancelled {
					left = append(left, r.ID()+" "+o.Ticket)
				}
			}
		}
		return orphans >= late && len(left) == 0, fmt.Sprintf("%d orphans, not cancelled: %v", orphans, left)
	})
	t.Logf("%d late tickets became orphans", orphans)
	frozen.stop()
	other.stop()
}

func (w *world) addRule(r simulator.Rule) {
	w.t.Helper()
	if _, err := w.sim.AddRule(r); err != nil {
		w.t.Fatalf("add a rule: %v", err)
	}
}

func (w *world) signal(s *slot, sig syscall.Signal) {
	w.t.Helper()
	w.note("%s: %v", s.name, sig)
	if err := s.process.Signal(sig); err != nil {
		w.t.Fatal(err)
	}
}

// A day of a dead API, an hour of it made a second: it refuses connections,
// hangs, cuts off and answers 500 by turns for twenty-four seconds, the
// deadline of a stage. Nothing is lost, and nothing is dead that had not its
// full time.
func TestADayOfADeadAPI(t *testing.T) {
	t.Parallel()
	const n, day = 60, 24 * time.Second
	w := newWorld(t)
	hour := []string{
		"OCTOQ_DEADLINE=" + day.String(), "OCTOQ_API_TIMEOUT=1s", "OCTOQ_BACKOFF=50ms", "OCTOQ_BACKOFF_MAX=300ms",
		"OCTOQ_PROBE=50ms", "OCTOQ_PROBE_MAX=300ms", "OCTOQ_RATE=50",
	}
	slots := []*slot{w.newSlot(0, hour...), w.newSlot(1, hour...)}
	each(slots, func(s *slot) { s.start() })
	ids := w.enqueue(n)
	w.await(30*time.Second, "some are created", func() (bool, string) {
		created := w.sim.Stats(time.Second).Created
		return created >= 5, fmt.Sprint(created)
	})
	dawn := time.Now()
	for hours := 0; time.Since(dawn) < day; hours++ {
		w.deadHour(slots, hours)
	}
	w.note("the API is back")
	records := w.allEnd(90*time.Second, n)
	dead := 0
	for _, r := range records {
		if r.State != campaign.StateDead {
			continue
		}
		dead++
		call := map[campaign.Stage]campaign.Call{
			campaign.StageCreate: campaign.CallCreate, campaign.StageStatus: campaign.CallStatus, campaign.StageConfirm: campaign.CallConfirm,
		}[r.Failure.Stage]
		if lived := r.Failure.At.Sub(r.Started[call].At); r.Failure.Class != campaign.FailDeadline || lived < day {
			t.Errorf("%s is dead after %v of %s: %+v, want it to have the whole %v", r.ID(), lived, r.Failure.Stage, r.Failure, day)
		}
	}
	t.Logf("%d of %d campaigns died at their deadline", dead, n)
	if len(records) != len(ids) {
		t.Errorf("campaigns in the ledger: got %d, want %d", len(records), len(ids))
	}
	for id, times := range w.sends() {
		if times > 1 {
			t.Errorf("sends of %s: got %d, want 1\n%s", id, times, w.calls(id))
		}
	}
	each(slots, func(s *slot) { s.stop() })
}

// deadHour lets the API be dead in one way for a while.
func (w *world) deadHour(slots []*slot, hours int) {
	const while = 2 * time.Second
	faults := []string{"refused", simulator.FaultHang, simulator.FaultDropAfter, simulator.Fault500, simulator.FaultDropBefore, simulator.Fault503}
	fault := faults[hours%len(faults)]
	w.note("the API is dead: %s", fault)
	if fault != "refused" {
		w.addRule(simulator.Rule{Fault: fault})
		defer w.sim.ClearRules()
		pass(context.Background(), while)
		return
	}
	each(slots, func(s *slot) {
		if err := s.api.Disable(); err != nil {
			w.t.Errorf("disable proxy: %v", err)
		}
	})
	pass(context.Background(), while)
	each(slots, func(s *slot) {
		if err := s.api.Enable(); err != nil {
			w.t.Errorf("enable proxy: %v", err)
		}
	})
}
