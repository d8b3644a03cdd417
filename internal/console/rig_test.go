package console_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/enqueuetest"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/action"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/console"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/resultstore"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

func TestMain(m *testing.M) {
	// It looks for a server that was killed, and ends within a second of its client.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// rig is a console over a Redis of its own.
type rig struct {
	t       testing.TB
	rdb     *redis.Client
	client  *enqueue.Client
	actions *action.Actions
	pages   http.Handler
	caller  access.Caller // the viewer
	kit     *enqueuetest.Kit
}

func newRig(tb testing.TB) *rig {
	tb.Helper()
	server := redistest.Start(tb, "--appendonly", "yes", "--appendfsync", "always")
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
	tb.Cleanup(func() { _ = rdb.Close() })
	client, err := enqueue.New(enqueue.Config{Client: rdb, Warn: func(string) {}})
	if err != nil {
		tb.Fatal(err)
	}
	r := &rig{t: tb, rdb: rdb, client: client, caller: callerWith(access.Admin), kit: enqueuetest.New(tb, enqueuetest.WithRedis(rdb))}
	operator := func(who string) (*admin.Service, error) { return admin.New(rdb, who, 0) }
	if r.actions, err = action.New(action.Config{Redis: rdb, Client: client, Operator: operator}); err != nil {
		tb.Fatal(err)
	}
	endpoints, err := api.New(api.Config{
		Client: client, Operator: operator, Actions: r.actions, Events: hub.NewReader(rdb), Reports: resultstore.New(rdb, resultstore.Options{}), SpoolMax: 1 << 20,
		Caller: func(context.Context) access.Caller { return r.caller }, OnError: func(err error) { tb.Logf("the API's log: %v", err) },
		Webhooks: webhooks(tb, rdb),
		People: &api.People{
			Store:     accessstore.New(rdb, "user:anna", durability.Target{Disk: true, Within: 10 * time.Second}),
			Passwords: access.NewPasswords(), Changed: func() {},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	r.pages, err = console.New(console.Config{
		API: endpoints, Caller: func(context.Context) access.Caller { return r.caller }, SignsOut: func(*http.Request) bool { return true },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// webhooks are those of a console that may send to this machine.
func webhooks(tb testing.TB, rdb *redis.Client) *api.Webhooks {
	tb.Helper()
	guard, err := webhook.NewAddressGuard("127.0.0.0/8")
	if err != nil {
		tb.Fatal(err)
	}
	k, err := webhook.NewKey("0123456789abcdef0123456789abcdef")
	if err != nil {
		tb.Fatal(err)
	}
	client := webhook.NewClient(guard, webhook.ClientOptions{})
	tb.Cleanup(client.Close)
	return &api.Webhooks{Store: webhookstore.New(rdb, time.Hour), Client: client, Guard: guard, Key: k}
}

// callerWith is a user with one role, in all accounts or in some.
func callerWith(role access.Role, accounts ...string) access.Caller {
	return access.Caller{Name: "user:anna", Kind: access.OfUser, Grants: []access.Grant{{Role: role, Accounts: accounts}}, Forces: access.Live}
}

// enqueue enqueues a campaign of an id and a text, and takes it to a state.
func (r *rig) enqueue(id, text string, state campaign.State, change func(*campaign.Record)) {
	r.t.Helper()
	c := campaign.Campaign{ID: id, ListName: "customers", Text: text, Type: campaign.TypePremium, Purpose: campaign.PurposeAlert}
	if _, err := r.client.Enqueue(r.t.Context(), c); err != nil {
		r.t.Fatal(err)
	}
	if state != campaign.StateQueued {
		r.kit.Advance(id, state, change)
	}
}

// priced is a record with a price.
func priced(r *campaign.Record) { r.Cost, r.Contacts, r.PricedAt = 19_7500, 20, time.Now() }

// shown is a page as it came back.
type shown struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	text   string
}

// ask makes a request; a form goes along with a POST.
func (r *rig) ask(method, path string, form url.Values) shown {
	r.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req := httptest.NewRequestWithContext(r.t.Context(), method, path, body)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r.send(req)
}

func (r *rig) send(req *http.Request) shown {
	w := httptest.NewRecorder()
	r.pages.ServeHTTP(w, req)
	return shown{r.t, req.Method + " " + req.URL.Path, w.Code, w.Header(), w.Body.String()}
}

func (r *rig) get(path string) shown {
	r.t.Helper()
	s := r.ask(http.MethodGet, path, nil)
	s.want(http.StatusOK)
	return s
}

// want fails unless the page has a status, and all of some texts as a person reads them.
func (s shown) want(status int, texts ...string) {
	s.t.Helper()
	if s.status != status {
		s.t.Fatalf("%s: got %d, want %d: %s", s.what, s.status, status, s.main())
	}
	read := html.UnescapeString(s.text)
	for _, text := range texts {
		if !strings.Contains(read, text) {
			s.t.Errorf("%s: %q is missing: %s", s.what, text, s.main())
		}
	}
}

// main is the page without what stands around it.
func (s shown) main() string {
	_, rest, _ := strings.Cut(s.text, "<main")
	return rest
}

// lacks fails if the page has a text.
func (s shown) lacks(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.main(), text) {
			s.t.Errorf("%s: %q is in it: %s", s.what, text, s.main())
		}
	}
}

// form is the hidden fields of the page's form with an action.
func (s shown) form(action string) url.Values {
	s.t.Helper()
	_, rest, found := strings.Cut(s.text, `action="`+action+`"`)
	if !found {
		s.t.Fatalf("%s: there is no form for %s: %s", s.what, action, s.text)
	}
	rest, _, _ = strings.Cut(rest, "</form>")
	values := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(rest, -1) {
		values.Set(m[1], html.UnescapeString(m[2]))
	}
	return values
}

// press sends a form of a page, with what else it says, and follows where that leads.
func (r *rig) press(page shown, action string, more ...string) shown {
	r.t.Helper()
	form := page.form(action)
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	s := r.ask(http.MethodPost, action, form)
	if s.status == http.StatusSeeOther {
		return r.get(s.header.Get("Location"))
	}
	return s
}

// state is how a campaign stands.
func (r *rig) state(id string) campaign.Record {
	r.t.Helper()
	c, err := r.client.Get(r.t.Context(), campaign.DefaultAccount, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}
