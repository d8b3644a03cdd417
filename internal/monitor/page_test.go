package monitor_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/monitor"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is the deadline of what should happen at once, far above what it takes.
const soon = 20 * time.Second

func firstCreate(id string) task.Task {
	return task.Task{Account: "default", ID: id, Step: task.FirstStep(), First: &task.First{
		Campaign: campaign.Campaign{
			ID: id, Account: "default", ListName: "my_list", Text: "This is a Premium SMS with STOP. STOP au 30101",
			Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, Sender: "Company X",
		},
		EnqueuedAt: time.UnixMilli(1_732_000_000_123).UTC(), Nonce: "nonce-" + id,
	}}
}

// bury writes letters of the second step of the first run.
func bury(tb testing.TB, c redis.UniversalClient, ids ...string) {
	tb.Helper()
	letters := queue.NewLetters(c)
	for _, id := range ids {
		err := letters.Bury(tb.Context(), task.Task{
			Account: "default", ID: id, Step: record.Step{Stage: campaign.StageDead, Run: 1, Step: 2},
			Letter: &task.Letter{
				Campaign: firstCreate(id).First.Campaign,
				Failure:  campaign.Failure{Class: campaign.FailRejected, Code: record.CodeStopMissing, Message: "Mention STOP is missing."},
			},
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func serve(t *testing.T, c redis.UniversalClient) http.Handler {
	t.Helper()
	m, err := monitor.New(c, "/monitoring/")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ask(h http.Handler, method, path, body string, header ...string) (status int, answer string) {
	r := httptest.NewRequest(method, "http://localhost:8080"+path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	b, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(b)
}

// route is one of asynqmon's.
type route struct{ method, path string }

// routes reads asynqmon's routes from its source, so that those of a later
// version are seen.
func routes(t *testing.T) []route {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/hibiken/asynqmon").Output()
	if err != nil {
		t.Fatalf("find asynqmon's source: %v", err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "handler.go"))
	if err != nil {
		t.Fatal(err)
	}
	var found []route
	for _, m := range regexp.MustCompile(`HandleFunc\("([^"]+)".*\.Methods\("([A-Z]+)"\)`).FindAllSubmatch(source, -1) {
		found = append(found, route{string(m[2]), string(m[1])})
	}
	if len(found) < 60 {
		t.Fatalf("found %d routes in asynqmon's source, want 60 or more: is it written otherwise now?", len(found))
	}
	return found
}

func TestGuardOverAllRoutes(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	m := serve(t, c)
	passes := []string{
		"/queues/{qname}:pause", "/queues/{qname}:resume",
		"/queues/{qname}/scheduled_tasks/{task_id}:run", "/queues/{qname}/scheduled_tasks:batch_run",
		"/queues/{qname}/retry_tasks/{task_id}:run", "/queues/{qname}/retry_tasks:batch_run",
		"/queues/{qname}/archived_tasks/{task_id}:run", "/queues/{qname}/archived_tasks:batch_run",
	}
	seen := 0
	for _, r := range routes(t) {
		if r.method == http.MethodGet {
			continue
		}
		for _, name := range []string{"default.create", "default.status", "default.confirm", "default.cancel", "default.dead", "emails"} {
			path := strings.NewReplacer("{qname}", name, "{task_id}", "a~1.2.0", "{gname}", "g").Replace(r.path)
			status, answer := ask(m, r.method, "/monitoring/api"+path, `{"task_ids":["a~1.2.0"]}`)
			want := slices.Contains(passes, r.path) && name != "emails"
			if (status != http.StatusForbidden) != want {
				t.Errorf("%s %s: got %d %s, want it to pass: %v", r.method, path, status, answer, want)
			}
			if want && name == "default.create" {
				seen++
			}
		}
	}
	if seen != len(passes) {
		t.Errorf("saw %d of the %d routes that pass: has asynqmon renamed some?", seen, len(passes))
	}
}

func TestGuardDeniesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	m := serve(t, redistest.Start(t).Client())
	for _, r := range []route{
		{"POST", "/api/queues/default.create:explode"},
		{"POST", "/api/queues/default.create/pending_tasks/a:run"},
		{"POST", "/api/queues/default.create/scheduled_tasks/a/b:run"},
		{"POST", "/api/queues/default.create/scheduled_tasks:run_all"},
		{"PUT", "/api/queues/default.create:pause"},
		{"PATCH", "/api/queues/default.create/scheduled_tasks/a:run"},
		{"DELETE", "/api/queues/default.create"},
		{"POST", "/"},
		{"POST", "/api/../api/queues/default.create:delete"},
		{"CONNECT", "/api/queues"},
	} {
		if status, answer := ask(m, r.method, "/monitoring"+r.path, ""); status != http.StatusForbidden {
			t.Errorf("%s %s: got %d %.100s, want 403", r.method, r.path, status, answer)
		}
	}
}

func TestGuardSaysWhatToUseInstead(t *testing.T) {
	t.Parallel()
	m := serve(t, redistest.Start(t).Client())
	for path, want := range map[string]string{
		"DELETE /queues/default.create/pending_tasks/a":              "octoq cancel",
		"POST /queues/default.create/pending_tasks:batch_delete":     "octoq cancel",
		"POST /queues/default.create/pending_tasks/a:archive":        "octoq hold set",
		"POST /queues/default.create/pending_tasks:batch_archive":    "octoq hold set",
		"POST /queues/default.confirm/active_tasks/a~1.3.0:cancel":   "octoq cancel",
		"DELETE /queues/default.dead/scheduled_tasks/a~1.2.0":        "octoq dead purge",
		"POST /queues/default.dead/scheduled_tasks:batch_delete":     "octoq dead purge",
		"POST /queues/default.dead/scheduled_tasks:run_all":          "octoq dead replay",
		"DELETE /queues/default.dead/scheduled_tasks:delete_all":     "octoq dead replay",
		"POST /queues/default.create/groups/g/aggregating_tasks:x":   "nothing else",
		"DELETE /queues/default.create":                              "cannot be deleted",
		"DELETE /queues/emails/pending_tasks/a":                      "nothing else",
		"POST /queues/default.create/active_tasks:cancel_all":        "Select the tasks",
		"POST /queues/default.create/active_tasks:batch_cancel":      "octoq cancel",
		"POST /queues/default.create/something/that/comes_later:all": "nothing else",
	} {
		method, path, _ := strings.Cut(path, " ")
		status, answer := ask(m, method, "/monitoring/api"+path, "")
		if status != http.StatusForbidden || !strings.Contains(answer, want) {
			t.Errorf("%s %s: got %d %s, want 403 and %q", method, path, status, answer, want)
		}
	}
}

func TestGuardRefusesOtherSites(t *testing.T) {
	t.Parallel()
	m := serve(t, redistest.Start(t).Client())
	const path = "/monitoring/api/queues/default.create:pause"
	for name, header := range map[string][]string{
		"cross-site": {"Sec-Fetch-Site", "cross-site"}, "origin": {"Origin", "http://evil.example"}, "null origin": {"Origin", "null"},
	} {
		if status, answer := ask(m, "POST", path, "", header...); status != http.StatusForbidden || !strings.Contains(answer, "another site") {
			t.Errorf("%s: got %d %s, want 403", name, status, answer)
		}
	}
	for name, header := range map[string][]string{
		"same origin": {"Sec-Fetch-Site", "same-origin", "Origin", "http://localhost:8080"}, "no browser": nil,
	} {
		if status, answer := ask(m, "POST", path, "", header...); status == http.StatusForbidden {
			t.Errorf("%s: got %d %s, want it to pass", name, status, answer)
		}
	}
}

func TestMonitorShowsPayloadsReadably(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	if err := queue.NewProducer(c).Put(t.Context(), firstCreate("a"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	bury(t, c, "a")
	m := serve(t, c)
	for path, want := range map[string]string{
		"/api/queues/default.create/pending_tasks": `\"enqueued_at\": \"2024-11-19T`,
		"/api/queues/default.dead/scheduled_tasks": `\"message\": \"Mention STOP is missing.\"`,
		"/api/queues/default.dead/tasks/a~1.2.0":   `\"failure\": {`,
		"/api/queues":                              `"queue":"default.dead"`,
		"/api/redis_info":                          `redis_version`,
		"":                                         `<!doctype html>`,
		"/queues/default.dead/tasks/a~1.2.0?refresh=me": `<!doctype html>`,
	} {
		if status, answer := ask(m, "GET", "/monitoring"+path, ""); status != http.StatusOK || !strings.Contains(strings.ToLower(answer), strings.ToLower(want)) {
			t.Errorf("GET %s: got %d %.300s, want %s", path, status, answer, want)
		}
	}
}

// "Run" in asynqmon starts a replay at once: a worker takes the letter, and is
// woken for it.
func TestMonitorRunsALetter(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	bury(t, c, "a", "b")
	taken := work(t, c, campaign.StageDead)
	wakes := subscribe(t, c, key.Wake("default.dead"))
	m := serve(t, c)
	if status, answer := ask(m, "POST", "/monitoring/api/queues/default.dead/scheduled_tasks/a~1.2.0:run", ""); status != http.StatusNoContent {
		t.Fatalf("run: got %d %s", status, answer)
	}
	receive(t, "a wake-up after run", wakes)
	if id := receive(t, "the letter that was run", taken); id != "a" {
		t.Errorf("taken: got %s, want a", id)
	}
	if status, answer := ask(m, "POST", "/monitoring/api/queues/default.dead/scheduled_tasks:batch_run", `{"task_ids":["b~1.2.0"]}`); status != http.StatusOK {
		t.Fatalf("batch run: got %d %s", status, answer)
	}
	receive(t, "a wake-up after batch run", wakes)
	if id := receive(t, "the letter that was run in a batch", taken); id != "b" {
		t.Errorf("taken: got %s, want b", id)
	}
}

// work runs a server until the test ends; the channel has the ids of the
// campaigns whose tasks it has taken.
func work(tb testing.TB, c redis.UniversalClient, s campaign.Stage) <-chan string {
	tb.Helper()
	ids := make(chan string, 8)
	server, err := queue.NewServer(queue.ServerConfig{
		Redis: c, Account: "default", Stage: s, Concurrency: 4,
		Handler: func(_ context.Context, d queue.Delivery) queue.Result {
			ids <- d.Task.ID
			return queue.Done()
		},
	})
	if err == nil {
		err = server.Start(tb.Context())
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(server.Stop)
	return ids
}

// subscribe hears a channel until the test ends.
func subscribe(tb testing.TB, c redis.UniversalClient, channel string) <-chan *redis.Message {
	tb.Helper()
	s := c.Subscribe(tb.Context(), channel)
	tb.Cleanup(func() { _ = s.Close() })
	if _, err := s.Receive(tb.Context()); err != nil {
		tb.Fatalf("subscribe to %s: %v", channel, err)
	}
	return s.Channel()
}

func receive[T any](tb testing.TB, what string, from <-chan T) (v T) {
	tb.Helper()
	select {
	case v = <-from:
	case <-time.After(soon):
		tb.Fatalf("still none after %v: %s", soon, what)
	}
	return v
}

func TestMonitorPathIsChecked(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	if _, err := monitor.New(c, "monitoring"); err == nil {
		t.Error("a path without a slash: got no error")
	}
	m, err := monitor.New(c, "/")
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := ask(m, "DELETE", "/api/queues/default.create", ""); status != http.StatusForbidden {
		t.Errorf("below the root: got %d %s, want 403", status, answer)
	}
}

// Where there are many queues the page shows those that have something, and others when it is
// asked for them by name.
func TestThePageShowsBusyQueuesOfMany(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	var accounts []string
	for i := range 21 {
		accounts = append(accounts, "a"+strconv.Itoa(i))
	}
	shown := func() []string {
		t.Helper()
		status, answer := ask(serve(t, c), "GET", "/monitoring/api/queues", "")
		var got struct{ Queues []struct{ Queue string } }
		if err := json.Unmarshal([]byte(answer), &got); status != 200 || err != nil {
			t.Fatalf("got %d %s, %v", status, answer, err)
		}
		var names []string
		for _, q := range got.Queues {
			names = append(names, q.Queue)
		}
		return names
	}
	register := func(accounts []string) {
		t.Helper()
		if err := queue.Register(t.Context(), c, accounts); err != nil {
			t.Fatal(err)
		}
	}
	register(accounts[:20])
	if got := shown(); len(got) != 100 {
		t.Errorf("of 100 queues: got %d, want all", len(got))
	}
	register(accounts)
	for name, later := range map[string]time.Duration{"a3.create": 0, "a4.dead": time.Hour} {
		if _, err := asynq.NewClientFromRedisClient(c).Enqueue(asynq.NewTask("t", nil), asynq.Queue(name), asynq.ProcessIn(later)); err != nil {
			t.Fatal(err)
		}
	}
	c.Set(t.Context(), "asynq:{a5.status}:paused", 1, 0)
	c.SAdd(t.Context(), "asynq:queues", "of-another-program")
	want := []string{"a3.create", "a4.dead", "a5.status", "of-another-program"}
	if got := shown(); !slices.Equal(got, want) {
		t.Errorf("of more than 100: got %v, want %v", got, want)
	}
	for path, want := range map[string]string{"queues/a9.create": `"a9.create"`, "queue_stats": "a4.dead", "redis_info": "redis_version"} {
		if status, answer := ask(serve(t, c), "GET", "/monitoring/api/"+path, ""); status != 200 || !strings.Contains(answer, want) {
			t.Errorf("%s: got %d %.200s, want %s", path, status, answer, want)
		}
	}
}
