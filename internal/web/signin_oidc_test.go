package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/oidc"
	"github.com/octoq/octoq/internal/oidctest"
	"github.com/octoq/octoq/internal/web"
)

// byProvider lets people sign in by a provider, too.
func byProvider(t *testing.T, at *oidctest.IdentityProvider) func(*web.Config) {
	t.Helper()
	rules, err := oidc.ParseRoleRules("ops=operator")
	if err != nil {
		t.Fatal(err)
	}
	p, err := oidc.New(oidc.Config{
		Issuer: at.Issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, Redirect: oidctest.Redirect,
		Scopes: []string{"email"}, RoleClaim: "groups", Roles: rules,
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *web.Config) { c.SignIn.OIDC, c.Required = p, true }
}

// begin sends a person to the provider: where that is.
func (p *person) begin() string {
	p.o.t.Helper()
	a := p.visit("GET", "/login/oidc?next=/monitoring", nil)
	if a.status != http.StatusSeeOther {
		p.o.t.Fatalf("sent to the provider: got %d %s", a.status, a.body)
	}
	return a.header.Get("Location")
}

// comeBack follows the provider's redirect, which names octoq as people know it.
func (p *person) comeBack(where string) answer {
	p.o.t.Helper()
	if !strings.HasPrefix(where, oidctest.Redirect+"?") {
		p.o.t.Fatalf("sent back to %q, want %s", where, oidctest.Redirect)
	}
	return p.visit("GET", strings.TrimPrefix(where, "http://localhost"), nil)
}

func groups(names ...string) map[string]any { return map[string]any{"groups": names} }

// A user signs in by the provider, uses pages and API under the provider's name for
// them, and signs out.
func TestSignInByProvider(t *testing.T) {
	t.Parallel()
	at := oidctest.Start(t, true, oidctest.Person{Subject: "id-17", Email: "anna@example.com", Verified: true, Claims: groups("ops")})
	o, logged := newDesk(t, signingIn(12*time.Hour), byProvider(t, at))
	p := o.person("127.0.0.1")
	if a := p.visit("GET", "/login?next=/monitoring", nil); !strings.Contains(a.body, `href="/login/oidc?next=%2Fmonitoring"`) {
		t.Errorf("the form does not lead to the provider: %s", a.body)
	}
	back := at.SignIn(p.begin(), "id-17")
	if a := p.comeBack(back); a.status != http.StatusSeeOther || a.header.Get("Location") != "/monitoring" {
		t.Fatalf("came back: got %d to %q %s", a.status, a.header.Get("Location"), a.body)
	}
	cookie := p.cookie()
	o.want("the API", p.visit("GET", "/v1/me", nil), 200, "oidc:id-17")
	o.want("the first page", p.visit("GET", "/", nil), 200, "anna@example.com (oidc:id-17)")
	o.want("asynq's page", p.visit("POST", "/monitoring/api/queues/default.create:pause", url.Values{}), 200, "oidc:id-17")
	o.want("the same way back again", p.comeBack(back), 400, "begin again")
	other := o.person("127.0.0.1")
	other.begin()
	o.want("in another browser, which is on its own way", other.comeBack(at.SignIn(o.person("127.0.0.1").begin(), "id-17")), 400, "begin again")
	p.visit("POST", "/logout", url.Values{})
	o.want("signed out", o.person("127.0.0.1").visit("GET", "/v1/me", nil, carrying(cookie)), 401, "")
	entries, _, err := o.store.Audit(t.Context(), time.Time{}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, e := range entries {
		if e.Who == "oidc:id-17" {
			did = append(did, e.Action)
		}
	}
	if strings.Join(did, " ") != "sign_in queue.pause sign_out" {
		t.Errorf("on record: got %v, want what the person did", did)
	}
	if strings.Contains(logged.String(), oidctest.ClientSecret) {
		t.Error("the log has the client's secret")
	}
}

// A user that the provider knows and no rule does is refused, and on record; a caller with a
// made-up code is, too, and slowed.
func TestProviderLetsNobodyInByItself(t *testing.T) {
	t.Parallel()
	at := oidctest.Start(t, true, oidctest.Person{Subject: "anna", Claims: groups("others")})
	o, _ := newDesk(t, signingIn(12*time.Hour), byProvider(t, at))
	p := o.person("127.0.0.1")
	// The desk has a user anna: she is another person.
	o.want("without a role", p.comeBack(at.SignIn(p.begin(), "anna")), 403, "oidc:anna")
	o.want("is not signed in", p.visit("GET", "/v1/me", nil), 401, "")
	entries, _, err := o.store.Audit(t.Context(), time.Time{}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	if last := entries[len(entries)-1]; last.Action != "sign_in.refused" || last.Who != "oidc:anna" {
		t.Errorf("on record: got %+v, want the refusal", last)
	}
	o.want("the provider says no", p.comeBack(oidctest.Redirect+"?error=access_denied&state="+stateOf(t, p.begin())), 401, "access_denied")
	o.want("markup of an error", p.comeBack(oidctest.Redirect+"?error=%3Cb%3E&state="+stateOf(t, p.begin())), 401, "&lt;b&gt;")
	for tries := range 30 {
		a := p.comeBack(oidctest.Redirect + "?code=made-up&state=" + stateOf(t, p.begin()))
		if a.status == http.StatusTooManyRequests {
			break
		}
		o.want("a made-up code", a, 401, "begin again")
		if tries == 29 {
			t.Error("30 made-up codes in a row are not slowed")
		}
	}
}

func stateOf(t *testing.T, where string) string {
	t.Helper()
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("state")
}

// Roles are what the settings say now of what the provider said; sessions of the
// provider's people end with all others.
func TestProviderSessionsEnd(t *testing.T) {
	t.Parallel()
	at := oidctest.Start(t, true, oidctest.Person{Subject: "id-17", Claims: groups("ops")})
	o, _ := newDesk(t, signingIn(12*time.Hour), byProvider(t, at))
	p := o.person("127.0.0.1")
	p.comeBack(at.SignIn(p.begin(), "id-17"))
	o.want("signed in", p.visit("GET", "/v1/me", nil), 200, "oidc:id-17")
	if _, err := o.store.Reset(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := o.store.AddUser(t.Context(), "ben", "", grants(t, "admin")); err != nil {
		t.Fatal(err)
	}
	o.cache.Forget()
	o.want("after a reset", p.visit("GET", "/v1/me", nil), 401, "Nobody is signed in")
}

// While the provider is away the form says so, and users of octoq's own get in.
func TestProviderIsAwayAtTheForm(t *testing.T) {
	t.Parallel()
	o, _ := newDesk(t, signingIn(12*time.Hour), byProvider(t, &oidctest.IdentityProvider{Issuer: "http://127.0.0.1:1"}))
	p := o.person("127.0.0.1")
	o.want("sent to the provider", p.visit("GET", "/login/oidc", nil), 502, "try again")
	if a := p.signIn(password); a.status != http.StatusSeeOther {
		t.Errorf("a user of octoq's own: got %d, want in", a.status)
	}
}
