package oidc_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/internal/oidc"
	"github.com/octoq/octoq/internal/oidctest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newProvider is octoq's side of a provider.
func newProvider(t *testing.T, issuer, secret, claim, roles string) *oidc.Provider {
	t.Helper()
	rules, err := oidc.ParseRoleRules(roles)
	if err != nil {
		t.Fatal(err)
	}
	p, err := oidc.New(oidc.Config{
		Issuer: issuer, ClientID: oidctest.ClientID, ClientSecret: secret, Redirect: oidctest.Redirect, Scopes: []string{"email"}, RoleClaim: claim, Roles: rules,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// signIn has a person sign in at the provider, and takes what they come back with.
func signIn(t *testing.T, p *oidc.Provider, at *oidctest.IdentityProvider, subject string) (oidc.Identity, error) {
	t.Helper()
	trip := oidc.NewTrip()
	where, err := p.Start(t.Context(), trip)
	if err != nil {
		t.Fatal(err)
	}
	q := queryOf(t, at.SignIn(where, subject))
	if !trip.Is(q.Get("state")) {
		t.Fatalf("came back with the state %q, want that of the trip", q.Get("state"))
	}
	return p.Finish(t.Context(), trip, q.Get("code"))
}

func queryOf(t *testing.T, where string) url.Values {
	t.Helper()
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// What people may do is in claims of all shapes: a text, a list, deep inside, under a
// name with dots, or at the userinfo endpoint alone. With a secret and without.
func TestWhoSignsIn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		claim  string
		person oidctest.Person
		want   oidc.Identity
	}{
		"a list": {
			"groups", oidctest.Person{Claims: map[string]any{"groups": []string{"ops", "ops", "others"}}},
			oidc.Identity{Values: []string{"ops"}},
		},
		"a text": {"role", oidctest.Person{Claims: map[string]any{"role": "buyers"}}, oidc.Identity{Values: []string{"buyers"}}},
		"nested": {
			"realm_access.roles", oidctest.Person{Claims: map[string]any{"realm_access": map[string]any{"roles": []string{"buyers", "ops"}}}},
			oidc.Identity{Values: []string{"ops", "buyers"}},
		},
		"in objects of a list": {
			"teams.name", oidctest.Person{Claims: map[string]any{"teams": []any{map[string]any{"name": "ops"}, map[string]any{"name": "buyers"}, 7}}},
			oidc.Identity{Values: []string{"ops", "buyers"}},
		},
		"a name with dots": {
			"https://example.com/roles", oidctest.Person{Claims: map[string]any{"https://example.com/roles": "ops"}},
			oidc.Identity{Values: []string{"ops"}},
		},
		"at the userinfo endpoint": {
			"groups", oidctest.Person{Info: map[string]any{"groups": []string{"ops"}}},
			oidc.Identity{Values: []string{"ops"}},
		},
		"an empty list is one": {
			"groups", oidctest.Person{Claims: map[string]any{"groups": []string{}}, Info: map[string]any{"groups": []string{"ops"}}},
			oidc.Identity{},
		},
		"numbers are nothing": {"groups", oidctest.Person{Claims: map[string]any{"groups": []any{1, true, nil}}}, oidc.Identity{}},
		"none":                {"groups", oidctest.Person{}, oidc.Identity{}},
		"a verified address": {
			"groups", oidctest.Person{Email: "anna@example.com", Verified: true, Claims: map[string]any{"groups": "ops"}},
			oidc.Identity{Email: "anna@example.com", Values: []string{"ops"}},
		},
		"an address that is not verified": {
			"groups", oidctest.Person{Email: "anna@example.com", Claims: map[string]any{"groups": "ops", "email_verified": false}},
			oidc.Identity{Values: []string{"ops"}},
		},
		"an address that is verified in words": {
			"groups", oidctest.Person{Email: "anna@example.com", Claims: map[string]any{"groups": "ops", "email_verified": "true"}},
			oidc.Identity{Email: "anna@example.com", Values: []string{"ops"}},
		},
		"an address that anybody may claim": {
			"groups", oidctest.Person{Email: "anna@example.com", Claims: map[string]any{"groups": "ops"}},
			oidc.Identity{Values: []string{"ops"}},
		},
	}
	for name, tc := range tests {
		for _, secret := range []string{"", oidctest.ClientSecret} {
			t.Run(name+secret, func(t *testing.T) {
				t.Parallel()
				person, want := tc.person, tc.want
				person.Subject, want.Subject = "id-17", "id-17"
				at := oidctest.Start(t, secret != "", person)
				got, err := signIn(t, newProvider(t, at.Issuer, secret, tc.claim, "ops=operator, buyers=approver@fr+de"), at, "id-17")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("identity (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// An answer that proves no identity is refused; a provider that cannot be asked is not.
func TestNoIdentityIsRefused(t *testing.T) {
	t.Parallel()
	at := oidctest.Start(t, true, oidctest.Person{Subject: "id-17", Claims: map[string]any{"groups": "ops"}}, oidctest.Person{Subject: "two\nlines"})
	p := newProvider(t, at.Issuer, oidctest.ClientSecret, "groups", "ops=operator")
	begin := func() (oidc.Trip, string) {
		trip := oidc.NewTrip()
		where, err := p.Start(t.Context(), trip)
		if err != nil {
			t.Fatal(err)
		}
		return trip, queryOf(t, at.SignIn(where, "id-17")).Get("code")
	}
	refused := func(what string, p *oidc.Provider, trip oidc.Trip, code string) {
		t.Helper()
		got, err := p.Finish(t.Context(), trip, code)
		if !errors.Is(err, oidc.ErrRefused) {
			t.Errorf("%s: got %+v, %v, want ErrRefused", what, got, err)
		} else if strings.Contains(err.Error(), oidctest.ClientSecret) {
			t.Errorf("%s: the error %q has the secret", what, err)
		}
	}
	trip, _ := begin()
	refused("no code of the provider", p, trip, "made up")
	trip, code := begin()
	if _, err := p.Finish(t.Context(), trip, code); err != nil {
		t.Fatal(err)
	}
	refused("a code that was used", p, trip, code)
	trip, code = begin()
	trip.Verifier = oidc.NewTrip().Verifier
	refused("another verifier", p, trip, code)
	trip, code = begin()
	trip.Nonce = oidc.NewTrip().Nonce
	refused("another nonce", p, trip, code)
	trip, code = begin()
	refused("another secret", newProvider(t, at.Issuer, "another", "groups", "ops=operator"), trip, code)
	if _, err := signIn(t, p, at, "two\nlines"); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("a subject of two lines: got %v, want ErrRefused", err)
	}
}

// A provider that is away, or says that it is another one, or does not end, is unavailable
// until it is well again.
func TestProviderIsAway(t *testing.T) {
	t.Parallel()
	answer := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusBadGateway) }
	var issuer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	t.Cleanup(server.Close)
	issuer = server.URL
	p := newProvider(t, issuer, "", "groups", "ops=operator")
	document := func(issuer string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": issuer, "authorization_endpoint": issuer + "/auth", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys"})
		}
	}
	for what, does := range map[string]func(http.ResponseWriter, *http.Request){
		"502": answer, "another issuer": document("https://example.com"),
		"without end": func(w http.ResponseWriter, r *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil || r.Context().Err() != nil {
					return
				}
			}
		},
	} {
		answer = does
		if _, err := p.Start(t.Context(), oidc.NewTrip()); !errors.Is(err, oidc.ErrUnavailable) {
			t.Errorf("%s: got %v, want ErrUnavailable", what, err)
		}
	}
	answer = document(issuer)
	if where, err := p.Start(t.Context(), oidc.NewTrip()); err != nil || !strings.HasPrefix(where, issuer+"/auth?") {
		t.Errorf("well again: got %q, %v", where, err)
	}
}

func TestWhatCannotBeSet(t *testing.T) {
	t.Parallel()
	rules, err := oidc.ParseRoleRules("cn=ops=operator@fr+de,all=viewer")
	if err != nil || len(rules) != 2 || rules[0].Value != "cn=ops" || rules[0].Grant.String() != "operator@fr+de" {
		t.Errorf("got %+v, %v, want two rules", rules, err)
	}
	for _, text := range []string{"", "ops", "ops=", "=admin", "ops=chief", "ops=operator@", "ops=viewer,"} {
		if got, err := oidc.ParseRoleRules(text); err == nil {
			t.Errorf("roles %q: got %+v, want an error", text, got)
		}
	}
	good := oidc.Config{Issuer: "https://login.example.com", ClientID: "octoq", Redirect: "https://octoq.example.com/x", RoleClaim: "groups", Roles: rules}
	if _, err := oidc.New(good); err != nil {
		t.Errorf("got %v, want none", err)
	}
	for what, change := range map[string]func(*oidc.Config){
		"http": func(c *oidc.Config) { c.Issuer = "http://login.example.com" }, "no host": func(c *oidc.Config) { c.Issuer = "login" },
		"redirect by http": func(c *oidc.Config) { c.Redirect = "http://octoq.example.com/x" }, "no roles": func(c *oidc.Config) { c.Roles = nil },
		"no client": func(c *oidc.Config) { c.ClientID = "" }, "no claim": func(c *oidc.Config) { c.RoleClaim = "" },
		"a password": func(c *oidc.Config) { c.Issuer = "https://me:secret@login.example.com" },
	} {
		c := good
		change(&c)
		if _, err := oidc.New(c); err == nil {
			t.Errorf("%s: got no error", what)
		}
	}
}
