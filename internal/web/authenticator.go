package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/loopback"
)

// authenticator finds the caller of a request, and lets no unknown caller pass.
type authenticator struct {
	login    Login
	access   *accessstore.DirectoryCache
	required bool
	// known: the process has seen a user or a token. From then on it is never open
	// again: a Redis without any has lost them.
	known atomic.Bool
	// signIn is nil where there is no sign-in.
	signIn  *signIn
	slow    *slowdown
	counted *prometheus.CounterVec
	proxied bool
}

func newAuthenticator(cfg Config) *authenticator {
	a := &authenticator{
		login: cfg.Login, access: cfg.Access, required: cfg.Required, slow: newSlowdown(), proxied: cfg.Proxied,
		counted: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "octoq_web_signins_total", Help: "Tries to sign in by a password, by their result: ok, wrong, or slowed (not looked at).",
		}, []string{"result"}),
	}
	if cfg.SignIn != nil && cfg.Access != nil {
		a.signIn = newSignIn(cfg, a.slow, a.counted)
	}
	return a
}

func (a *authenticator) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := a.caller(r)
		switch {
		case errors.Is(err, errNotSignedIn) && a.leads(r):
			http.Redirect(w, r, loginPath+"?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		case err != nil:
			refuse(w, r, err)
		default:
			c.From = addressOf(r, a.proxied)
			next.ServeHTTP(w, calledBy(r, c, a.still(r, c)))
		}
	})
}

// leads reports whether a person who looks at a page is led to the form. Where there is
// a user of the settings, the browser itself asks for a password.
func (a *authenticator) leads(r *http.Request) bool {
	return a.signIn != nil && !a.login.Set() && r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/v1/") &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}

// Why a request is not let in.
var (
	errWrongLogin  = errors.New("wrong user or password")
	errSlowed      = errors.New("too many wrong passwords came from this address: wait for a minute")
	errNotSignedIn = errors.New("nobody is signed in: this takes a user or a token")
	errAuthLost    = errors.New("this octoq had users or tokens, and Redis has none by now: its operator restores them, or adds one by octoq user add")
	errNotOurs     = errors.New("without users and tokens, this is answered only as localhost or 127.0.0.1, on this machine and without a proxy: " +
		"add a user by octoq user add, or set OCTOQ_WEB_USER and OCTOQ_WEB_PASSWORD")
)

// caller is the caller of a request, by the first way in which the request names it.
func (a *authenticator) caller(r *http.Request) (access.Caller, error) {
	if token, ok := bearer(r); ok && a.access != nil {
		return a.program(r, token)
	}
	if user, _, given := r.BasicAuth(); given && a.login.Set() {
		return a.administrator(r, user)
	}
	return a.nameless(r)
}

// administrator is the user of the settings, if the password is right. Guessing it is
// slowed where users can sign in.
func (a *authenticator) administrator(r *http.Request, user string) (access.Caller, error) {
	admits := func() bool { return a.login.admits(r) }
	if a.signIn == nil {
		if admits() {
			return administrator(user), nil
		}
		return access.Caller{}, errWrongLogin
	}
	address := addressOf(r, a.proxied)
	switch wait, admitted := a.slow.compare(address, user, time.Now(), admits); {
	case wait > 0:
		a.counted.WithLabelValues("slowed").Inc()
		return access.Caller{}, errSlowed
	case admitted:
		return administrator(user), nil
	default:
		a.signIn.wrong(r, address, user)
		return access.Caller{}, errWrongLogin
	}
}

// still looks the caller of a request up again. While users and tokens cannot be looked up, it
// counts as before: without Redis nothing is enqueued either. The user of the settings
// is the same for as long as the process runs.
func (a *authenticator) still(r *http.Request, c access.Caller) func(context.Context) bool {
	if _, _, given := r.BasicAuth(); given && a.login.Set() {
		return func(context.Context) bool { return true }
	}
	return func(ctx context.Context) bool {
		r := r.WithContext(ctx)
		if a.signIn != nil {
			r = a.signIn.reloaded(r)
		}
		now, err := a.caller(r)
		if errors.Is(err, accessstore.ErrUnavailable) {
			return true
		}
		return err == nil && now.Name == c.Name && now.Forces == c.Forces && reflect.DeepEqual(now.Grants, c.Grants)
	}
}

// bearer is the token of a request.
func bearer(r *http.Request) (token string, given bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

func (a *authenticator) program(r *http.Request, token string) (access.Caller, error) {
	d, err := a.directory(r)
	if err != nil {
		return access.Caller{}, err
	}
	t, err := d.TokenOf(token, time.Now())
	if err != nil {
		return access.Caller{}, err
	}
	return t.Caller(), nil
}

// directory is all users and tokens. Where there are none any more the error is
// errAuthLost.
func (a *authenticator) directory(r *http.Request) (access.Directory, error) {
	d, err := a.access.Directory(r.Context())
	switch {
	case err != nil:
		return d, err
	case !d.Empty():
		a.known.Store(true)
	case a.known.Load():
		return d, errAuthLost
	}
	return d, nil
}

// nameless is the caller of a request that names none: in open mode, the user that
// runs this process. The settings and what the process has seen decide whether it is
// open; a Redis without users does not open what had some.
func (a *authenticator) nameless(r *http.Request) (access.Caller, error) {
	if a.access != nil {
		d, err := a.directory(r)
		if err != nil && !a.login.Set() {
			return access.Caller{}, err
		}
		if a.signIn != nil {
			if c, signed := a.signIn.user(r, d); signed {
				return c, nil
			}
		}
		if !d.Empty() {
			return access.Caller{}, errNotSignedIn
		}
	}
	switch {
	case a.login.Set(), a.required:
		return access.Caller{}, errNotSignedIn
	case !loopback.IsHostHeader(r.Host), passedOn(r):
		return access.Caller{}, errNotOurs
	default:
		return access.Open(localuser.Name()), nil
	}
}

// refuse answers a caller that the guard does not let in.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, accessstore.ErrUnavailable):
		w.Header().Set("Retry-After", "2")
		writeRefusal(w, r, refusal{http.StatusServiceUnavailable, "redis", "Users and tokens cannot be looked up just now: Redis cannot be worked with."})
	case errors.Is(err, errAuthLost):
		writeRefusal(w, r, refusal{http.StatusServiceUnavailable, "auth_lost", sentence(err)})
	case errors.Is(err, errSlowed):
		w.Header().Set("Retry-After", "60")
		writeRefusal(w, r, refusal{http.StatusTooManyRequests, "", sentence(err)})
	case errors.Is(err, errNotOurs):
		writeRefusal(w, r, refusal{http.StatusMisdirectedRequest, "", sentence(err)})
	default:
		w.Header().Add("WWW-Authenticate", `Basic realm="octoq", charset="UTF-8"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="octoq"`)
		writeRefusal(w, r, refusal{http.StatusUnauthorized, "", sentence(err)})
	}
}

// sentence is an error as a sentence.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
