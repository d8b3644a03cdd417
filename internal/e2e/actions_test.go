package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// actionSeen is what is said of an action, or of its plan.
type actionSeen struct {
	Plan      string            `json:"plan"`
	Campaigns int               `json:"campaigns"`
	LeftOut   int               `json:"left_out"`
	Cost      campaign.Money    `json:"cost"`
	Sample    []status          `json:"sample"`
	ID        string            `json:"id"`
	State     string            `json:"state"`
	Total     int               `json:"total"`
	Done      int               `json:"done"`
	Skipped   int               `json:"skipped"`
	Failed    int               `json:"failed"`
	Problems  []json.RawMessage `json:"problems"`
}

// action makes a request about an action.
func (p *pages) action(status int, method, path, body string) actionSeen {
	p.rig.t.Helper()
	req, err := http.NewRequestWithContext(p.rig.t.Context(), method, p.url+"/v1/actions"+path, strings.NewReader(body))
	if err != nil {
		p.rig.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.rig.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil || resp.StatusCode != status {
		p.rig.t.Fatalf("%s %s %s: got %s %s, %v, want %d", method, path, body, resp.Status, text.String(), err, status)
	}
	var seen actionSeen
	if err := json.Unmarshal(text.Bytes(), &seen); err != nil {
		p.rig.t.Fatal(err)
	}
	return seen
}

// webProcess is octoq web, with its process.
func (r *rig) webProcess() (*process, *pages) {
	r.t.Helper()
	p := r.start("web", "--web-listen", "127.0.0.1:0")
	return p, &pages{rig: r, url: r.says(p, `pages at (http://[^/\s]+)`)}
}

// allDead makes n campaigns that the API refuses: c0, c1, …
func (r *rig) allDead(n int) {
	r.t.Helper()
	healed := r.rule(simulator.Rule{Call: simulator.CallCreate, Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 121})
	w := r.known()
	r.enqueue(campaigns("c", n, ""))
	r.until(time.Duration(n)*200*time.Millisecond+30*time.Second, "all are dead", func() (bool, string) {
		dead, err := r.redis.Client().ZCard(r.t.Context(), "octoq:{default}:state:dead").Result()
		return err == nil && dead == int64(n), fmt.Sprint(dead, err)
	})
	w.stop()
	healed()
}

// replays counts by campaign how often its timeline says that a replay was asked for.
func (r *rig) replays(n int) map[string]int {
	r.t.Helper()
	rdb := r.redis.Client()
	defer func() { _ = rdb.Close() }()
	counts := map[string]int{}
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprint("c", i))
	}
	for some := range slices.Chunk(ids, 500) {
		logs := make([]*redis.StringSliceCmd, len(some))
		_, err := rdb.Pipelined(r.t.Context(), func(pipe redis.Pipeliner) error {
			for i, id := range some {
				logs[i] = pipe.LRange(r.t.Context(), "octoq:{default}:c:"+id+":log", 0, -1)
			}
			return nil
		})
		if err != nil {
			r.t.Fatal(err)
		}
		for i, id := range some {
			counts[id] = strings.Count(strings.Join(logs[i].Val(), "\n"), `"replay_requested"`)
		}
	}
	return counts
}

// actionKey is where Redis has an action.
func actionKey(id string) string { return "octoq:{default}:action:" + id }

// awaitBegun waits until an action has touched something, and asks without a pause, so
// that most of it is still to be done.
func (r *rig) awaitBegun(id string) {
	r.t.Helper()
	rdb := r.redis.Client()
	for deadline := time.Now().Add(30 * time.Second); ; {
		done, err := rdb.HGet(r.t.Context(), actionKey(id), "done").Int()
		if err == nil && done > 0 {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("action %s: got %d done, %v, want it begun", id, done, err)
		}
	}
}

// fast lets a worker go as fast as this machine does.
func (r *rig) fast() {
	r.quick("OCTOQ_RATE=2000", "OCTOQ_BURST=200", "OCTOQ_MAX_IN_FLIGHT=50", "OCTOQ_API_TIMEOUT=5s")
}

// Letters are replayed by a filter, and octoq web and a worker are killed half-way: each
// letter is touched once, and each campaign is sent once. OCTOQ_ACTIONS says how many.
func TestActionsKilledHalfWay(t *testing.T) {
	t.Parallel()
	n := number(t, "OCTOQ_ACTIONS", 600)
	r := newRig(t, simulator.Config{})
	r.fast()
	r.allDead(n)
	web, api := r.webProcess()
	plan := api.action(http.StatusOK, http.MethodPost, "", `{"action":"replay","account":"default","filter":{"failure_class":"rejected"},"reason":"the text is fine","dry_run":true}`)
	if plan.Campaigns != n || len(plan.Sample) != 10 || plan.LeftOut != 0 {
		t.Fatalf("dry run: got %+v, want all %d", plan, n)
	}
	w := r.worker()
	api.action(http.StatusAccepted, http.MethodPost, "", `{"plan":"`+plan.Plan+`"}`)
	r.awaitBegun(plan.Plan)
	web.kill()
	w.kill()
	_, api = r.webProcess()
	seen := api.action(http.StatusOK, http.MethodGet, "/"+plan.Plan, "")
	if seen.State != "running" || seen.Done == 0 || seen.Done >= n {
		t.Fatalf("got %+v, want it killed half-way", seen)
	}
	r.worker()
	r.until(time.Minute+time.Duration(n)*20*time.Millisecond, "the action has ended", func() (bool, string) {
		seen = api.action(http.StatusOK, http.MethodGet, "/"+plan.Plan, "")
		return seen.State == "done", fmt.Sprint(seen)
	})
	if seen.Total != n || seen.Done != n || seen.Skipped+seen.Failed+len(seen.Problems) != 0 {
		t.Errorf("got %+v, want all %d done", seen, n)
	}
	r.until(time.Minute+time.Duration(n)*100*time.Millisecond, "all are sent", func() (bool, string) {
		sent, err := r.redis.Client().ZCard(t.Context(), "octoq:{default}:state:sent").Result()
		return err == nil && sent == int64(n), fmt.Sprint(sent, err)
	})
	r.replayedOnce(n)
	r.onceEach()
}

// planOf is the plan that a command prints.
func (r *rig) planOf(args ...string) actionSeen {
	r.t.Helper()
	var seen actionSeen
	o := r.must(0, append(args, "--dry-run", "--json")...)
	if err := json.Unmarshal([]byte(o.out), &seen); err != nil || seen.Plan == "" {
		r.t.Fatalf("octoq %q: got %q, %v, want a plan", args, o.out, err)
	}
	return seen
}

// At the shell, what a filter finds is shown first; without a terminal a plan, or --yes,
// says that it is meant. What has changed by then is left alone.
func TestActionsAtTheShell(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.fast()
	r.allDead(6)
	r.wantCode(2, "dead", "replay", "--class", "rejected")
	r.wantCode(2, "dead", "replay", "--class", "rejected", "--json")
	r.wantCode(2, "dead", "replay", "c1", "--class", "rejected")
	r.wantCode(2, "dead", "replay", "--class", "rejected", "--yes", "--force")
	r.wantCode(2, "dead", "replay", "--class", "rejected", "--yes", "--list-name", "")
	r.wantCode(2, "dead", "replay", "--yes")
	r.wantCode(2, "dead", "replay", "--yes", "--state", "sent")
	r.wantCode(3, "dead", "replay", "--plan", "default.aaaaaaaaaaaaaaaa")
	if o := r.must(0, "dead", "replay", "--class", "late", "--yes"); !strings.Contains(o.out, "no campaign of account default is to be touched") {
		t.Errorf("a filter that finds none: got %q", o.out)
	}
	if o := r.must(0, "dead", "purge", "--id-prefix", "c5", "--yes"); !strings.Contains(o.out, "purge: 1 of 1 campaigns done, 0 skipped because they had changed, 0 failed") {
		t.Errorf("purge: got %q and %q", o.out, o.err)
	}
	plan := r.planOf("dead", "replay", "--state", "dead")
	if plan.Campaigns != 5 || len(plan.Sample) != 5 || plan.Sample[0].State != campaign.StateDead {
		t.Errorf("plan: got %+v, want the five that are dead", plan)
	}
	r.must(0, "dead", "edit", "c3", "--set", "text=Other, STOP au 30101")
	r.wantCode(2, "dead", "purge", "--plan", plan.Plan)
	r.wantCode(2, "dead", "replay", "--plan", plan.Plan, "--class", "rejected")
	r.wantCode(2, "dead", "replay", "--plan", plan.Plan, "--account", "shop")
	o := r.must(0, "dead", "replay", "--plan", plan.Plan)
	if !strings.Contains(o.out, "replay: 4 of 5 campaigns done, 1 skipped because they had changed, 0 failed") || !strings.Contains(o.err, "c3 skipped: it has changed since the plan was made: it is dead") {
		t.Errorf("replay: got %q and %q, want four done and c3 skipped", o.out, o.err)
	}
	r.worker()
	r.awaitSent(30*time.Second, 4)
	if s := r.status("c3"); s.State != campaign.StateDead {
		t.Errorf("c3: got %s, want it left alone", s.State)
	}
	if o := r.must(0, "audit", "--json"); strings.Count(o.out, `"action":"action.begin"`) != 2 || strings.Count(o.out, `"action":"action.end"`) != 2 ||
		!strings.Contains(o.out, `"detail":"done: 4 of 5 done, 1 skipped, 0 failed"`) || !strings.Contains(o.out, `"subject":"replay `+plan.Plan+`"`) {
		t.Errorf("audit: got %q, want both actions", o.out)
	}
	r.onceEach()
}

// An approval by filter approves no price that its plan did not show: not one that has
// changed by then, nor one that changes later.
func TestApproveByPlan(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Contacts: 40, PricePerContact: 0.05})
	r.quick()
	r.worker("--confirm", "manual")
	r.enqueue(campaigns("c", 4, "") + toList("changed", "") + toList("changes", ""))
	all := []string{"c0", "c1", "c2", "c3", "changed", "changes"}
	for _, id := range all {
		r.await(30*time.Second, id, campaign.StateAwaitingApproval)
	}
	if o := r.octoq("approve", "--state", "awaiting_approval", "--yes"); o.code != 2 {
		t.Errorf("--yes: got exit code %d and %q, want that approve has none", o.code, o.err)
	}
	longAgo := map[string]any{"priced_at": time.Now().Add(-16 * time.Minute).UnixMilli()}
	r.change("changed", longAgo)
	r.change("changes", longAgo)
	plan := r.planOf("approve", "--state", "awaiting_approval")
	if plan.Campaigns != 6 || plan.Cost.String() != "12.00 €" {
		t.Fatalf("plan: got %+v, want six at 12 € together", plan)
	}
	r.reprices("changed", 500, 40)
	r.reprices("changes", 500, 40)
	r.must(0, "approve", "c3", "--cost", "2.00")
	r.must(0, "approve", "changed", "--cost", "2.00")
	r.awaitDearer("changed")
	o := r.must(0, "approve", "--plan", plan.Plan, "--json")
	var seen actionSeen
	if err := json.Unmarshal([]byte(o.out), &seen); err != nil || seen.Done != 4 || seen.Skipped != 2 {
		t.Errorf("approve: got %q, %v, want four done, and c3 and changed skipped", o.out, err)
	}
	r.awaitSent(30*time.Second, 4)
	r.awaitDearer("changes")
	for _, id := range []string{"changed", "changes"} {
		if n := r.carriedOutFor(simulator.CallSend, id); n > 0 {
			t.Errorf("%s: got %d sends at a price that was in no plan", id, n)
		}
	}
	r.onceEach()
}

// replayedOnce fails unless each of the campaigns was replayed once.
func (r *rig) replayedOnce(n int) {
	r.t.Helper()
	for id, times := range r.replays(n) {
		if times != 1 {
			r.t.Errorf("%s: got %d replays, want one", id, times)
		}
	}
}

// awaitDearer waits until a campaign waits for a person because it costs 500 €.
func (r *rig) awaitDearer(id string) {
	r.t.Helper()
	r.until(30*time.Second, id+" is dearer", func() (bool, string) {
		s := r.status(id)
		return s.State == campaign.StateAwaitingApproval && s.Cover == nil && s.Cost == 500*campaign.Euro, fmt.Sprintf("%+v", s)
	})
}

// A command that is killed leaves an action with which --plan goes on.
func TestActionKilledAtTheShell(t *testing.T) {
	t.Parallel()
	const n = 400
	r := newRig(t, simulator.Config{})
	r.fast()
	r.allDead(n)
	plan := r.planOf("dead", "replay", "--class", "rejected")
	p := r.start("dead", "replay", "--plan", plan.Plan)
	r.awaitBegun(plan.Plan)
	p.kill()
	if state, err := r.redis.Client().HGet(t.Context(), actionKey(plan.Plan), "state").Result(); err != nil || state != "running" {
		t.Fatalf("got it %s, %v, want it broken off", state, err)
	}
	r.until(30*time.Second, "it goes on", func() (bool, string) {
		o := r.octoq("dead", "replay", "--plan", plan.Plan)
		return o.code == 0 && strings.Contains(o.out, fmt.Sprintf("replay: %d of %d campaigns done, 0 skipped", n, n)), o.out + o.err
	})
	r.replayedOnce(n)
}

// A command that is interrupted stops its action, and says how to go on.
func TestActionInterruptedAtTheShell(t *testing.T) {
	t.Parallel()
	const n = 400
	r := newRig(t, simulator.Config{})
	r.fast()
	r.allDead(n)
	plan := r.planOf("dead", "replay", "--class", "rejected")
	p := r.start("dead", "replay", "--plan", plan.Plan)
	r.awaitBegun(plan.Plan)
	p.signal(syscall.SIGINT)
	if code := p.wait(20 * time.Second); code != 1 || !strings.Contains(p.Log(), "To go on: octoq dead replay --plan "+plan.Plan) {
		t.Errorf("got exit code %d and %q, want how to go on", code, p.Log())
	}
	if state, err := r.redis.Client().HGet(t.Context(), actionKey(plan.Plan), "state").Result(); err != nil || state != "stopped" {
		t.Errorf("got it %s, %v, want it stopped", state, err)
	}
	if o := r.must(0, "dead", "replay", "--plan", plan.Plan); !strings.Contains(o.out, fmt.Sprintf("replay: %d of %d campaigns done, 0 skipped", n, n)) {
		t.Errorf("got %q, want it brought to its end", o.out)
	}
}
