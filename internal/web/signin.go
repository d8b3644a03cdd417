package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/console"
	"github.com/octoq/octoq/internal/oidc"
)

// SignIn is what people need to sign in on the pages. All fields but OIDC are required.
type SignIn struct {
	// Sessions keep the users who have signed in.
	Sessions *accessstore.Sessions
	// Idle is how long a session lasts without a request.
	Idle time.Duration
	// Passwords compares them.
	Passwords *access.Passwords
	// Note appends to the audit log.
	Note func(context.Context, accessstore.AuditEntry) error
	// OIDC is the provider that people may sign in by, too; nil for none.
	OIDC *oidc.Provider
}

// Where people sign in and out.
const (
	loginPath  = "/login"
	logoutPath = "/logout"
)

// What a session holds.
const (
	sessionUser  = "user"
	sessionMark  = "mark"  // of the password it began with
	sessionSince = "since" // when it began, in milliseconds
)

// longestSession is how long a session lasts at most, however busy.
const longestSession = 7 * 24 * time.Hour

// signIn lets people sign in and out.
type signIn struct {
	SignIn
	sessions *scs.SessionManager
	cache    *accessstore.DirectoryCache
	slow     *slowdown
	counted  *prometheus.CounterVec
	proxied  bool
	log      zerolog.Logger
}

func newSignIn(cfg Config, slow *slowdown, counted *prometheus.CounterVec) *signIn {
	// Made by hand: scs.New starts a goroutine for a store in memory, which nothing ends.
	sessions := &scs.SessionManager{
		Store: sessionStore{cfg.SignIn.Sessions, cfg.Logger}, Codec: scs.GobCodec{}, HashTokenInStore: true,
		IdleTimeout: cfg.SignIn.Idle, Lifetime: longestSession,
		Cookie: scs.SessionCookie{Name: "octoq_session", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: cfg.TLS != nil || cfg.Proxied},
		ErrorFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			refuse(w, r, errors.Join(accessstore.ErrUnavailable, err))
		},
	}
	return &signIn{SignIn: *cfg.SignIn, sessions: sessions, cache: cfg.Access, slow: slow, counted: counted, proxied: cfg.Proxied, log: cfg.Logger}
}

// sessionStore keeps sessions. scs writes one when the request has done its work, which
// does not fail by that, unless the work was to begin the session.
type sessionStore struct {
	*accessstore.Sessions
	log zerolog.Logger
}

// beginning marks the context in which a new session is written.
type beginning struct{}

// CommitCtx keeps what a session holds, or logs that it could not.
func (s sessionStore) CommitCtx(ctx context.Context, id string, held []byte, until time.Time) error {
	err := s.Sessions.CommitCtx(ctx, id, held, until)
	if err != nil && ctx.Value(beginning{}) == nil {
		s.log.Warn().Err(err).Msg("a session could not be kept")
		return nil
	}
	return err
}

// user is the user of a request's session, if the session still counts.
func (s *signIn) user(r *http.Request, d access.Directory) (access.Caller, bool) {
	ctx := r.Context()
	name, began := s.sessions.GetString(ctx, sessionUser), time.UnixMilli(s.sessions.GetInt64(ctx, sessionSince))
	if began.Before(d.SessionsFrom) {
		return access.Caller{}, false
	}
	if subject, ok := oidcSubject(name); ok {
		return s.guest(ctx, subject, began)
	}
	u, there := d.Users[name]
	if !there || s.sessions.GetString(ctx, sessionMark) != u.PasswordMark() {
		return access.Caller{}, false
	}
	return u.Caller(), true
}

// reloaded is a request with its session as Redis has it now; where that cannot be
// read, as it was.
func (s *signIn) reloaded(r *http.Request) *http.Request {
	cookie, err := r.Cookie(s.sessions.Cookie.Name)
	if err != nil {
		return r
	}
	ctx, err := s.sessions.Load(withoutValues{r.Context()}, cookie.Value)
	if err != nil {
		return r
	}
	return r.WithContext(ctx)
}

// withoutValues is a context as to its end alone: one with a session loads no other.
type withoutValues struct{ context.Context } //nolint:containedctx // a context itself

// Value is nothing.
func (withoutValues) Value(any) any { return nil }

// login shows the form, and takes what was filled in.
func (s *signIn) login(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		s.writeLogin(w, http.StatusOK, r.URL.Query().Get("next"), "")
	case http.MethodPost:
		s.take(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "This is a form.", http.StatusMethodNotAllowed)
	}
}

func (s *signIn) take(w http.ResponseWriter, r *http.Request) {
	user, password, next := r.PostFormValue("user"), r.PostFormValue("password"), r.PostFormValue("next")
	address := addressOf(r, s.proxied)
	if wait := s.slow.begin(address, user, time.Now()); wait > 0 {
		s.counted.WithLabelValues("slowed").Inc()
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		s.writeLogin(w, http.StatusTooManyRequests, next, fmt.Sprintf("Too many wrong passwords: wait for %v.", wait.Round(time.Second)+time.Second))
		return
	}
	u, err := s.verify(r.Context(), user, password)
	switch {
	case errors.Is(err, errWrongLogin):
		s.wrong(r, address, user)
		s.writeLogin(w, http.StatusUnauthorized, next, "Wrong user or password.")
		return
	case err == nil:
		err = s.begin(r, session{user: u.Name, mark: u.PasswordMark()})
	}
	if err != nil {
		s.slow.undo(address, user)
		refuse(w, r, errors.Join(accessstore.ErrUnavailable, err))
		return
	}
	s.slow.right(address, user)
	s.counted.WithLabelValues("ok").Inc()
	s.note(r, actor.User(u.Name), "sign_in")
	http.Redirect(w, r, ownPath(next), http.StatusSeeOther)
}

// verify finds the user whose password it is. The error may be errWrongLogin.
func (s *signIn) verify(ctx context.Context, user, password string) (access.User, error) {
	d, err := s.cache.Directory(ctx)
	if err != nil {
		return access.User{}, err
	}
	u := d.Users[user]
	right, err := s.Passwords.Verify(ctx, u.Hash, password)
	if err == nil && !right {
		err = errWrongLogin
	}
	return u, err
}

// session is what a session holds of its user.
type session struct {
	user, mark string
	values     []string // of the role claim, where a provider said them
	email      string
}

// begin makes a session, with another id than before. It fails where the session cannot
// be kept: the user would be asked again.
func (s *signIn) begin(r *http.Request, holds session) error {
	ctx := r.Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	if err := s.sessions.Clear(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, sessionUser, holds.user)
	s.sessions.Put(ctx, sessionMark, holds.mark)
	s.sessions.Put(ctx, sessionSince, time.Now().UnixMilli())
	if holds.values != nil {
		s.sessions.Put(ctx, sessionValues, holds.values)
		s.sessions.Put(ctx, sessionEmail, holds.email)
	}
	_, _, err := s.sessions.Commit(context.WithValue(ctx, beginning{}, true))
	return err
}

// wrong notes a wrong password, which is counted already: in the log, and in the audit
// log when the address has to wait by now.
func (s *signIn) wrong(r *http.Request, address, user string) {
	slowed := s.slow.wait(address, user, time.Now()) > 0
	s.counted.WithLabelValues("wrong").Inc()
	s.log.Warn().Str("user", clipName(user)).Str("from", address).Bool("slowed", slowed).Msg("a wrong user or password was given")
	if slowed {
		s.note(r, actor.User(clipName(user)), "sign_in.slowed")
	}
}

// note appends to the audit log. What follows does not depend on it.
func (s *signIn) note(r *http.Request, user, action string) {
	e := accessstore.AuditEntry{Who: user, Action: action, From: addressOf(r, s.proxied)}
	if err := s.Note(r.Context(), e); err != nil {
		s.log.Warn().Err(err).Str("action", action).Msg("the audit log lacks a line")
	}
}

// clipName bounds what the logs repeat of a name that anybody may have given.
func clipName(name string) string {
	const most = 64
	return name[:min(len(name), most)]
}

// logout ends the session: its cookie is of no use afterwards.
func (s *signIn) logout(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "Sign out by the button.", http.StatusMethodNotAllowed)
		return
	}
	user := s.sessions.GetString(r.Context(), sessionUser)
	if err := s.sessions.Destroy(r.Context()); err != nil {
		refuse(w, r, errors.Join(accessstore.ErrUnavailable, err))
		return
	}
	if _, guest := oidcSubject(user); user != "" {
		if !guest {
			user = actor.User(user)
		}
		s.note(r, user, "sign_out")
	}
	http.Redirect(w, r, loginPath, http.StatusSeeOther)
}

// ownPath is where to go after signing in: a page of this server, never another one.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

// writeLogin writes the form.
func (s *signIn) writeLogin(w http.ResponseWriter, status int, next, problem string) {
	form := console.SignInForm{Path: loginPath, Next: ownPath(next), Problem: problem}
	if href, host := s.oidcLink(next); href != "" {
		form.Provider = &console.SignInProvider{Path: href, Host: host}
	}
	if err := form.Write(w, status); err != nil {
		s.log.Error().Err(err).Msg("the page to sign in cannot be written")
		http.Error(w, "The page to sign in cannot be written.", http.StatusInternalServerError)
	}
}
