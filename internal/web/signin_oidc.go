package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/oidc"
)

// Where people are sent to the OpenID Connect provider, and come back from it.
const (
	oidcPath         = loginPath + "/oidc"
	OIDCCallbackPath = oidcPath + "/callback"
)

const (
	tripCookie = "octoq_oidc"
	// tripFor is how long a person may take to sign in at the provider.
	tripFor = 10 * time.Minute
	// longestOIDC is how long a session lasts at most that began at the provider: it alone
	// knows who has left.
	longestOIDC = 24 * time.Hour
)

// What a session of the provider's people holds besides.
const (
	sessionValues = "values" // what their role claim held
	sessionEmail  = "email"  // the address that the provider has verified
)

// trip is what the browser keeps on its way.
type trip struct {
	oidc.Trip
	Next string // where to go in the end
}

// oidcSubject is how the provider names a session's person. No user has such a name.
func oidcSubject(name string) (subject string, ok bool) {
	return strings.CutPrefix(name, actor.OIDC(""))
}

// guest is a user whose session began at the provider, if it still counts.
func (s *signIn) guest(ctx context.Context, subject string, began time.Time) (access.Caller, bool) {
	if s.OIDC == nil || time.Since(began) > longestOIDC {
		return access.Caller{}, false
	}
	values, _ := s.sessions.Get(ctx, sessionValues).([]string)
	return access.Caller{
		Name: actor.OIDC(subject), Kind: access.OfUser, Email: s.sessions.GetString(ctx, sessionEmail),
		Grants: s.OIDC.Grants(values), Forces: access.Live,
	}, true
}

// leave sends a browser to the provider.
func (s *signIn) leave(w http.ResponseWriter, r *http.Request) {
	if !reads(w, r) {
		return
	}
	t := trip{Trip: oidc.NewTrip(), Next: ownPath(r.URL.Query().Get("next"))}
	where, err := s.OIDC.Start(r.Context(), t.Trip)
	if err != nil {
		s.log.Warn().Err(err).Msg("the OpenID Connect provider cannot be asked, so its people cannot sign in")
		s.writeLogin(w, http.StatusBadGateway, t.Next, "The provider cannot be asked just now: try again.")
		return
	}
	kept, err := json.Marshal(t)
	if err != nil {
		refuse(w, r, err)
		return
	}
	s.setTrip(w, base64.RawURLEncoding.EncodeToString(kept), int(tripFor.Seconds()))
	http.Redirect(w, r, where, http.StatusSeeOther)
}

// setTrip has the browser keep its trip, or forget it with a negative age. The cookie has
// to come along when the provider's site sends the browser back.
func (s *signIn) setTrip(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // it is Secure wherever the browser sees TLS
		Name: tripCookie, Value: value, Path: oidcPath, MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.sessions.Cookie.Secure,
	})
}

// tripOf is the trip that a browser is on.
func tripOf(r *http.Request) (t trip, ok bool) {
	c, err := r.Cookie(tripCookie)
	if err != nil {
		return t, false
	}
	kept, err := base64.RawURLEncoding.DecodeString(c.Value)
	return t, err == nil && json.Unmarshal(kept, &t) == nil
}

// comeBack takes a browser that comes back from the provider.
func (s *signIn) comeBack(w http.ResponseWriter, r *http.Request) {
	if !reads(w, r) {
		return
	}
	address, now := addressOf(r, s.proxied), time.Now()
	if s.slow.wait(address, oidcPath, now) > 0 {
		s.counted.WithLabelValues("slowed").Inc()
		s.writeLogin(w, http.StatusTooManyRequests, "", "Too many tries failed: wait for a minute.")
		return
	}
	t, ok := tripOf(r)
	s.setTrip(w, "", -1)
	q := r.URL.Query()
	switch {
	case !ok || !t.Is(q.Get("state")):
		s.writeLogin(w, http.StatusBadRequest, "", "This sign-in did not begin in this browser, or more than ten minutes ago: begin again.")
		return
	case q.Get("error") != "":
		s.log.Warn().Str("detail", clipName(q.Get("error"))).Msg("the OpenID Connect provider refused a sign-in")
		s.writeLogin(w, http.StatusUnauthorized, t.Next, "The provider did not let you in ("+clipName(q.Get("error"))+").")
		return
	}
	identity, err := s.OIDC.Finish(r.Context(), t.Trip, q.Get("code"))
	if err != nil {
		s.notFinished(w, r, t.Next, err)
		return
	}
	s.welcome(w, r, t.Next, identity)
}

// notFinished answers where the provider has not confirmed an identity.
func (s *signIn) notFinished(w http.ResponseWriter, r *http.Request, next string, err error) {
	s.log.Warn().Err(err).Msg("a sign-in by the OpenID Connect provider failed")
	if errors.Is(err, oidc.ErrUnavailable) {
		s.writeLogin(w, http.StatusBadGateway, next, "The provider cannot be asked just now: try again.")
		return
	}
	s.slow.wrong(addressOf(r, s.proxied), oidcPath, time.Now())
	s.counted.WithLabelValues("wrong").Inc()
	s.writeLogin(w, http.StatusUnauthorized, next, "The provider did not confirm who you are: begin again.")
}

// welcome begins the session of a user whom the provider knows, if a role is theirs.
func (s *signIn) welcome(w http.ResponseWriter, r *http.Request, next string, identity oidc.Identity) {
	name := actor.OIDC(identity.Subject)
	if len(identity.Values) == 0 {
		s.counted.WithLabelValues("wrong").Inc()
		s.note(r, name, "sign_in.refused")
		s.writeLogin(w, http.StatusForbidden, next, fmt.Sprintf("The provider knows you as %s, but no role of octoq goes with what it says of you. Ask octoq's administrator (OCTOQ_OIDC_ROLES).",
			identity.Shown()))
		return
	}
	if err := s.begin(r, session{user: name, values: identity.Values, email: identity.Email}); err != nil {
		refuse(w, r, errors.Join(accessstore.ErrUnavailable, err))
		return
	}
	s.slow.right(addressOf(r, s.proxied), oidcPath)
	s.counted.WithLabelValues("ok").Inc()
	s.note(r, name, "sign_in")
	http.Redirect(w, r, ownPath(next), http.StatusSeeOther)
}

// oidcLink leads to the provider, where there is one.
func (s *signIn) oidcLink(next string) (href, host string) {
	if s.OIDC == nil {
		return "", ""
	}
	return oidcPath + "?next=" + url.QueryEscape(ownPath(next)), s.OIDC.Host()
}
