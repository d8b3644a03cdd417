package simulator_test

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

const (
	onList = "/v1/public/sms-campaign-on-list"
	onTag  = "/v1/public/sms-campaign-on-tag"
	wallet = "/v1/public/wallet/check-balance"
	draft  = "/v1/public/sms-campaign/draft"
)

// clock is a time that only tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock {
	return &clock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 3600))}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// sim is a server on a port of its own, with a client.
type sim struct {
	*simulator.Server
	t          *testing.T
	url        string
	clock      *clock
	login, key string
}

func newSim(t *testing.T, cfg simulator.Config) *sim {
	t.Helper()
	c := newClock()
	cfg.Now = c.now
	server, err := simulator.New(cfg)
	if err != nil {
		t.Fatalf("New: got %v, want no error", err)
	}
	ts := httptest.NewUnstartedServer(server)
	ts.Config.ErrorLog = log.New(complaints{t}, "", 0)
	ts.Start()
	t.Cleanup(ts.Close)
	return &sim{server, t, ts.URL, c, simulator.DefaultLogin, simulator.DefaultKey}
}

// complaints fails a test for which net/http has something to log, such as a panic in a handler.
type complaints struct{ t *testing.T }

func (c complaints) Write(p []byte) (int, error) {
	c.t.Errorf("server: got %s, want it to have nothing to say", p)
	return len(p), nil
}

// reply is what came back; err is set when nothing usable did.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
	err    error
}

// code returns the code of the body, 0 without one.
func (r reply) code() int {
	n, _ := r.body["code"].(float64)
	return int(n)
}

func (r reply) ticket() string {
	s, _ := r.body["ticket_number"].(string)
	return s
}

func (s *sim) call(method, path, body string) reply {
	s.t.Helper()
	return s.callContext(s.t.Context(), method, path, body)
}

func (s *sim) callContext(ctx context.Context, method, path, body string) reply {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	if s.login != "" {
		req.Header.Set("api-login", s.login)
	}
	if s.key != "" {
		req.Header.Set("api-key", s.key)
	}
	return do(req)
}

// do uses a connection of its own, so that no test sees a retry by net/http.
func do(req *http.Request) reply {
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	r := reply{status: resp.StatusCode, header: resp.Header, raw: string(raw), err: err}
	_ = json.Unmarshal(raw, &r.body)
	return r
}

// as returns the same server used by another caller.
func (s *sim) as(login, key string) *sim {
	other := *s
	other.login, other.key = login, key
	return &other
}

func campaign(list, requestID string) string {
	return `{"list_name":"` + list + `","text":"Hello. STOP au 30101","type":"sms_premium","request_id":"` + requestID + `"}`
}

// create creates a campaign on a list and returns its ticket.
func (s *sim) create(list string) string {
	s.t.Helper()
	r := s.call("POST", onList+"/create", campaign(list, ""))
	if r.status != http.StatusCreated || r.ticket() == "" {
		s.t.Fatalf("create: got %d %s %v, want 201 and a ticket", r.status, r.raw, r.err)
	}
	return r.ticket()
}

func (s *sim) status(ticket string) reply {
	s.t.Helper()
	return s.call("GET", onList+"/status?ticket_number="+ticket, "")
}

func (s *sim) send(ticket string) reply {
	s.t.Helper()
	return s.call("POST", onList+"/send", `{"ticket_number":"`+ticket+`"}`)
}

func (s *sim) cancel(ticket string) reply {
	s.t.Helper()
	return s.call("DELETE", onList+"/cancel", `{"ticket_number":"`+ticket+`"}`)
}

func (s *sim) rule(r simulator.Rule) string {
	s.t.Helper()
	id, err := s.AddRule(r)
	if err != nil {
		s.t.Fatalf("AddRule: got %v, want no error", err)
	}
	return id
}

// want fails unless a reply has this status and this code.
func want(t *testing.T, what string, r reply, status, code int) {
	t.Helper()
	if r.err != nil || r.status != status || r.code() != code {
		t.Errorf("%s: got %d with code %d (%s, %v), want %d with code %d", what, r.status, r.code(), r.raw, r.err, status, code)
	}
}

// wantReply fails unless a reply is exactly this, byte by byte.
func wantReply(t *testing.T, what string, r reply, status int, raw string) {
	t.Helper()
	if r.err != nil || r.status != status || r.raw != raw {
		t.Errorf("%s: got %d %s (%v), want %d %s", what, r.status, r.raw, r.err, status, raw)
	}
}

// eventually asks again until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(5 * time.Second)
	for !so() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: got nothing in 5 s, want it to happen", what)
		}
	}
}

// last returns the journal's newest entry.
func (s *sim) last() simulator.Call {
	s.t.Helper()
	calls := s.Log()
	if len(calls) == 0 {
		s.t.Fatal("Log: got no call, want one")
	}
	return calls[len(calls)-1]
}
