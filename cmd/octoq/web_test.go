package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/web"
	"github.com/octoq/octoq/worker"
)

// Secrets that no page, log line or error may show.
const (
	hiddenKey   = "hidden-api-key"
	hiddenPage  = "hidden-web-password"
	hiddenRedis = "hidden-redis-password"
)

// patience is the deadline of what should happen at once.
const patience = 30 * time.Second

// heard is what a command wrote; it may be read while the command runs.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

// until waits until a condition holds; what says what did not.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("still not after %v: %s", patience, what)
		}
	}
}

// octoqNow runs a command to its end.
func octoqNow(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs heard
	code = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	if stops := doubleStop().FindString(errs.String()); stops != "" {
		t.Errorf("octoq %q: got %q, want one full stop at the end of a sentence", args, errs.String())
	}
	return code, out.String(), errs.String()
}

// doubleStop finds two full stops in a row, and no ellipsis or path.
func doubleStop() *regexp.Regexp { return regexp.MustCompile(`[^./]\.\.(\s|$)|\?\.(\s|$)`) }

// octoqUntilStopped runs a command until the end of the test, which stops it; it has
// to exit with 0 then.
func octoqUntilStopped(t *testing.T, args ...string) *heard {
	t.Helper()
	said := &heard{}
	inBackground(t, func(ctx context.Context) error {
		if code := run(ctx, args, strings.NewReader(""), io.Discard, said); code != exitOK {
			return fmt.Errorf("exit %d: %s", code, said)
		}
		return nil
	})
	return said
}

func inBackground(t *testing.T, do func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("got %v, want a clean end", err)
		}
	})
}

// configFile writes settings that only the test knows.
func configFile(t *testing.T, lines ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "octoq.yaml")
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatalf("write the config file: %v", err)
	}
	return name
}

// address waits for the address that a server says it listens on.
func address(t *testing.T, said *heard, pattern string) string {
	t.Helper()
	find := regexp.MustCompile(pattern)
	until(t, "it says where it listens", func() bool { return find.MatchString(said.String()) })
	return find.FindStringSubmatch(said.String())[1]
}

// get asks for a page and returns status, headers and body as one text too.
func get(t *testing.T, method, url string, change ...func(*http.Request)) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	for _, c := range change {
		c(r)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return resp.StatusCode, fmt.Sprint(resp.Header) + "\n" + string(body)
}

func signedIn(r *http.Request) { r.SetBasicAuth("octoq", hiddenPage) }

// stand is a Redis with a password, a simulated API and settings for both.
type stand struct {
	redis  *redistest.Server
	api    *simulator.Server
	config string
}

// newStand sets one up, with some lines of the settings instead of its own.
func newStand(t *testing.T, instead ...string) stand {
	t.Helper()
	server := redistest.Start(t, "--appendonly", "yes")
	if err := server.Client().ConfigSet(t.Context(), "requirepass", hiddenRedis).Err(); err != nil {
		t.Fatalf("set a password: %v", err)
	}
	api, err := simulator.New(simulator.Config{Accounts: []simulator.Account{{Login: "a@example.com", Key: hiddenKey, Balance: 1000}}})
	if err != nil {
		t.Fatalf("simulator: %v", err)
	}
	ts := httptest.NewServer(api)
	t.Cleanup(ts.Close)
	lines := []string{
		"redis_url: redis://:" + hiddenRedis + "@" + server.Addr + "/0",
		"api_url: " + ts.URL + "/v1/public", "api_login: a@example.com", "api_key: " + hiddenKey,
		"rate: 0", "poll_first: 10ms", "poll_max: 50ms", "backoff: 10ms", "probe: 50ms", "probe_max: 100ms",
		"web_listen: 127.0.0.1:0", "listen: 127.0.0.1:0", "web_user: octoq", "web_password: " + hiddenPage,
		"log_level: trace", "log_format: json",
	}
	for _, own := range instead {
		name, _, _ := strings.Cut(own, ":")
		lines = append(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, name+":") }), own)
	}
	return stand{redis: server, api: api, config: configFile(t, lines...)}
}

// settings are those of the stand, as a command loads them.
func (s stand) settings(t *testing.T) *koanf.Koanf {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.String("config", "", "")
	if err := flags.Set("config", s.config); err != nil {
		t.Fatalf("set the flag: %v", err)
	}
	k, err := load(flags)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return k
}

// work runs a worker that serves health and metrics.
func (s stand) work(t *testing.T) *heard {
	t.Helper()
	k := s.settings(t)
	accounts, err := accountsFrom(k)
	if err != nil {
		t.Fatalf("accounts: %v", err)
	}
	said := &heard{}
	log := zerolog.New(said)
	registry := web.NewRegistry("test")
	w, err := worker.New(worker.Config{RedisURL: k.String("redis_url"), Accounts: accounts, Logger: log, Registerer: registry})
	if err != nil {
		t.Fatalf("worker: %v", err)
	}
	inBackground(t, func(ctx context.Context) error {
		return withHealth(ctx, k, log, web.Config{Ready: w.Check, Metrics: registry}, w.Run)
	})
	return said
}

func (s stand) enqueue(t *testing.T, id, text string) {
	t.Helper()
	client, err := enqueue.New(enqueue.Config{RedisURL: s.settings(t).String("redis_url")})
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	defer func() { _ = client.Close() }()
	c := campaign.Campaign{
		ID: id, Account: campaign.DefaultAccount, ListName: "my_list", Text: text,
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, Sender: "Company X",
	}
	if _, err := client.Enqueue(t.Context(), c); err != nil {
		t.Fatalf("Enqueue: %v", err)
	}
}

func TestPagesTellWhatHappensAndNoSecret(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	pages := octoqUntilStopped(t, "web", "--config", s.config)
	work := s.work(t)
	webURL := "http://" + address(t, pages, `pages at http://([^/\s]+)/`)
	workURL := "http://" + address(t, work, `"address":"([^"]+)","message":"health and metrics are served"`)
	var seen strings.Builder
	look := func(url string, change ...func(*http.Request)) string {
		_, text := get(t, "GET", url, change...)
		seen.WriteString(text)
		return text
	}
	until(t, "the worker is ready", func() bool { return strings.Contains(look(workURL+"/readyz"), "\nready") })

	s.enqueue(t, "good", "This is a Premium SMS with STOP. STOP au 30101")
	s.enqueue(t, "bad", "This one does not say how to leave.")
	until(t, "one campaign is sent and one is dead", func() bool {
		got := look(webURL+"/metrics", signedIn)
		return strings.Contains(got, `octoq_campaigns{account="default",state="sent"} 1`) &&
			strings.Contains(got, `octoq_campaigns{account="default",state="dead"} 1`) &&
			strings.Contains(got, `octoq_queue_tasks{account="default",kind="scheduled",stage="dead"} 1`)
	})
	counted := look(workURL+"/metrics", signedIn)
	for _, want := range []string{
		`octoq_calls_total{account="default",call="confirm",class="ok"} 1`,
		`octoq_calls_total{account="default",call="create",class="rejected"} 1`,
		`octoq_call_duration_seconds_count{account="default",call="create"} 2`,
		`octoq_gate_wait_seconds_count{account="default",call="create"} 2`,
		`octoq_dead_total{account="default",class="rejected"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(counted, "\n"+want) {
			t.Errorf("the worker's metrics lack %s", want)
		}
	}

	if err := s.api.SetCredentials(simulator.Credentials{Login: "a@example.com", Key: hiddenKey, Disabled: true}); err != nil {
		t.Fatalf("turn the credentials bad: %v", err)
	}
	s.enqueue(t, "late", "This is a Premium SMS with STOP. STOP au 30101")
	until(t, "the hold shows in the metrics", func() bool {
		got := look(webURL+"/metrics", signedIn)
		return strings.Contains(got, `octoq_hold{account="default",code="`) && strings.Contains(got, `octoq_queue_paused{account="default",stage="create"} 1`)
	})

	for _, path := range []string{
		"/", "/healthz", "/readyz", "/unknown", "/monitoring", "/monitoring/api/queues", "/monitoring/api/redis_info",
		"/monitoring/api/servers", "/monitoring/api/queues/default.dead/scheduled_tasks", "/monitoring/api/queues/default.create/scheduled_tasks",
		"/monitoring/api/queues/default.create/pending_tasks",
	} {
		look(webURL + path)
		look(webURL+path, signedIn)
		look(workURL + path)
		look(workURL+path, signedIn)
	}
	if status, text := get(t, "POST", webURL+"/monitoring/api/queues/default.create/pending_tasks:archive_all", signedIn); status != 403 {
		t.Errorf("archive_all: got %d %s, want 403", status, text)
	}
	if !strings.Contains(seen.String(), "does not say how to leave") {
		t.Error("the pages do not show the dead letter's payload")
	}
	for _, secret := range []string{hiddenKey, hiddenPage, hiddenRedis} {
		for what, text := range map[string]string{"a page": seen.String(), "log of web": pages.String(), "log of the worker": work.String()} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s shows %s: …%s…", what, secret, text[max(0, at-60):at+len(secret)])
			}
		}
	}
}

func TestHealthFollowsRedisAndWorker(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	said := s.work(t)
	url := "http://" + address(t, said, `"address":"([^"]+)","message":"health and metrics are served"`)
	is := func(path string, want int) func() bool {
		return func() bool { status, _ := get(t, "GET", url+path); return status == want }
	}
	until(t, "ready", is("/readyz", 200))
	s.redis.Kill()
	until(t, "not ready while Redis is away", is("/readyz", 503))
	if !is("/healthz", 200)() {
		t.Error("not alive while Redis is away")
	}
	s.redis.Restart()
	// Redis's password was set in passing and is gone with its memory: a client
	// that gives one all the same is let in.
	until(t, "ready again", is("/readyz", 200))
	if status, _ := get(t, "GET", url+"/monitoring", signedIn); status != 404 {
		t.Errorf("a worker's /monitoring: got %d, want 404", status)
	}
}

func TestHealthOutlivesTheWork(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	said := &heard{}
	stopping, leave := make(chan struct{}), make(chan struct{})
	work := func(ctx context.Context) error {
		<-ctx.Done()
		close(stopping)
		<-leave
		return errors.New("the work's own error")
	}
	busy := func(context.Context) error { return errors.New("busy with its end") }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	k := s.settings(t)
	go func() {
		ended <- withHealth(ctx, k, zerolog.New(said), web.Config{Ready: busy}, work)
	}()
	url := "http://" + address(t, said, `"address":"([^"]+)"`)
	cancel()
	<-stopping
	if status, _ := get(t, "GET", url+"/healthz"); status != 200 {
		t.Errorf("alive while it stops: got %d, want 200", status)
	}
	if status, text := get(t, "GET", url+"/readyz"); status != 503 || !strings.Contains(text, "not ready: busy with its end") {
		t.Errorf("ready while it stops: got %d %s, want 503", status, text)
	}
	close(leave)
	if err := <-ended; err == nil || err.Error() != "the work's own error" {
		t.Errorf("got %v, want the work's own error", err)
	}
}

func TestOpenAddressesAreRefused(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name, c := range map[string]struct {
		lines []string
		says  string
	}{
		"every network":    {[]string{"web_listen: 0.0.0.0:0"}, "OCTOQ_WEB_PASSWORD"},
		"no host":          {[]string{`web_listen: ":0"`}, "OCTOQ_WEB_PASSWORD"},
		"user alone":       {[]string{"web_listen: 127.0.0.1:0", "web_user: octoq"}, "OCTOQ_WEB_PASSWORD"},
		"password alone":   {[]string{"web_listen: 127.0.0.1:0", "web_password: " + hiddenPage}, "OCTOQ_WEB_USER"},
		"a short key":      {[]string{"web_listen: 127.0.0.1:0", "webhook_key: hidden-and-short"}, "OCTOQ_WEBHOOK_KEY): the key of webhooks has 32 bytes at least"},
		"no CIDR":          {[]string{"web_listen: 127.0.0.1:0", "webhook_allow: 10.1.2.3"}, "OCTOQ_WEBHOOK_ALLOW): \"10.1.2.3\" is no CIDR"},
		"bad address":      {[]string{"web_listen: nonsense"}, "host:port"},
		"bad port":         {[]string{"web_listen: 127.0.0.1:99999"}, "host:port"},
		"bad Redis":        {[]string{"redis_url: nonsense://:" + hiddenRedis + "@x"}, "redis_url"},
		"address in use":   {[]string{"web_listen: " + server.Addr}, "address already in use"},
		"Redis is away":    {[]string{"redis_url: redis://:" + hiddenRedis + "@127.0.0.1:1"}, "Redis is out of reach"},
		"unreadable Redis": {[]string{"redis_url: \"redis://:" + hiddenRedis + "@[::1\""}, "redis_url"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := map[string]int{"address in use": exitFailed, "Redis is away": exitRedis}[name]
			if want == 0 {
				want = exitUsage
			}
			lines := c.lines
			if !strings.Contains(strings.Join(lines, ""), "redis_url") {
				lines = append(lines, "redis_url: "+server.URL())
			}
			code, _, said := octoqNow(t, "web", "--config", configFile(t, lines...))
			if code != want || !strings.Contains(said, c.says) || strings.Count(said, "\n") != 1 {
				t.Errorf("got exit %d and %q, want %d and one line that says %q", code, said, want, c.says)
			}
			if strings.Contains(said, "hidden") {
				t.Errorf("got %q, want no password in it", said)
			}
		})
	}
}
