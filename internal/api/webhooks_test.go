package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// webhookKey is what the secrets of tests are derived from.
const webhookKey = "a key of at least thirty-two bytes"

// webhooks are what the API of a rig keeps webhooks with; receivers on this machine may be reached.
func webhooks(t *testing.T, rdb redis.UniversalClient) *api.Webhooks {
	t.Helper()
	guard, err := webhook.NewAddressGuard("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	k, err := webhook.NewKey(webhookKey)
	if err != nil {
		t.Fatal(err)
	}
	client := webhook.NewClient(guard, webhook.ClientOptions{})
	t.Cleanup(client.Close)
	return &api.Webhooks{Store: webhookstore.New(rdb, time.Hour), Client: client, Guard: guard, Key: k}
}

// hookBody is a webhook in an answer.
type hookBody struct {
	ID       string   `json:"id"`
	URL      string   `json:"url"`
	Types    []string `json:"types"`
	Accounts []string `json:"accounts"`
	Enabled  bool     `json:"enabled"`
	Secret   string   `json:"secret"`
}

func (r *rig) hookOf(a answer) hookBody {
	r.t.Helper()
	var h hookBody
	if err := json.Unmarshal([]byte(a.text), &h); err != nil {
		r.t.Fatal(err)
	}
	return h
}

// A webhook is added, found, changed and removed; its secret is shown once, each change
// is on record, and no answer, audit line or key of Redis holds the secret again.
func TestWebhooksByHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	added := r.ask(http.MethodPost, "/v1/webhooks", `{"url":"https://example.com/hook?token=of-the-path","types":["campaign.sent","campaign.dead","campaign.sent"],"accounts":["shop"]}`)
	r.want("add", added, http.StatusCreated)
	h := r.hookOf(added)
	if !strings.HasPrefix(h.ID, "wh_") || !strings.HasPrefix(h.Secret, "whsec_") || !h.Enabled || strings.Join(h.Types, " ") != "campaign.dead campaign.sent" || strings.Join(h.Accounts, " ") != "shop" {
		t.Errorf("add: got %s", added.text)
	}
	path := "/v1/webhooks/" + h.ID
	changed := r.ask(http.MethodPatch, path, `{"types":[],"enabled":false,"rotate_secret":true}`)
	r.want("change", changed, http.StatusOK)
	other := r.hookOf(changed)
	if other.Secret == h.Secret || !strings.HasPrefix(other.Secret, "whsec_") || other.Enabled || other.Types == nil || len(other.Types) != 0 || other.URL != h.URL {
		t.Errorf("change: got %s, want all types, another secret and the rest as it was", changed.text)
	}
	plain := r.ask(http.MethodPatch, path, `{"enabled":true}`)
	r.want("enable", plain, http.StatusOK)
	r.want("nothing", r.ask(http.MethodPatch, path, `{}`), http.StatusUnprocessableEntity)
	found, list := r.ask(http.MethodGet, path, ""), r.ask(http.MethodGet, "/v1/webhooks", "")
	r.want("find", found, http.StatusOK)
	if !strings.Contains(found.text, `"waiting":0`) {
		t.Errorf("find: got %s, want that nothing waits", found.text)
	}
	if len(list.body.Items) != 1 || list.body.Items[0].ID != h.ID {
		t.Errorf("list: got %s", list.text)
	}
	r.want("remove", r.ask(http.MethodDelete, path, ""), http.StatusOK)
	for _, gone := range []answer{r.ask(http.MethodDelete, path, ""), r.ask(http.MethodGet, path, ""), r.ask(http.MethodPatch, path, `{"enabled":true}`), r.ask(http.MethodPost, path+"/test", ""), r.ask(http.MethodGet, path+"/deliveries", "")} {
		r.want("gone", gone, http.StatusNotFound)
	}
	audit := r.ask(http.MethodGet, "/v1/audit", "")
	for _, want := range []string{`"webhook.add","subject":"webhook:` + h.ID + `","detail":"https://example.com"`, `"detail":"types, disabled, secret"`, `"webhook.remove"`} {
		if !strings.Contains(audit.text, want) {
			t.Errorf("audit: got %s, want %s in it", audit.text, want)
		}
	}
	kept := strings.Join(r.rdb.HVals(t.Context(), "octoq-hub:{hub}:webhooks").Val(), "")
	for _, secret := range []string{h.Secret[6:], other.Secret[6:], webhookKey, "of-the-path"} {
		if strings.Contains(plain.text+audit.text+kept, secret) && secret != "of-the-path" || strings.Contains(audit.text, secret) {
			t.Errorf("%s is in %s or %s or %s", secret, plain.text, audit.text, kept)
		}
	}
}

func TestWhatIsNoWebhook(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.ask(http.MethodPost, "/v1/webhooks", `{"url":"https://10.1.2.3/","types":["campaign.lost"],"accounts":["a","No"]}`)
	r.want("faults", a, http.StatusUnprocessableEntity)
	if got := strings.Join(a.fields(), " "); got != "accounts.1 types.0 url" {
		t.Errorf("got faults of %q in %s", got, a.text)
	}
	for _, body := range []string{`{}`, `{"url":""}`, `{"url":"ftp://example.com"}`, `{"url":"https://example.com","secret":"mine"}`, `{"url":"http://example.org/"`} {
		if a := r.ask(http.MethodPost, "/v1/webhooks", body); a.status != http.StatusUnprocessableEntity && a.status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s", body, a.status, a.text)
		}
	}
	r.want("a cursor", r.ask(http.MethodGet, "/v1/webhooks/wh_a/deliveries?cursor=%21", ""), http.StatusNotFound)
	h := r.hookOf(r.ask(http.MethodPost, "/v1/webhooks", `{"url":"https://example.com"}`))
	for _, query := range []string{"?cursor=%21", "?state=lost", "?limit=0"} {
		r.want(query, r.ask(http.MethodGet, "/v1/webhooks/"+h.ID+"/deliveries"+query, ""), http.StatusUnprocessableEntity)
	}
	r.want("no delivery", r.ask(http.MethodPost, "/v1/webhooks/"+h.ID+"/deliveries/evt_1/redeliver", ""), http.StatusNotFound)
}

// Without a key there is nothing to sign with, and the answer names the setting.
func TestWebhooksNeedAKey(t *testing.T) {
	t.Parallel()
	r := newRigOf(t, func(cfg *api.Config) { cfg.Webhooks.Key = webhook.Key{} })
	a := r.ask(http.MethodPost, "/v1/webhooks", `{"url":"https://example.com/"}`)
	r.want("add", a, http.StatusServiceUnavailable)
	if a.body.Code != "webhook_key" || !strings.Contains(a.body.Detail, "OCTOQ_WEBHOOK_KEY") {
		t.Errorf("got %s, want the code webhook_key, and the setting", a.text)
	}
	r.want("list", r.ask(http.MethodGet, "/v1/webhooks", ""), http.StatusOK)
}

// A test sends one signed event now, and shows what came back, without the secret.
func TestAWebhookIsTried(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var header http.Header
	var body []byte
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header = req.Header
		body, _ = io.ReadAll(req.Body)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short\x1b[31m"+strings.Repeat("and stout ", 1000))
	}))
	defer receiver.Close()
	h := r.hookOf(r.ask(http.MethodPost, "/v1/webhooks", `{"url":"`+receiver.URL+`"}`))
	a := r.ask(http.MethodPost, "/v1/webhooks/"+h.ID+"/test", "")
	r.want("test", a, http.StatusOK)
	var got struct {
		OK      bool
		Event   string
		Status  int
		Fault   string
		Excerpt string
	}
	if err := json.Unmarshal([]byte(a.text), &got); err != nil {
		t.Fatal(err)
	}
	if got.OK || got.Status != http.StatusTeapot || got.Fault != "it answers 418" || len(got.Excerpt) > 600 || !strings.HasPrefix(got.Excerpt, "short") || strings.Contains(a.text, "u001b") || strings.Contains(a.text, h.Secret[6:]) {
		t.Errorf("got %s", a.text)
	}
	var e event.Event
	if err := json.Unmarshal(body, &e); err != nil || e.Type != "webhook.test" || e.ID != got.Event || header.Get("Webhook-Id") != e.ID || header.Get("Webhook-Signature") == "" {
		t.Errorf("sent %s with %v", body, header)
	}
	receiver.Close()
	if a = r.ask(http.MethodPost, "/v1/webhooks/"+h.ID+"/test", ""); !strings.Contains(a.text, `"ok":false`) || !strings.Contains(a.text, "cannot be connected to") || strings.Contains(a.text, "127.0.0.1") {
		t.Errorf("of a receiver that is down: got %s", a.text)
	}
}

// In open mode, and by an admin of some accounts, webhooks are not changed.
func TestWebhooksAreForAdminsOfAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.caller = access.Open("system:root@host")
	r.want("open, list", r.ask(http.MethodGet, "/v1/webhooks", ""), http.StatusOK)
	r.want("open, add", r.ask(http.MethodPost, "/v1/webhooks", `{"url":"https://example.com/"}`), http.StatusForbidden)
	r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{{Role: access.Admin, Accounts: []string{"shop"}}}}
	r.want("limited, list", r.ask(http.MethodGet, "/v1/webhooks", ""), http.StatusForbidden)
}

// That a webhook was switched off concerns no account: callers that see all of them are shown it.
func TestWhoSeesThatAWebhookIsOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e, err := json.Marshal(event.OfWebhook("wh_1", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: "octoq-hub:{hub}:events", Values: []any{"event", string(e)}}).Err(); err != nil {
		t.Fatal(err)
	}
	for want, grant := range map[int]access.Grant{1: {Role: access.Viewer}, 0: {Role: access.Viewer, Accounts: []string{"shop"}}} {
		r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{grant}}
		if page := r.events("?type=webhook.disabled"); len(page.Items) != want {
			t.Errorf("%s: got %+v, want %d", grant, page.Items, want)
		}
	}
}
