package web_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/web"
)

// newDesk is an office where people can sign in, and what it logs.
func newDesk(t *testing.T, change ...func(*web.Config)) (*office, *strings.Builder) {
	t.Helper()
	passwords, logged := access.NewPasswords(), &strings.Builder{}
	o := newOffice(t, append([]func(*web.Config){func(c *web.Config) { c.Logger = zerolog.New(zerolog.SyncWriter(logged)) }}, change...)...)
	hash, err := passwords.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.store.AddUser(t.Context(), "anna", hash, grants(t, "admin")); err != nil {
		t.Fatal(err)
	}
	o.cache.Forget()
	return o, logged
}

// person is a user with a browser, at an address of this machine.
type person struct {
	o      *office
	client *http.Client
	jar    http.CookieJar
}

func (o *office) person(address string) *person {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &person{o, &http.Client{
		Jar: jar, Timeout: soon, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
	}, jar}
}

// visit asks for a page, or sends a form.
func (p *person) visit(method, path string, form url.Values, change ...func(*http.Request)) answer {
	p.o.t.Helper()
	r, err := http.NewRequestWithContext(p.o.t.Context(), method, "http://"+p.o.addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.o.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range change {
		c(r)
	}
	resp, err := p.client.Do(r)
	if err != nil {
		p.o.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.o.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// signIn fills in the form, as anna.
func (p *person) signIn(password string) answer {
	p.o.t.Helper()
	return p.visit("POST", "/login", url.Values{"user": {"anna"}, "password": {password}, "next": {"/monitoring"}})
}

func (p *person) cookie() *http.Cookie {
	for _, c := range p.jar.Cookies(&url.URL{Scheme: "http", Host: p.o.addr}) {
		if c.Name == "octoq_session" {
			return c
		}
	}
	return nil
}

func carrying(c *http.Cookie) func(*http.Request) { return func(r *http.Request) { r.AddCookie(c) } }

// A person is led to the form, signs in, uses pages and API, and signs out: the cookie is
// of no use afterwards, nor is one from before the sign-in.
func TestSessions(t *testing.T) {
	t.Parallel()
	o, _ := newDesk(t, signingIn(12*time.Hour))
	p := o.person("127.0.0.1")
	if a := p.visit("GET", "/monitoring?x=1", nil); a.status != 303 || a.header.Get("Location") != "/login?next=%2Fmonitoring%3Fx%3D1" {
		t.Errorf("without a session: got %d to %q, want the form", a.status, a.header.Get("Location"))
	}
	o.want("a program without one", o.do("GET", "/v1/me"), 401, "")
	o.want("the form", p.visit("GET", "/login?next=/monitoring", nil), 200, `name="password"`)
	if a := p.signIn(password); a.status != 303 || a.header.Get("Location") != "/monitoring" || p.cookie() == nil {
		t.Fatalf("sign in: got %d to %q, want to where it was", a.status, a.header.Get("Location"))
	}
	first := p.cookie()
	o.want("the API", p.visit("GET", "/v1/me", nil), 200, "user:anna")
	o.want("the first page", p.visit("GET", "/", nil), 200, "user:anna <button>Sign out")
	o.want("another site", p.visit("POST", "/v1/x", nil, header("Sec-Fetch-Site", "cross-site")), 403, "")
	o.want("another site signs out", p.visit("POST", "/logout", nil, header("Sec-Fetch-Site", "cross-site")), 403, "")
	o.want("another site signs in", p.visit("POST", "/login", url.Values{"user": {"anna"}}, header("Sec-Fetch-Site", "cross-site")), 403, "")
	p.signIn(password)
	second := p.cookie()
	if second.Value == first.Value {
		t.Error("signed in again, and the session has the same id")
	}
	o.want("the id from before", o.do("GET", "/v1/me", carrying(first)), 401, "")
	o.want("sign out", p.visit("POST", "/logout", nil), 303, "")
	o.want("a cookie from before the sign-out", o.do("GET", "/v1/me", carrying(second)), 401, "")
	o.want("a made-up one", o.do("GET", "/v1/me", carrying(&http.Cookie{Name: "octoq_session", Value: "x"})), 401, "")
	for _, key := range o.redis.Client().Keys(t.Context(), "*").Val() {
		if strings.Contains(key, second.Value) {
			t.Errorf("%s has the cookie in it", key)
		}
	}
	audit, _, err := o.store.Audit(t.Context(), time.Time{}, "", 100)
	var did []string
	for _, e := range audit {
		did = append(did, e.Who+" "+e.Action+" "+e.From)
	}
	if got := fmt.Sprint(did[1:]); err != nil || got != "[user:anna sign_in 127.0.0.1 user:anna sign_in 127.0.0.1 user:anna sign_out 127.0.0.1]" {
		t.Errorf("audit: got %s, %v", got, err)
	}
}

// A session ends with its user, with another password, by a reset, and by itself.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context, *accessstore.Store) error{
		"removed": func(ctx context.Context, s *accessstore.Store) error { return s.RemoveUser(ctx, "anna", true) },
		"password": func(ctx context.Context, s *accessstore.Store) error {
			return s.ChangeUser(ctx, "anna", accessstore.UserChange{Hash: "x"})
		},
		"reset": func(ctx context.Context, s *accessstore.Store) error { _, err := s.Reset(ctx, time.Now()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, _ := newDesk(t, signingIn(12*time.Hour))
			o.token("other", "viewer") // so that there is a token
			p := o.person("127.0.0.1")
			p.signIn(password)
			o.want("signed in", p.visit("GET", "/v1/me", nil), 200, "")
			if err := end(t.Context(), o.store); err != nil {
				t.Fatal(err)
			}
			o.token("another", "viewer")
			o.want("afterwards", p.visit("GET", "/v1/me", nil), 401, "")
		})
	}
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		o, _ := newDesk(t, signingIn(time.Second))
		p := o.person("127.0.0.1")
		p.signIn(password)
		c := p.cookie()
		eventually(t, "the session ends by itself", func() bool { return len(o.redis.Client().Keys(t.Context(), "octoq-auth:{auth}:session:*").Val()) == 0 })
		o.want("afterwards", o.do("GET", "/v1/me", carrying(c)), 401, "")
	})
}

// A form leads to pages of this server alone.
func TestAfterTheSignIn(t *testing.T) {
	t.Parallel()
	o, _ := newDesk(t, signingIn(time.Hour))
	for _, next := range []string{"//evil.example", "https://evil.example/", `/\evil.example`, "evil", "javascript:alert(1)", ""} {
		a := o.person("127.0.0.1").visit("POST", "/login", url.Values{"user": {"anna"}, "password": {password}, "next": {next}})
		if a.status != 303 || a.header.Get("Location") != "/" {
			t.Errorf("%q: got %d to %q, want /", next, a.status, a.header.Get("Location"))
		}
	}
	a := o.person("127.0.0.1").visit("GET", `/login?next=/%22%3E%3Cscript%3E`, nil)
	if strings.Contains(a.body, "<script>") {
		t.Errorf("got %s, want what was given escaped", a.body)
	}
}

// 1,000 wrong passwords in a row are slowed, logged and counted, and the right user gets
// in from elsewhere meanwhile.
func TestAThousandWrongPasswords(t *testing.T) {
	t.Parallel()
	o, logged := newDesk(t, signingIn(time.Hour), func(c *web.Config) { c.Login = login(t) })
	guesser, anna := o.person("127.0.0.1"), o.person("127.0.0.2")
	got := map[int]int{}
	for i := range 1000 {
		got[guesser.signIn(fmt.Sprint("wrong password ", i)).status]++
		if i == 500 {
			o.want("the right user from elsewhere", anna.signIn(password), 303, "")
			o.want("her session", anna.visit("GET", "/v1/me", nil), 200, "user:anna")
		}
	}
	if got[401] < 5 || got[401] > 20 || got[401]+got[429] != 1000 {
		t.Errorf("got %v, want all but the first slowed", got)
	}
	if a := guesser.signIn(password); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("the right one from there: got %d, want that it waits, too", a.status)
	}
	for range 30 {
		o.do("GET", "/v1/me", as(user, "wrong"))
	}
	o.want("the password of the settings", o.do("GET", "/v1/me", as(user, password)), 429, "")
	metrics := anna.visit("GET", "/metrics", nil).body
	for _, want := range []string{`octoq_web_signins_total{result="ok"} 1`, `octoq_web_signins_total{result="slowed"}`, `octoq_web_signins_total{result="wrong"}`} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	audit, _, err := o.store.Audit(t.Context(), time.Time{}, "", 1000)
	if err != nil || len(audit) > 40 || !strings.Contains(fmt.Sprint(audit), "sign_in.slowed") {
		t.Errorf("audit: got %d entries, %v, want that guessing is there, and does not fill it", len(audit), err)
	}
	if text := logged.String(); strings.Count(text, "wrong user or password") < 5 || !strings.Contains(text, `"from":"127.0.0.1"`) || strings.Contains(text, "wrong password 1") {
		t.Errorf("the log: got %s, want each that was looked at, and no password", text)
	}
}

// Redis away is neither a wrong password nor a session.
func TestSignInWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	o, _ := newDesk(t, signingIn(time.Hour))
	p := o.person("127.0.0.1")
	p.signIn(password)
	o.redis.Kill()
	o.cache.Forget()
	o.want("with a session", p.visit("GET", "/v1/me", nil), 503, "")
	o.want("sign in", o.person("127.0.0.1").signIn(password), 503, "")
}

// signingIn lets people sign in; newOffice knows where sessions and audit log are.
func signingIn(idle time.Duration) func(*web.Config) {
	return func(c *web.Config) { c.SignIn = &web.SignIn{Idle: idle, Passwords: access.NewPasswords()} }
}
