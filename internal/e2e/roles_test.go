package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/simulator"
)

// Each role does all of its work under exactly its rule: Redis refuses nothing to it, and
// no right of the rule is left over.
func TestEachRoleHasTheRightsItNeeds(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{ComputeTime: 100 * time.Millisecond}, "--appendonly", "yes")
	r.quick("OCTOQ_API_TIMEOUT=3s")
	r.setenv("OCTOQ_CALLBACK_SECRET=" + callbackSecret)
	m := r.watchRoles()
	w := r.worker("--listen", "127.0.0.1:0")
	r.must(0, "vouch", "--reason", "the test has made this Redis")

	r.produce(t, "a")
	r.prepare("a")
	r.doctor()
	web := r.web()
	r.visit(web, r.pagesBeside(w))
	r.fillIdle()
	web.metrics() // with something in a queue
	r.prepare("c")
	r.operateByHTTP(web, "c")
	r.reportOfSent(strings.TrimPrefix(web.url, "http://"))
	r.runCommands("a", func(args ...string) { r.must(0, args...) })
	r.must(1, "token", "rm", "a", "--durable=replicas:1") // there is no replica to keep it
	r.troubleWorkers(w)
	r.until(20*time.Second, "octoq web, which is left alone, copies events", func() (bool, string) {
		ran := m.Ran(r.ways[rights.Web], false)
		return slices.Contains(ran, "xtrim") && slices.Contains(ran, "pttl"), fmt.Sprint(ran)
	})
	for _, role := range rights.Roles() {
		r.ranExactly(m, role)
	}
}

// produce does what a producer does, with campaigns whose ids begin with a word.
func (r *rig) produce(t *testing.T, word string) {
	t.Helper()
	ctx := t.Context()
	client, err := enqueue.New(enqueue.Config{RedisURL: r.roleURL(rights.Producer)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	item := func(id string) campaign.Campaign {
		return campaign.Campaign{ID: word + id, ListName: word + id, Text: "Hello, STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale}
	}
	late := item("late")
	late.NotBefore = time.Now().Add(time.Hour)
	for _, c := range []campaign.Campaign{item("one"), item("one"), late, late} {
		_, _ = client.Enqueue(ctx, c)
	}
	// It is enqueued; the replica that would have to confirm it is not there.
	_, _ = client.Enqueue(ctx, item("durable"), enqueue.Durable(enqueue.OnReplicas(1), enqueue.Within(100*time.Millisecond)))
	many := slices.Values([]campaign.Campaign{item("two"), item("three"), item("one")})
	for _, err := range client.EnqueueAll(ctx, many) {
		_ = err // one of them is known
	}
	for _, id := range []string{"one", "late", "nobody"} {
		_, _ = client.Get(ctx, "", word+id)
	}
	_, _ = client.Served(ctx, "")
	_, _ = client.Accounts(ctx)
	r.octoqIn(toList(word+"four", "")+toList(word+"one", ""), "enqueue", "--file", "-")
}

// prepare brings campaigns into the states that operators and pages look at.
func (r *rig) prepare(word string) {
	r.t.Helper()
	for _, id := range []string{"edited", "purged", "replayed", "forced", "run"} {
		r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: word + id, Fault: simulator.FaultAnswer, HTTPStatus: http.StatusBadRequest, Code: 121, Times: 1})
		r.enqueue(toList(word+id, ""))
	}
	for _, id := range []string{"dear", "refused", "long"} {
		r.enqueue(toList(word+id, `,"max_cost":0.0001`))
	}
	for _, id := range []string{"edited", "purged", "replayed", "forced", "run"} {
		r.await(30*time.Second, word+id, campaign.StateDead)
	}
	for _, id := range []string{"dear", "refused", "long"} {
		r.await(30*time.Second, word+id, campaign.StateAwaitingApproval)
	}
	r.lengthen(word + "long")
}

// forget has a cancelled campaign stay for good, and have been there for ever.
func (r *rig) forget(id string) {
	r.t.Helper()
	_, err := r.redis.Client().Pipelined(r.t.Context(), func(p redis.Pipeliner) error {
		p.Persist(r.t.Context(), "octoq:{default}:c:"+id)
		p.ZAdd(r.t.Context(), "octoq:{default}:state:cancelled", redis.Z{Score: 1, Member: id})
		return nil
	})
	if err != nil {
		r.t.Fatalf("forget %s: %v", id, err)
	}
}

// lengthen makes a campaign's timeline longer than octoq lets it become.
func (r *rig) lengthen(id string) {
	r.t.Helper()
	const most = 1000
	c, log := r.redis.Client(), "octoq:{default}:c:"+id+":log"
	entry, err := c.LIndex(r.t.Context(), log, 0).Result()
	if err == nil {
		err = c.RPush(r.t.Context(), log, slices.Repeat([]any{entry}, most)...).Err()
	}
	if err != nil {
		r.t.Fatalf("lengthen the timeline of %s: %v", id, err)
	}
}

// doctor has doctor look at everything.
func (r *rig) doctor() {
	r.t.Helper()
	r.must(0, "doctor")
	r.setenv("OCTOQ_API_LOGIN=", "OCTOQ_API_KEY=")
	r.must(0, "doctor") // where a producer runs
	r.setenv("OCTOQ_API_LOGIN="+login, "OCTOQ_API_KEY="+apiKey)
}

// visit reads every page of octoq web and presses the buttons that are allowed.
func (r *rig) visit(web, own *pages) {
	r.t.Helper()
	for _, path := range []string{"/metrics", "/readyz", "/healthz"} {
		if status, answer := own.ask(http.MethodGet, path); status != http.StatusOK {
			r.t.Errorf("a worker's %s: got %d %.300s, want 200", path, status, answer)
		}
	}
	r.readEach(web, "alate", func(path string, status int, answer string) {
		if status != http.StatusOK {
			r.t.Errorf("GET %s: got %d %.300s, want 200", path, status, answer)
		}
	})
	r.uncounted(idle)
	if status, answer := web.ask(http.MethodGet, "/v1/accounts/"+idle+"/stats?by=list"); status != http.StatusOK {
		r.t.Errorf("the figures: got %d %.300s, want 200", status, answer)
	}
	for _, action := range []string{"/queues/default.create:pause", "/queues/default.create:resume"} {
		web.must(http.StatusNoContent, http.MethodPost, action)
	}
	web.run(web.letterOf("arun").ID)
	r.await(30*time.Second, "arun", campaign.StateSent)
}

// uncounted leaves something of an account that is not yet in its figures.
func (r *rig) uncounted(account string) {
	r.t.Helper()
	entry := fmt.Sprintf("+%d sent 1 500 list=a", time.Now().UnixMilli())
	if err := r.redis.Client().RPush(r.t.Context(), "octoq:{"+account+"}:figures", entry).Err(); err != nil {
		r.t.Fatal(err)
	}
}

// readEach reads every page of octoq web, that of a waiting task too.
func (r *rig) readEach(web *pages, task string, look func(path string, status int, answer string)) {
	r.t.Helper()
	const api = "/monitoring/api"
	paths := []string{"/", "/metrics", "/readyz", "/healthz", "/monitoring", api + "/queues", api + "/queue_stats", api + "/servers",
		api + "/scheduler_entries", api + "/redis_info"}
	for _, queue := range []string{"default.create", "default.dead"} {
		paths = append(paths, api+"/queues/"+queue, api+"/queues/"+queue+"/groups")
		for _, state := range []string{"active", "pending", "scheduled", "retry", "archived", "completed"} {
			paths = append(paths, fmt.Sprintf("%s/queues/%s/%s_tasks?page=1&size=20", api, queue, state))
		}
	}
	paths = append(paths, api+"/queues/default.create/tasks/"+task)
	for _, path := range paths {
		status, answer := web.ask(http.MethodGet, path)
		look(path, status, answer)
	}
}

// runCommands runs every command of operators on what prepare has left.
func (r *rig) runCommands(word string, run func(args ...string)) {
	r.t.Helper()
	r.enqueue(toList(word+"idle", `,"account":"idle"`))
	r.listIdle(run)
	r.enqueue(toList(word+"gone", `,"account":"gone"`))
	for _, args := range [][]string{
		{"status", word + "one"}, {"status", word + "late"}, {"list"}, {"list", "--state", "queued"}, {"list", "--state", "dead"},
		{"dead", "ls"}, {"dead", "show", word + "edited"}, {"dead", "edit", word + "edited", "--set", "text=Hi, STOP au 30101"},
		{"dead", "replay", word + "edited"}, {"dead", "replay", word + "replayed"}, {"dead", "replay", word + "forced", "--force"}, {"dead", "purge", word + "purged"},
		{"approve", word + "dear", "--up-to", "1000"}, {"cancel", word + "refused", "--wait", "20s"}, {"approve", word + "long", "--up-to", "1000"},
		{"cancel", word + "late"},
		{"budget", "set", word, "--per", "day", "--amount", "1000"}, {"budget", "ls"}, {"budget", "rm", word}, {"rules", "show"},
		{"quote", r.file(word+"quote.jsonl", toList(word+"quoted", "")), "--name", word + "quote"},
		{"contacts", "push", r.file(word+"contacts.csv", "phone_number\n+33612345678\n"), "--list", word},
		{"hold", "set"}, {"hold", "ls"}, {"hold", "clear"}, {"hold", "set", "--account", idle}, {"hold", "clear", "--account", idle},
		{"status", word + "idle", "--account", idle}, {"cancel", word + "idle", "--account", idle}, {"report", "--account", idle}, {"report", "--all", "--csv"},
		{"schedule", "add", word, "--cron", "0 9 * * 1", "--zone", "Europe/Paris", "--list-name", "all", "--text", "STOP", "--type", "sms_premium", "--purpose", "alert"},
		{"schedule", "ls"}, {"schedule", "pause", word}, {"schedule", "run", word}, {"schedule", "resume", word}, {"schedule", "rm", word}, {"vouch", "--reason", "the test has made this Redis"},
		{"account", "ls"}, {"account", "rm", "gone", "--cancel-queued"},
		{"token", "add", word, "--role", "viewer"}, {"token", "ls"}, {"user", "ls"}, {"audit"},
	} {
		run(args...)
	}
}

// idle is an account that no worker serves.
const idle = "idle"

// fillIdle enqueues more for the idle account than one look at a queue reads.
func (r *rig) fillIdle() {
	r.t.Helper()
	r.enqueue(campaigns("many", 3000, `,"account":"idle"`))
}

// listIdle lists the idle account while more comes into its queue.
func (r *rig) listIdle(run func(args ...string)) {
	r.t.Helper()
	done, pushed := make(chan struct{}), make(chan error)
	c, ctx := r.redis.Client(), r.t.Context()
	go func() {
		var err error
		for i := 0; err == nil; i++ {
			select {
			case <-done:
				pushed <- c.LTrim(ctx, "asynq:{idle.create}:pending", int64(i), -1).Err()
				return
			default:
				err = c.LPush(ctx, "asynq:{idle.create}:pending", fmt.Sprint("more~", i)).Err()
			}
		}
		pushed <- err
	}()
	run("list", "--account", idle, "--limit", "0")
	close(done)
	if err := <-pushed; err != nil {
		r.t.Fatalf("put more into the queue: %v", err)
	}
}

// operateByHTTP does by the HTTP API what producers and operators do, with what prepare
// has left.
func (r *rig) operateByHTTP(web *pages, word string) {
	r.t.Helper()
	const accounts, one = "/v1/accounts/", "/v1/accounts/default/campaigns/"
	schedule := accounts + "default/schedules/" + word
	body := func(list string) string {
		return strings.Replace(toList("", ""), `"id":"","list_name":""`, fmt.Sprintf(`"list_name":%q`, list), 1)
	}
	web.prefer(http.MethodPut, one+word+"api", body("api"), "durable=replicas:1")
	web.prefer(http.MethodPut, one+word+"api", body("other"), "")
	web.prefer(http.MethodPut, accounts+idle+"/campaigns/"+word+"idle", body("idle"), "")
	later := strings.Replace(body("later"), "{", `{"not_before":"2099-01-31T09:00:00Z",`, 1)
	web.prefer(http.MethodPut, one+word+"later", later, "")
	r.listIdle(func(...string) { web.prefer(http.MethodGet, accounts+idle+"/campaigns?limit=1000", "", "") })
	for _, call := range [][3]string{
		{http.MethodGet, one + word + "later"}, {http.MethodGet, one + word + "long"}, {http.MethodGet, accounts + "default/campaigns?state=dead"},
		{http.MethodGet, "/v1/accounts"}, {http.MethodGet, "/v1/alerts"}, {http.MethodGet, accounts + idle}, {http.MethodGet, "/v1/users"}, {http.MethodGet, "/v1/audit"}, {http.MethodPost, one + word + "later/cancel"}, {http.MethodPost, accounts + idle + "/campaigns/" + word + "idle/cancel"},
		{http.MethodPost, one + word + "dear/approve", `{"up_to":"1000"}`}, {http.MethodPost, one + word + "long/approve", `{"up_to":"1000"}`},
		{http.MethodPost, one + word + "refused/cancel"}, {http.MethodPost, one + word + "replayed/replay"}, {http.MethodPost, one + word + "purged/purge"},
		{http.MethodPut, accounts + "default/hold", `{"message":"a test"}`}, {http.MethodDelete, accounts + "default/hold"},
		{http.MethodPut, accounts + idle + "/hold", `{"message":"a test"}`}, {http.MethodDelete, accounts + idle + "/hold"},
		{http.MethodGet, accounts + "default/tickets/none"}, {http.MethodGet, accounts + "default/campaigns?label.shop=none"},
		{http.MethodPut, schedule, `{"cron":"0 9 * * 1","zone":"Europe/Paris","campaign":` + strings.Replace(toList("x-{{tick}}", ""), `"list_name":"x-{{tick}}"`, `"list_name":"all"`, 1) + `}`},
		{http.MethodGet, schedule}, {http.MethodPost, schedule + "/pause"}, {http.MethodPost, schedule + "/resume"}, {http.MethodPost, schedule + "/run"}, {http.MethodDelete, schedule},
		{http.MethodPost, accounts + "default/contacts", `{"list_name":"api","contacts":[{"phone_number":"+33612345678"}]}`}, {http.MethodGet, accounts + "default/callbacks"},
		{http.MethodPost, accounts + "default/vouch", `{"reason":"the test has made this Redis"}`},
	} {
		web.prefer(call[0], call[1], call[2], "")
	}
}

// prefer makes a request of the API with a preference. Its answer does not matter here.
func (p *pages) prefer(method, path, body, preference string) {
	p.rig.t.Helper()
	req, err := http.NewRequestWithContext(p.rig.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.rig.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if preference != "" {
		req.Header.Set("Prefer", preference)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.rig.t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = resp.Body.Close()
}

// troubleWorkers brings about what workers find and repair.
func (r *rig) troubleWorkers(w *process) {
	r.t.Helper()
	ctx, c := r.t.Context(), r.redis.Client()
	// An account that is stopped, and comes back.
	if err := r.sim.SetCredentials(simulator.Credentials{Disabled: true}); err != nil {
		r.t.Fatal(err)
	}
	r.enqueue(toList("held", ""))
	r.until(30*time.Second, "the account is on hold", func() (bool, string) { h := r.held(); return len(h) == 1, fmt.Sprint(h) })
	r.produce(r.t, "a")
	r.forget("alate")
	r.enqueue(toList("unlisted", "") + toList("cancelled", ""))
	if n, err := c.LRem(ctx, "asynq:{default.create}:pending", 0, "unlisted").Result(); n != 1 || err != nil {
		r.t.Fatalf("unlist a task: got %d, %v, want 1", n, err)
	}
	if err := r.sim.SetCredentials(simulator.Credentials{}); err != nil {
		r.t.Fatal(err)
	}
	r.awaitFree()
	// A recurring campaign.
	r.must(0, "schedule", "add", "beat", "--cron", "* * * * * *", "--zone", "Europe/Paris", "--list-name", "all",
		"--text", "{{date}} {{time}} STOP", "--type", "sms_premium", "--purpose", "alert")
	r.until(30*time.Second, "a tick is sent", func() (bool, string) { n := len(r.calls(simulator.CallSend, "all")); return n > 0, "" })
	r.must(0, "schedule", "rm", "beat")
	// A worker that dies with calls in hand, and one that takes them over.
	hang := r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "hangs", Fault: simulator.FaultHang})
	r.enqueue(toList("hangs", ""))
	r.underWay(simulator.CallCreate, "hangs")
	w.kill()
	hang()
	r.nothingRefused()
	r.redis.Restart()
	next := r.worker()
	for _, id := range []string{"hangs", "held", "unlisted"} {
		r.await(90*time.Second, id, campaign.StateSent)
	}
	if code := next.stop(); code != 0 {
		r.t.Errorf("a worker's exit code: got %d, want 0", code)
	}
}
