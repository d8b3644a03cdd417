package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/web"
)

// office is a site that asks Redis for users and tokens.
type office struct {
	*site
	redis *redistest.Server
	store *accessstore.Store
	cache *accessstore.DirectoryCache
}

func newOffice(t *testing.T, change ...func(*web.Config)) *office {
	t.Helper()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	store := accessstore.New(server.Client(), "user:root", durability.Target{Disk: true, Within: soon})
	o := &office{redis: server, store: store, cache: accessstore.NewDirectoryCache(store)}
	name := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, web.Caller(r.Context()).Name) })
	cfg := web.Config{Ready: always, Metrics: web.NewRegistry("test"), Access: o.cache, API: name, Monitor: name}
	for _, c := range change {
		c(&cfg)
	}
	if cfg.SignIn != nil {
		cfg.SignIn.Sessions, cfg.SignIn.Note = accessstore.NewSessions(server.Client()), store.Note
	}
	o.site = serve(t, cfg)
	return o
}

// token adds a token with some roles.
func (o *office) token(name string, roles ...string) (text string) {
	o.t.Helper()
	t := access.Token{Name: name, Kind: access.Live, Grants: grants(o.t, roles...)}
	t.ID, text, t.Sum = access.NewToken(access.Live)
	if _, err := o.store.AddToken(o.t.Context(), t); err != nil {
		o.t.Fatal(err)
	}
	o.cache.Forget()
	return text
}

func grants(t *testing.T, texts ...string) []access.Grant {
	t.Helper()
	var all []access.Grant
	for _, text := range texts {
		g, err := access.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// code is what a problem says to programs.
func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal([]byte(a.body), &p)
	return p.Code
}

func (o *office) want(what string, a answer, status int, body string) {
	o.t.Helper()
	if a.status != status || !strings.Contains(a.body, body) {
		o.t.Errorf("%s: got %d %s, want %d with %q", what, a.status, a.body, status, body)
	}
}

// A token gets in from any address, until it is removed.
func TestTokensGetIn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	token := o.token("shop-1", "producer@a")
	o.want("the token", o.do("GET", "/v1/me", bearer(token), host("octoq.example"), header("X-Forwarded-For", "192.0.2.1")), 200, "token:shop-1")
	o.want("across sites", o.do("PUT", "/v1/x", bearer(token), header("Sec-Fetch-Site", "cross-site")), 200, "token:shop-1")
	_, other, _ := access.NewToken(access.Live)
	for name, wrong := range map[string]string{"another": other, "mistyped": token[:len(token)-1], "none": "", "a password": password} {
		a := o.do("GET", "/v1/me", bearer(wrong))
		o.want(name, a, 401, `"status":401`)
		if strings.Contains(a.body, "shop") || a.header.Get("Content-Type") != "application/problem+json" || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: got %v %s, want a problem and how to sign in", name, a.header, a.body)
		}
	}
	o.want("without a token", o.do("GET", "/v1/me"), 401, "takes a user or a token")
	if err := o.store.RemoveToken(t.Context(), "shop-1"); err != nil {
		t.Fatal(err)
	}
	o.token("shop-2", "viewer")
	eventually(t, "a removed token is refused", func() bool { return o.do("GET", "/v1/me", bearer(token)).status == 401 })
}

// Metrics and asynq's page are of all accounts; a caller who changes a queue is an operator of its
// account.
func TestPagesGoByRoles(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	viewer, own, operator := o.token("viewer", "viewer"), o.token("own", "operator@a"), o.token("operator", "viewer", "operator@a")
	for name, tt := range map[string]struct {
		token, method, path string
		status              int
	}{
		"a viewer's metrics":          {viewer, "GET", "/metrics", 200},
		"metrics for one account":     {own, "GET", "/metrics", 403},
		"a viewer's page":             {viewer, "GET", "/monitoring", 200},
		"the page for one account":    {own, "GET", "/monitoring/api/queues", 403},
		"a viewer pauses":             {viewer, "POST", "/monitoring/api/queues/a.create:pause", 403},
		"an operator pauses":          {operator, "POST", "/monitoring/api/queues/a.create:pause", 200},
		"another account's":           {operator, "POST", "/monitoring/api/queues/b.create:pause", 403},
		"an operator runs":            {operator, "POST", "/monitoring/api/queues/a.dead/scheduled_tasks/x:run", 200},
		"another account's letter":    {operator, "POST", "/monitoring/api/queues/b.dead/scheduled_tasks/x:run", 403},
		"what is of no account":       {operator, "POST", "/monitoring/api/x", 403},
		"the first page is for both":  {own, "GET", "/", 200},
		"a path that is not its own":  {operator, "DELETE", "/monitoring/api/queues/b.dead", 403},
		"a path with an encoded name": {operator, "POST", "/monitoring/api/queues/%62.dead/scheduled_tasks/x:run", 403},
	} {
		o.want(name, o.do(tt.method, tt.path, bearer(tt.token)), tt.status, "")
	}
}

// Open mode is for this machine, and over for good once there was anybody.
func TestOpenModeEndsForGood(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.want("from here", o.do("GET", "/v1/me"), 200, "system:")
	o.want("another name", o.do("GET", "/v1/me", host("octoq.example")), 421, "octoq user add")
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"} {
		o.want("behind a proxy", o.do("GET", "/v1/me", header(name, "192.0.2.1")), 421, "")
	}
	token := o.token("shop-1", "viewer")
	o.want("with a token there", o.do("GET", "/v1/me"), 401, "")
	if err := o.redis.Client().FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	o.cache.Forget()
	for name, change := range map[string]func(*http.Request){"without a token": func(*http.Request) {}, "the token": bearer(token), "a name": host("octoq.example")} {
		if a := o.do("GET", "/v1/me", change); a.status != 503 || a.code() != "auth_lost" {
			t.Errorf("%s, Redis emptied: got %d %s, want 503 auth_lost", name, a.status, a.body)
		}
	}
	o.want("a page, Redis emptied", o.do("GET", "/monitoring"), 503, "octoq user add")
	next := o.token("shop-2", "viewer")
	o.want("with a new token", o.do("GET", "/v1/me", bearer(next)), 200, "token:shop-2")
	o.want("without a token", o.do("GET", "/v1/me"), 401, "")
}

// While Redis is away no token is called wrong, and no caller gets in.
func TestARedisThatIsAwayIsNoRefusal(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{true, false} {
		o := newOffice(t)
		token := ""
		if !open {
			token = o.token("shop-1", "viewer")
		}
		o.do("GET", "/v1/me", bearer(token))
		o.redis.Kill()
		o.cache.Forget()
		for name, change := range map[string]func(*http.Request){"without a token": func(*http.Request) {}, "a token": bearer(token)} {
			if a := o.do("GET", "/v1/me", change); a.status != 503 || a.code() != "redis" || a.header.Get("Retry-After") == "" {
				t.Errorf("%s (open: %v): got %d %s, want 503 redis", name, open, a.status, a.body)
			}
		}
		o.want("alive", o.do("GET", "/healthz"), 200, "")
		o.redis.Restart()
		if !open {
			eventually(t, "the token gets in again", func() bool { return o.do("GET", "/v1/me", bearer(token)).status == 200 })
		}
	}
}

func TestRequiredIsNeverOpen(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *web.Config) { c.Required = true })
	o.want("from here", o.do("GET", "/v1/me"), 401, "")
	o.want("a token", o.do("GET", "/v1/me", bearer(o.token("shop-1", "viewer"))), 200, "token:shop-1")
}

// The user of the settings stays an admin, also while Redis knows no user, and is away.
func TestTheUserOfTheSettings(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *web.Config) { c.Login = login(t) })
	o.want("it", o.do("GET", "/v1/me", as(user, password), host("octoq.example")), 200, "user:"+user)
	o.want("a wrong password", o.do("GET", "/v1/me", as(user, "wrong")), 401, "Wrong user or password")
	o.want("without a password", o.do("GET", "/v1/me"), 401, "")
	o.want("a token beside", o.do("GET", "/v1/me", bearer(o.token("shop-1", "viewer"))), 200, "token:shop-1")
	o.redis.Kill()
	o.cache.Forget()
	o.want("Redis is away", o.do("GET", "/metrics", as(user, password)), 200, "")
}

// A running process knows a new token within five seconds.
func TestANewTokenIsKnownSoon(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.token("first", "viewer")
	o.do("GET", "/v1/me")
	elsewhere := access.Token{Name: "second", Kind: access.Live, Grants: grants(t, "viewer")}
	var text string
	elsewhere.ID, text, elsewhere.Sum = access.NewToken(access.Live)
	if _, err := o.store.AddToken(t.Context(), elsewhere); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	eventually(t, "it is known", func() bool { return o.do("GET", "/v1/me", bearer(text)).status == 200 })
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("it took %v, want 5 s", took)
	}
}
