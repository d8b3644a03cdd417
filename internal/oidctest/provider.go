// Package oidctest runs an OpenID Connect provider on loopback, for tests: a certified
// implementation, with people who sign in at a form of its own.
package oidctest

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The client that a IdentityProvider knows.
const (
	ClientID     = "octoq"
	ClientSecret = "a secret of the client"
	Redirect     = "http://localhost/login/oidc/callback"
)

// password is everybody's.
const password = "a password at the provider"

// Person is a user whom an IdentityProvider knows.
type Person struct {
	Subject  string
	Email    string
	Verified bool
	// Claims are in the ID token.
	Claims map[string]any
	// Info is what only the userinfo endpoint says.
	Info map[string]any
}

// IdentityProvider is a provider with its people.
type IdentityProvider struct {
	// Issuer is its URL.
	Issuer string

	tb     testing.TB
	mu     sync.Mutex
	people map[string]Person
}

// Start runs a provider until the test ends. Its client has a secret, or none and PKCE.
func Start(tb testing.TB, secret bool, people ...Person) *IdentityProvider {
	tb.Helper()
	p := &IdentityProvider{tb: tb, people: map[string]Person{}}
	for _, someone := range people {
		p.people[someone.Subject] = someone
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	p.Issuer = server.URL
	client := storage.NativeClient(ClientID, Redirect)
	if secret {
		client = storage.WebClient(ClientID, ClientSecret, Redirect)
	}
	kept := &claimStorage{storage.NewStorageWithClients(p, map[string]*storage.Client{ClientID: client}), p}
	provider, err := op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte("a key of the test")), CodeMethodS256: true, AuthMethodPost: true,
	}, kept, op.StaticIssuer(p.Issuer), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		tb.Fatalf("start an OpenID Connect provider: %v", err)
	}
	mux.Handle("/", provider)
	mux.Handle("POST /login/username", op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("authRequestID")
		if err := kept.CheckUsernamePassword(r.FormValue("user"), r.FormValue("password"), id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(provider)(r.Context(), id), http.StatusFound)
	}))
	return p
}

// Change replaces a person, as the provider's own people do.
func (p *IdentityProvider) Change(to Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[to.Subject] = to
}

// SignIn is a person with a browser that was sent to where: the URL that the provider
// sends it back to.
func (p *IdentityProvider) SignIn(where, subject string) (back string) {
	p.tb.Helper()
	const within = 20 * time.Second
	browser := &http.Client{Timeout: within, Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	next := func(method, where string, form url.Values) string {
		r, err := http.NewRequestWithContext(p.tb.Context(), method, where, strings.NewReader(form.Encode()))
		if err != nil {
			p.tb.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := browser.Do(r)
		if err != nil {
			p.tb.Fatal(err)
		}
		_ = resp.Body.Close()
		to, err := resp.Location()
		if err != nil {
			p.tb.Fatalf("the provider answered %s to %s %s, want a redirect", resp.Status, method, where)
		}
		return to.String()
	}
	form := next(http.MethodGet, where, nil)
	callback := next(http.MethodPost, form, url.Values{"user": {subject}, "password": {password}})
	return next(http.MethodGet, callback, nil)
}

// GetUserByID finds a person by their subject, as the provider's storage asks for it.
func (p *IdentityProvider) GetUserByID(subject string) *storage.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	someone, ok := p.people[subject]
	if !ok {
		return nil
	}
	return &storage.User{ID: subject, Username: subject, Password: password, Email: someone.Email, EmailVerified: someone.Verified}
}

// GetUserByUsername is the same: people sign in by their subjects.
func (p *IdentityProvider) GetUserByUsername(name string) *storage.User { return p.GetUserByID(name) }

// ExampleClientID is for a kind of client that is not used here.
func (p *IdentityProvider) ExampleClientID() string { return "unused" }

// claimStorage adds people's claims to what a token and the userinfo endpoint say.
type claimStorage struct {
	*storage.Storage
	of *IdentityProvider
}

// SetUserinfoFromRequest is what an ID token says.
func (s *claimStorage) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, token op.IDTokenRequest, scopes []string) error {
	if err := s.Storage.SetUserinfoFromRequest(ctx, info, token, scopes); err != nil {
		return err
	}
	someone := s.of.person(token.GetSubject())
	info.Email, info.EmailVerified = someone.Email, oidc.Bool(someone.Verified)
	for name, value := range someone.Claims {
		info.AppendClaims(name, value)
	}
	return nil
}

// SetUserinfoFromToken is what the userinfo endpoint says.
func (s *claimStorage) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	for name, value := range s.of.person(subject).Info {
		info.AppendClaims(name, value)
	}
	return nil
}

func (p *IdentityProvider) person(subject string) Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.people[subject]
}
