package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/octoq/octoq/internal/console"
)

// routes puts everything in its place. Health is outside the guard, by the same router
// that serves it: no second reading of the path decides.
func routes(cfg Config) http.Handler {
	open := http.NewServeMux()
	open.Handle("/healthz", ours(alive))
	open.Handle("/readyz", ours(ready(cfg.Ready, cfg.Notes)))
	open.Handle(console.AssetPath, console.Assets())
	if cfg.Callbacks != nil {
		open.Handle(CallbackPath, callbacks(cfg))
	}
	auth := newAuthenticator(cfg)
	if cfg.Metrics != nil && auth.signIn != nil {
		cfg.Metrics = prometheus.Gatherers{cfg.Metrics, registryOf(auth.counted)}
	}
	open.Handle("/", auth.guarded(closed(cfg)))
	var all http.Handler = open
	if !cfg.Login.Set() && cfg.Access == nil {
		all = onlyOurHost(all)
	}
	return harden(bounded(all))
}

// bounded bounds what is read of a request. The API bounds each operation itself.
func bounded(next http.Handler) http.Handler {
	small, file := http.MaxBytesHandler(next, maxBody), http.MaxBytesHandler(next, console.MaxUpload)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, apiPath):
			next.ServeHTTP(w, r)
		case console.UploadPath(r.URL.Path):
			file.ServeHTTP(w, r)
		default:
			small.ServeHTTP(w, r)
		}
	})
}

// apiPath begins the paths of the API.
const apiPath = "/v1/"

// guarded is what the guard covers, and before it where people sign in and out.
func (a *authenticator) guarded(closed http.Handler) http.Handler {
	if a.signIn == nil {
		return a.wrap(closed)
	}
	mux := http.NewServeMux()
	form := func(do http.HandlerFunc) http.Handler {
		return fresh(withPolicy(console.Policy, http.NewCrossOriginProtection().Handler(do)))
	}
	mux.Handle(loginPath, form(a.signIn.login))
	mux.Handle(logoutPath, form(a.signIn.logout))
	if a.signIn.OIDC != nil {
		mux.Handle(oidcPath, form(a.signIn.leave))
		mux.Handle(OIDCCallbackPath, form(a.signIn.comeBack))
	}
	mux.Handle("/", a.wrap(closed))
	return a.signIn.sessions.LoadAndSave(mux)
}

// audited is asynq's page, whose users' actions are on record where there is an audit log.
func audited(cfg Config) http.Handler {
	if cfg.SignIn == nil {
		return cfg.Monitor
	}
	return pageAudit{page: cfg.Monitor, note: cfg.SignIn.Note, log: cfg.Logger}
}

func registryOf(c prometheus.Collector) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	return registry
}

// closed is what the guard covers, each with the role that it needs.
func closed(cfg Config) http.Handler {
	mux := http.NewServeMux()
	if cfg.Pages != nil {
		mux.Handle("/", fresh(sameOrigin(cfg.Pages)))
	} else {
		mux.Handle("/{$}", withPolicy(console.Policy, ours(index(cfg))))
	}
	if cfg.Metrics != nil {
		mux.Handle("/metrics", readers(ours(promhttp.HandlerFor(cfg.Metrics, promhttp.HandlerOpts{
			// What can be read is worth more than an error page. State says
			// itself, in octoq_scrape_ok, whether it is all.
			ErrorHandling:       promhttp.ContinueOnError,
			MaxRequestsInFlight: maxScrapes,
		}).ServeHTTP)))
	}
	if cfg.Monitor != nil {
		page := withPolicy(monitorPolicy, monitorRoles(audited(cfg)))
		mux.Handle(MonitorPath, page)
		mux.Handle(MonitorPath+"/", page)
		mux.Handle(MonitorPath+"/api/", fresh(page))
	}
	if cfg.API != nil {
		api := fresh(sameOrigin(patient(cfg.API)))
		for _, path := range []string{apiPath, "/docs", "/openapi.json", "/openapi-3.0.json", "/openapi.yaml", "/openapi-3.0.yaml"} {
			mux.Handle(path, api)
		}
	}
	return mux
}

// patient lets a request of the API wait for a campaign's state, for a minute.
func patient(next http.Handler) http.Handler {
	const longest = time.Minute + writeTimeout
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longest)) // without, the usual time holds
		next.ServeHTTP(w, r)
	})
}

// maxScrapes bounds how many scrapes read Redis at once.
const maxScrapes = 4

// Where a page may load things from, and that no page may show it in a frame:
// one that did could make people click on it.
const (
	ownPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	// asynq's page brings its scripts and styles along, some of them inline.
	// Fonts from elsewhere are left out: no other server needs to know the viewer.
	monitorPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)

// harden sets the headers that every answer has, errors included.
func harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ownPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func withPolicy(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}

// ours is a page of our own: it is only read, and never kept.
func ours(page http.HandlerFunc) http.Handler {
	return fresh(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reads(w, r) {
			page(w, r)
		}
	}))
}

// reads refuses requests that want more than to read.
func reads(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "This can only be read.", http.StatusMethodNotAllowed)
	return false
}

// fresh is an answer of the moment, which no browser or proxy is to keep.
func fresh(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
