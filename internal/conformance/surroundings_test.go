package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/testenv"
)

// surroundings are a Redis, a simulator, a worker for one account, and octoq web with a
// token for two.
type surroundings struct {
	binary string
	common []string // the variables of octoq's processes
	env    []string // what the programs of the clients are given
}

func newSurroundings(t *testing.T) *surroundings {
	t.Helper()
	binary, err := proctest.Build(t.Context(), t.TempDir(), "octoq", proctest.Octoq)
	if err != nil {
		t.Fatal(err)
	}
	redis := redistest.Start(t, "--appendonly", "yes")
	s := &surroundings{binary: binary, common: append(testenv.Clean(), "OCTOQ_REDIS_URL="+redis.URL())}
	api := s.start(t, `API at (http://\S+/v1/public)`, nil, "simulate", "--listen", "127.0.0.1:0")
	s.start(t, `(worker works)`, []string{
		"OCTOQ_API_URL=" + api, "OCTOQ_API_LOGIN=sim@example.com", "OCTOQ_API_KEY=sim-key",
		"OCTOQ_RATE=25", "OCTOQ_BURST=5", "OCTOQ_MAX_IN_FLIGHT=5", "OCTOQ_POLL_FIRST=100ms", "OCTOQ_POLL_MAX=1s",
	}, "worker")
	token := s.token(t)
	address := "http://" + s.start(t, `pages at http://([^/\s]+)`, []string{"OCTOQ_WEB_AUTH=required"}, "web", "--web-listen", "127.0.0.1:0")
	webhooks, err := filepath.Abs(filepath.Join(folder, "webhooks.json"))
	if err != nil {
		t.Fatal(err)
	}
	s.env = []string{
		"OCTOQ_URL=" + address, "OCTOQ_TOKEN=" + token, "FAULTY_URL=" + faulty(t, address), "CURSOR=" + now(t, address, token), "WEBHOOKS=" + webhooks,
	}
	return s
}

// start starts a process of octoq, and waits for what its log says.
func (s *surroundings) start(t *testing.T, says string, env []string, args ...string) string {
	t.Helper()
	p, err := proctest.Start(filepath.Join(t.TempDir(), args[0]+".log"), append(s.common[:len(s.common):len(s.common)], env...), s.binary, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("octoq %s says:\n%s", args[0], p.Log())
		}
		p.Kill()
	})
	find := regexp.MustCompile(says)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(time.Minute); ; {
		if found := find.FindStringSubmatch(p.Log()); found != nil {
			return found[1]
		}
		select {
		case <-p.Done:
			t.Fatalf("octoq %s ended at once:\n%s", args[0], p.Log())
		case <-end:
			t.Fatalf("octoq %s does not start:\n%s", args[0], p.Log())
		case <-tick.C:
		}
	}
}

// token is a token for the two accounts.
func (s *surroundings) token(t *testing.T) string {
	t.Helper()
	out := execute(t, t.TempDir(), s.common, s.binary, "token", "add", "conformance", "--role", "operator@default+bulk", "--role", "approver@default+bulk")
	token := regexp.MustCompile(`octoq_live_\S+`).FindString(out)
	if token == "" {
		t.Fatalf("octoq token add: got %q, want a token", out)
	}
	return token
}

// now is the cursor of the events from now on.
func now(t *testing.T, address, token string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/v1/events?after=now", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var page struct{ Next string }
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil || page.Next == "" {
		t.Fatalf("the events from now on: got %s %+v, %v, want a cursor", resp.Status, page, err)
	}
	return page.Next
}

// faulty is a proxy before octoq web. Of the requests for one path whose campaign is
// named so, the first is answered 503, the second is carried out and not answered. The
// results of account torn end in the middle of a line, those of short behind one. No caller waits for a campaign that is named so for longer than a
// tenth of a second.
func faulty(t *testing.T, address string) string {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	var mu sync.Mutex
	tries := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		tries[r.URL.Path]++
		try := tries[r.URL.Path]
		mu.Unlock()
		switch {
		case strings.Contains(r.URL.Path, "/accounts/torn/"):
			w.Header().Set("Content-Type", "application/x-ndjson")
			_, _ = fmt.Fprint(w, `{"line":1,"id":"a","result":"created"}`+"\n"+`{"line":2,`)
		case strings.Contains(r.URL.Path, "/accounts/short/"):
			w.Header().Set("Content-Type", "application/x-ndjson")
			_, _ = fmt.Fprintln(w, `{"line":1,"id":"a","result":"created"}`)
		case strings.HasSuffix(r.URL.Path, "-retried") && try == 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case strings.HasSuffix(r.URL.Path, "-retried") && try == 2:
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case strings.HasSuffix(r.URL.Path, "-sent") && r.Method == http.MethodGet:
			r.URL.RawQuery = regexp.MustCompile(`wait=[0-9]+s`).ReplaceAllString(r.URL.RawQuery, "wait=100ms")
			proxy.ServeHTTP(w, r)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}
