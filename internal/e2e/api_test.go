package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// do makes a request of the API and returns the record of its answer.
func (p *pages) do(status int, method, path, body string) campaign.Record {
	p.rig.t.Helper()
	req, err := http.NewRequestWithContext(p.rig.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.rig.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.rig.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	var r campaign.Record
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil || resp.StatusCode != status {
		p.rig.t.Fatalf("%s %s: got %s, %v, want %d", method, path, resp.Status, err, status)
	}
	return r
}

// A backend in any language enqueues over HTTP, repeats what it is not sure of, waits
// for the sending, and an operator's decisions come by the same way.
func TestABackendOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	web := r.web()
	r.worker()
	const path = "/v1/accounts/default/campaigns/"
	body := func(confirm string) string {
		return fmt.Sprintf(`{"list_name":"list-%[1]s","text":"Hello. STOP au 30101","type":"sms_premium","purpose":"wholesale","sender":"Shop","confirm":%[1]q}`, confirm)
	}
	web.do(http.StatusCreated, http.MethodPut, path+"spring", body("auto"))
	web.do(http.StatusOK, http.MethodPut, path+"spring", body("auto"))
	if got := web.do(http.StatusOK, http.MethodGet, path+"spring?wait=30s&until=sent", ""); got.State != campaign.StateSent || !strings.HasPrefix(got.EnqueuedBy, "system:") {
		t.Errorf("got %s, enqueued by %q, want it sent", got.State, got.EnqueuedBy)
	}
	web.do(http.StatusCreated, http.MethodPut, path+"asked", body("manual"))
	waiting := web.do(http.StatusOK, http.MethodGet, path+"asked?wait=30s&until=awaiting_approval", "")
	if waiting.State != campaign.StateAwaitingApproval {
		t.Fatalf("got %s, want it to wait for a person", waiting.State)
	}
	shown := fmt.Sprintf(`{"cost":%q,"number_of_contacts":%d}`, strings.TrimSuffix(waiting.Cost.String(), " €"), waiting.Contacts)
	web.do(http.StatusOK, http.MethodPost, path+"asked/approve", shown)
	if got := web.do(http.StatusOK, http.MethodGet, path+"asked?wait=30s&until=sent", ""); got.State != campaign.StateSent {
		t.Errorf("approved: got %s, want it sent", got.State)
	}
	web.do(http.StatusConflict, http.MethodPost, path+"asked/cancel", "")
	r.onceEach()
}
