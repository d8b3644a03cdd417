package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/callback"
)

// CallbackPath begins the paths that Octopush reports to: below it stand account, secret
// and topic. They are logged and counted by this alone, since a caller that knows the secret
// can make reports up.
const CallbackPath = "/callbacks/"

// callbackPattern is what traces call a callback.
const callbackPattern = CallbackPath + "{account}/{secret}/{topic}"

// callbackGate lets callbacks with the right secret through.
type callbackGate struct {
	receiver *callback.Receiver
	slow     *slowdown
	proxied  bool
}

// callbacks serves the callbacks of Octopush, outside the guard: their secret is in the
// path, and they come from no browser.
func callbacks(cfg Config) http.Handler {
	g := &callbackGate{receiver: cfg.Callbacks, slow: newSlowdown(), proxied: cfg.Proxied}
	mux := http.NewServeMux()
	mux.HandleFunc(callbackPattern, func(w http.ResponseWriter, r *http.Request) {
		// In no trace that the request names: anybody may make one.
		cfg.Requests.Serve(w, r, callbackPattern, http.HandlerFunc(g.take))
	})
	mux.HandleFunc("/", empty(http.StatusNotFound))
	return fresh(mux)
}

// empty is an answer without a body: Octopush wants none.
func empty(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func (g *callbackGate) take(w http.ResponseWriter, r *http.Request) {
	account, topic := r.PathValue("account"), callback.Topic(r.PathValue("topic"))
	switch {
	case !campaign.ValidAccount(account) || !g.receiver.Admit(account, r.PathValue("secret")):
		w.WriteHeader(g.wrong(r))
	case !slices.Contains(callback.Topics(), topic):
		w.WriteHeader(http.StatusNotFound)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
	default:
		g.receiver.Receive(w, r, account, topic)
	}
}

// anyAccount stands for the user whose tries slowdown counts.
const anyAccount = "callbacks"

// wrong counts a wrong secret, and says how it is answered. A right one is never kept
// waiting: behind a proxy Octopush may share an address with a guesser, and 128 bits
// are not guessed.
func (g *callbackGate) wrong(r *http.Request) (status int) {
	if g.slow.begin(addressOf(r, g.proxied), anyAccount, time.Now()) > 0 {
		g.receiver.Counted("", "", callback.Slowed)
		return http.StatusTooManyRequests
	}
	g.receiver.Counted("", "", callback.WrongSecret)
	return http.StatusNotFound
}

// NewCallbackServer makes a server that serves callbacks, and whether it is alive, and
// nothing else: one that Octopush may reach where the pages stay inside.
func NewCallbackServer(cfg Config) *Server {
	mux := http.NewServeMux()
	mux.Handle(CallbackPath, callbacks(cfg))
	mux.Handle("/healthz", ours(alive))
	mux.HandleFunc("/", empty(http.StatusNotFound))
	return &Server{handler: harden(bounded(mux)), tls: cfg.TLS, log: cfg.Logger}
}

// ClosedToCallbacks is why callbacks may come from this machine alone, and what to set;
// "" where they may come from elsewhere.
func (c Config) ClosedToCallbacks() string {
	if c.TLS == nil && !c.Proxied {
		return "secrets would travel readable. Set OCTOQ_WEB_CERT_FILE and OCTOQ_WEB_KEY_FILE, or OCTOQ_WEB_PLAIN_HTTP=true where a proxy in front does TLS"
	}
	return ""
}
