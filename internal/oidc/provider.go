package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/loopback"
)

// Config is what a Provider needs. Issuer, ClientID, Redirect, RoleClaim and Roles are
// required.
type Config struct {
	// Issuer is the provider's URL, as its tokens have it.
	Issuer string
	// ClientID and ClientSecret are octoq's at the provider. Without a secret PKCE alone
	// protects the code.
	ClientID, ClientSecret string
	// Redirect is the URL that the provider sends people back to.
	Redirect string
	// Scopes are asked for beside openid.
	Scopes []string
	// RoleClaim is where a token has what Roles map: the name of a claim, or a path with
	// dots into claims that hold others.
	RoleClaim string
	// Roles give roles to the values of that claim.
	Roles []RoleRule
}

// Identity is the user who signed in.
type Identity struct {
	// Subject names the person at the provider, for good.
	Subject string
	// Email is empty unless the provider has verified it.
	Email string
	// Values are what the role claim held and the rules know.
	Values []string
}

// Shown is the name that people read.
func (i Identity) Shown() string {
	if i.Email == "" {
		return actor.OIDC(i.Subject)
	}
	return i.Email
}

var (
	// ErrUnavailable is returned while the provider cannot be asked.
	ErrUnavailable = errors.New("the OpenID Connect provider cannot be asked just now")
	// ErrRefused is returned where the provider's answer proves no identity.
	ErrRefused = errors.New("the OpenID Connect provider did not confirm who this is")
)

// Provider signs people in. It may be used by many goroutines at once.
type Provider struct {
	config Config
	http   *http.Client

	mu    sync.Mutex
	found *discovered // nil until the provider has answered once
}

// discovered is what the provider says of itself.
type discovered struct {
	provider *oidc.Provider
	oauth    oauth2.Config
}

// New checks a configuration. It asks the provider for nothing yet.
func New(cfg Config) (*Provider, error) {
	if cfg.ClientID == "" || cfg.RoleClaim == "" || len(cfg.Roles) == 0 {
		return nil, errors.New("a client id, the claim that has roles, and at least one role are needed")
	}
	for _, text := range []string{cfg.Issuer, cfg.Redirect} {
		if err := checkURL(text); err != nil {
			return nil, err
		}
	}
	return &Provider{config: cfg, http: newClient()}, nil
}

// checkURL refuses what would travel readable between machines.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.RawQuery != "", u.Fragment != "":
		return fmt.Errorf("%q is no URL such as https://login.example.com", text)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback.IsHost(u.Hostname())):
		return fmt.Errorf("%q is not https: codes and tokens would travel readable", text)
	}
	return nil
}

// Host is the provider's host, as people know it.
func (p *Provider) Host() string {
	u, err := url.Parse(p.config.Issuer)
	if err != nil {
		return p.config.Issuer
	}
	return u.Host
}

// discover asks the provider what it is, once it has answered never again. The error is
// ErrUnavailable.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	// The keys that sign tokens are fetched by this client later, too.
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.http), p.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	found = &discovered{provider, oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: provider.Endpoint(),
		RedirectURL: p.config.Redirect, Scopes: append([]string{oidc.ScopeOpenID}, p.config.Scopes...),
	}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = found
	return found, nil
}

// Start is where a browser goes to sign in. The error is ErrUnavailable.
func (p *Provider) Start(ctx context.Context, t Trip) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return d.oauth.AuthCodeURL(t.State, oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier)), nil
}

// Finish returns the identity that a browser's code stands for. The error is ErrUnavailable or ErrRefused.
func (p *Provider) Finish(ctx context.Context, t Trip, code string) (Identity, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	token, err := d.oauth.Exchange(ctx, code, oauth2.VerifierOption(t.Verifier))
	if err != nil {
		return Identity{}, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := d.provider.Verifier(&oidc.Config{ClientID: p.config.ClientID}).Verify(ctx, raw)
	switch {
	case err != nil:
		return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
	case !sameText(id.Nonce, t.Nonce):
		return Identity{}, fmt.Errorf("%w: the ID token is for another sign-in", ErrRefused)
	}
	return p.identity(ctx, d, id, token)
}

// exchangeError distinguishes a code that the provider refuses from a provider that is away. It
// repeats no body: that may hold what octoq sent.
func exchangeError(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case refused.Response != nil && refused.Response.StatusCode >= http.StatusInternalServerError:
		return fmt.Errorf("%w: it answered %s", ErrUnavailable, refused.Response.Status)
	default:
		return fmt.Errorf("%w: it refused the code (%.100q)", ErrRefused, refused.ErrorCode)
	}
}

// identity reads an ID token. Where that lacks the role claim, the provider is asked for
// the rest of what it says of the person.
func (p *Provider) identity(ctx context.Context, d *discovered, id *oidc.IDToken, token *oauth2.Token) (Identity, error) {
	if err := actor.Check(actor.OIDC(id.Subject)); err != nil {
		return Identity{}, fmt.Errorf("%w: its name for this person, sub, cannot be kept: %w", ErrRefused, err)
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	values, has := c.texts(p.config.RoleClaim)
	if !has && d.provider.UserInfoEndpoint() != "" {
		more, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		switch {
		case err != nil:
			return Identity{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
		case more.Subject != id.Subject:
			return Identity{}, fmt.Errorf("%w: it answered for another user", ErrRefused)
		}
		var rest claims
		if err := more.Claims(&rest); err != nil {
			return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
		}
		values, _ = rest.texts(p.config.RoleClaim)
		c = rest.under(c)
	}
	return Identity{Subject: id.Subject, Email: c.email(), Values: p.known(values)}, nil
}

// Grants are the roles that values of the role claim mean, none for those that no rule
// knows.
func (p *Provider) Grants(values []string) []access.Grant { return grantsOf(p.config.Roles, values) }

// timeout bounds each request to the provider.
const timeout = 10 * time.Second
