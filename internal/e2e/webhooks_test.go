package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/simulator"
)

// webhookEvent is an event as a webhook's receiver reads it.
type webhookEvent struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Account  string `json:"account"`
	Campaign string `json:"campaign"`
}

// webhookReceiver is a troubled receiver: of the first requests each third is answered
// 500, the others behind a pause in which octoq web can be killed.
type webhookReceiver struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	secret []byte
	n      int
	taken  []webhookEvent // those that were answered 200, in order
	calm   bool
	raw    []webhookRequest
}

// webhookRequest is a request as it came, and the secret that it is judged by.
type webhookRequest struct {
	Secret  string            `json:"secret"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func newWebhookReceiver(t *testing.T) *webhookReceiver {
	t.Helper()
	r := &webhookReceiver{t: t}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *webhookReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var e webhookEvent
	if err != nil || json.Unmarshal(body, &e) != nil {
		return // octoq was killed while it wrote
	}
	r.mu.Lock()
	r.n++
	raw := webhookRequest{Headers: map[string]string{}, Body: string(body)}
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		raw.Headers[name] = req.Header.Get(name)
	}
	r.raw = append(r.raw, raw)
	n, calm, secret := r.n, r.calm, r.secret
	r.mu.Unlock()
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write([]byte(req.Header.Get("webhook-id") + "." + req.Header.Get("webhook-timestamp") + "." + string(body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); secret != nil && req.Header.Get("webhook-signature") != want || req.Header.Get("webhook-id") != e.ID {
		r.t.Errorf("got the signature %q of %s, want %q", req.Header.Get("webhook-signature"), body, want)
	}
	const third = 3
	if !calm && n%third == 0 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if !calm {
		pause := time.NewTimer(100 * time.Millisecond)
		defer pause.Stop()
		select {
		case <-req.Context().Done():
			return
		case <-pause.C:
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = append(r.taken, e)
}

func (r *webhookReceiver) set(change func()) { r.mu.Lock(); defer r.mu.Unlock(); change() }

func (r *webhookReceiver) events() []webhookEvent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]webhookEvent(nil), r.taken...)
}

// admin makes a request as the user of the settings.
func (p *pages) admin(status int, method, path, body string, into any) {
	p.rig.t.Helper()
	req, err := http.NewRequestWithContext(p.rig.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.rig.t.Fatal(err)
	}
	req.SetBasicAuth(webUser, webPassword)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.rig.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		p.rig.t.Fatalf("%s %s: got %s, %v, want %d: %s", method, path, resp.Status, err, status, b)
	}
	if into != nil && json.Unmarshal(b, into) != nil {
		p.rig.t.Fatalf("%s %s: got %s", method, path, b)
	}
}

// A receiver in trouble gets each event at least once, signed, and those of a campaign
// in their order, although octoq web is killed twice while it sends.
func TestWebhooksReachAReceiverThroughTrouble(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{}, "--appendonly", "yes", "--appendfsync", "always")
	r.quick()
	const key = "of-the-webhooks-and-nothing-else-0123456789"
	r.setenv("OCTOQ_WEB_USER="+webUser, "OCTOQ_WEB_PASSWORD="+webPassword, "OCTOQ_WEBHOOK_KEY="+key, "OCTOQ_WEBHOOK_ALLOW=127.0.0.0/8")
	to := newWebhookReceiver(t)
	first := r.start("web", "--web-listen", "127.0.0.1:0")
	web := &pages{rig: r, url: r.says(first, `pages at (http://[^/\s]+)`)}
	var hook struct{ ID, Secret string }
	web.admin(http.StatusCreated, http.MethodPost, "/v1/webhooks", `{"url":"`+to.URL+`"}`, &hook)
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hook.Secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	to.set(func() { to.secret = secret })

	const n = 30
	r.must(0, "enqueue", "--file", r.file("c.jsonl", campaigns("c", n, `,"confirm":"manual"`)))
	r.known()
	r.until(time.Minute, "some events have come", func() (bool, string) { return len(to.events()) >= n/3, fmt.Sprint(len(to.events())) })
	first.kill() // with requests under way
	second := r.start("web", "--web-listen", "127.0.0.1:0")
	web.url = r.says(second, `pages at (http://[^/\s]+)`)
	for i := range n {
		path := fmt.Sprintf("/v1/accounts/default/campaigns/c%d", i)
		web.admin(http.StatusOK, http.MethodGet, path+"?wait=60s&until=awaiting_approval", "", nil)
		web.admin(http.StatusOK, http.MethodPost, path+"/approve", `{"up_to":"1000"}`, nil)
	}
	before := len(to.events())
	r.until(time.Minute, "some of those events have come", func() (bool, string) { return len(to.events()) >= before+n/3, fmt.Sprint(len(to.events())) })
	second.kill()
	third := r.start("web", "--web-listen", "127.0.0.1:0")
	web.url = r.says(third, `pages at (http://[^/\s]+)`)
	to.set(func() { to.calm = true })
	r.until(2*time.Minute, "each campaign's two events have come", func() (bool, string) {
		got := map[string]bool{}
		for _, e := range to.events() {
			got[e.Campaign+" "+e.Type] = true
		}
		missing := 0
		for i := range n {
			for _, what := range []string{"campaign.awaiting_approval", "campaign.sent"} {
				if !got[fmt.Sprintf("c%d %s", i, what)] {
					missing++
				}
			}
		}
		return missing == 0, fmt.Sprintf("%d are missing of %v", missing, got)
	})
	sent, seen := map[string]bool{}, map[string]bool{}
	for _, e := range to.events() {
		if e.Type == "campaign.awaiting_approval" && sent[e.Campaign] && !seen[e.ID] {
			t.Errorf("%s: the sending came before the approval was asked for", e.Campaign)
		}
		sent[e.Campaign], seen[e.ID] = sent[e.Campaign] || e.Type == "campaign.sent", true
	}
	var page struct {
		Items []struct{ Event, Fault string }
	}
	r.until(30*time.Second, "nothing waits", func() (bool, string) {
		web.admin(http.StatusOK, http.MethodGet, "/v1/webhooks/"+hook.ID+"/deliveries?state=waiting", "", &page)
		return len(page.Items) == 0, fmt.Sprint(page)
	})
	if _, metrics := r.page(web.url+"/metrics", webUser, webPassword); !strings.Contains(metrics, `octoq_webhook_deliveries_total{result="delivered"`) {
		t.Error("the metrics do not count what was delivered")
	}
	if log := first.Log() + second.Log() + third.Log(); strings.Contains(log, key[:16]) || strings.Contains(log, hook.Secret[6:]) {
		t.Error("a log holds a key")
	}
}

// Standard Webhooks' own library, in another language, takes what octoq web signs, by
// each of two secrets after one was changed, and refuses what was tampered with.
func TestWebhooksByTheirOwnLibrary(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("OCTOQ_WEBHOOKS_DIR")
	if dir == "" {
		t.Skip("make webhooks runs it: it takes node and a library")
	}
	r := newRig(t, simulator.Config{})
	r.quick()
	r.setenv("OCTOQ_WEB_USER="+webUser, "OCTOQ_WEB_PASSWORD="+webPassword, "OCTOQ_WEBHOOK_KEY=of-the-webhooks-and-nothing-else-0123456789", "OCTOQ_WEBHOOK_ALLOW=127.0.0.0/8")
	to := newWebhookReceiver(t)
	to.calm = true
	web := r.web()
	var hook, rotated struct{ ID, Secret string }
	web.admin(http.StatusCreated, http.MethodPost, "/v1/webhooks", `{"url":"`+to.URL+`"}`, &hook)
	come := func(n int) {
		r.until(time.Minute, "events have come", func() (bool, string) { return len(to.events()) >= n, fmt.Sprint(to.events()) })
	}
	r.must(0, "enqueue", "--file", r.file("c.jsonl", campaigns("c", 3, "")))
	r.known()
	come(3)
	web.admin(http.StatusOK, http.MethodPatch, "/v1/webhooks/"+hook.ID, `{"rotate_secret":true}`, &rotated)
	web.admin(http.StatusOK, http.MethodPost, "/v1/webhooks/"+hook.ID+"/test", "", nil)
	come(4)

	var lines, want []string
	judged := func(q webhookRequest, secret, verdict string) {
		q.Secret = secret
		b, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		lines, want = append(lines, string(b)), append(want, verdict)
	}
	to.set(func() {
		for i, q := range to.raw {
			judged(q, hook.Secret, "ok")
			if i < 3 {
				judged(q, rotated.Secret, "No matching signature found")
			} else {
				judged(q, rotated.Secret, "ok")
			}
			tampered := q
			tampered.Body = strings.Replace(q.Body, "{", "{ ", 1)
			judged(tampered, hook.Secret, "No matching signature found")
		}
	})
	judge := exec.CommandContext(t.Context(), "node", "judge.js")
	judge.Dir, judge.Stdin = dir, strings.NewReader(strings.Join(lines, "\n")+"\n")
	out, err := judge.Output()
	if err != nil {
		t.Fatalf("run the judge: %v", err)
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(string(out)), "\n")); diff != "" {
		t.Errorf("the library's verdicts (-want +got):\n%s", diff)
	}
}
