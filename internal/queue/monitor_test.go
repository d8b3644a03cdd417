package queue_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

func monitor(t *testing.T, c redis.UniversalClient) http.Handler {
	t.Helper()
	m, err := queue.NewMonitor(c, "/monitoring/")
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
	m := monitor(t, c)
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
	m := monitor(t, redistest.Start(t).Client())
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
	m := monitor(t, redistest.Start(t).Client())
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
	m := monitor(t, redistest.Start(t).Client())
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
	put(t, c, time.Time{}, first("a"))
	if err := queue.NewLetters(c).Bury(t.Context(), letter("a", 1, 2)); err != nil {
		t.Fatal(err)
	}
	m := monitor(t, c)
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

// "Run" in asynqmon starts a replay at once.
func TestMonitorRunsALetter(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g := newGot()
	woken(t, c, campaign.StageDead, g.handle)
	for _, i := range []string{"a", "b"} {
		if err := queue.NewLetters(c).Bury(t.Context(), letter(i, 1, 2)); err != nil {
			t.Fatal(err)
		}
	}
	m := monitor(t, c)
	if status, answer := ask(m, "POST", "/monitoring/api/queues/default.dead/scheduled_tasks/a~1.2.0:run", ""); status != http.StatusNoContent {
		t.Fatalf("run: got %d %s", status, answer)
	}
	g.await(t, 1)
	if status, answer := ask(m, "POST", "/monitoring/api/queues/default.dead/scheduled_tasks:batch_run", `{"task_ids":["b~1.2.0"]}`); status != http.StatusOK {
		t.Fatalf("batch run: got %d %s", status, answer)
	}
	g.await(t, 2)
}

func TestMonitorPathIsChecked(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	if _, err := queue.NewMonitor(c, "monitoring"); err == nil {
		t.Error("a path without a slash: got no error")
	}
	m, err := queue.NewMonitor(c, "/")
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := ask(m, "DELETE", "/api/queues/default.create", ""); status != http.StatusForbidden {
		t.Errorf("below the root: got %d %s, want 403", status, answer)
	}
}
