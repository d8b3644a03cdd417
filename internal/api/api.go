package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/action"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/resultstore"
	"github.com/octoq/octoq/internal/tracing"
)

// Config is what the API works with. Client, Operator, Actions, Caller, Events, Reports and OnError are required.
type Config struct {
	// Client enqueues, finds, approves and cancels.
	Client *enqueue.Client
	// Operator is an operator's access to Redis in the name of the actor.
	Operator func(who string) (*admin.Service, error)
	// Caller returns the caller of a request, with the caller's rights.
	Caller func(context.Context) access.Caller
	// StillAllowed reports whether the caller of a request would be let in now as it was
	// when the request began. Requests that last are ended where not; nil lets them go on.
	StillAllowed func(context.Context) bool
	// People keeps users, tokens and the audit log; nil serves none of them.
	People *People
	// Actions acts on many campaigns.
	Actions *action.Actions
	// Events are read for callers that follow them.
	Events *hub.Reader
	// Webhooks are kept and tried by it; nil serves none of them. It goes with People.
	Webhooks *Webhooks
	// Reports keeps what Octopush reports.
	Reports *resultstore.Store
	// Octopush is asked in the name of accounts; nil asks nothing.
	Octopush Octopush
	// OnError is given what went wrong that an answer does not say: the trouble that
	// Redis has.
	OnError func(error)
	// Requests makes spans of requests; nil makes none.
	Requests *tracing.Requests
	// Version is octoq's, for the document.
	Version string
	// Stopping is closed when the process is to stop: requests that last end then, and
	// are answered. nil never is.
	Stopping <-chan struct{}
	// SpoolMax bounds the temporary files with the results of bulk requests, in bytes.
	// With 0 only results that fit memory are kept.
	SpoolMax int64
}

// Endpoints answer requests below /v1, and for the document that describes them.
type Endpoints struct {
	config Config
	mux    *http.ServeMux
	huma   huma.API
	bulks  bulks
	// pushes holds a place for each request that adds contacts.
	pushes chan struct{}
	// sendings are what accounts have sent lately.
	sendings sendings
	// wrongPasswords bound how fast users can guess their own.
	wrongPasswords wrongPasswords
	// operations are the ids of what the router's patterns lead to.
	operations map[string]string
	// bodies are the media types of what the patterns lead to, for those that change
	// something.
	bodies map[string][]string
}

// New makes the API; it asks Redis for nothing yet.
func New(cfg Config) (*Endpoints, error) {
	if cfg.Client == nil || cfg.Operator == nil || cfg.Actions == nil || cfg.Caller == nil || cfg.Events == nil || cfg.Reports == nil || cfg.OnError == nil {
		return nil, errors.New("api: Client, Operator, Actions, Caller, Events, Reports and OnError are needed")
	}
	return register(cfg), nil
}

// register puts every operation in its place.
func register(cfg Config) *Endpoints {
	useProblems()
	a := &Endpoints{config: cfg, mux: http.NewServeMux(), bulks: newBulks(cfg.SpoolMax), pushes: make(chan struct{}, pushesAtOnce)}
	a.huma = humago.New(a.mux, documentConfig(cfg.Version))
	a.campaigns()
	a.bulk()
	a.quotes()
	a.proofs()
	a.lists()
	a.decisions()
	a.actions()
	a.mending()
	a.accounts()
	a.holds()
	a.rules()
	a.stats()
	a.results()
	a.callbacks()
	a.contacts()
	a.budgets()
	a.events()
	a.webhooks()
	a.schedules()
	a.people()
	a.mux.HandleFunc("/", unknownPath)
	a.operations, a.bodies = a.describeAccess(), a.describeBodies()
	a.serveDocument()
	a.serveReference()
	return a
}

// ServeHTTP answers one request, in the trace that its caller names.
func (a *Endpoints) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, pattern := a.mux.Handler(r)
	a.config.Requests.Serve(w, tracing.OfCaller(r), pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.answer(w, r, pattern)
	}))
}

// answer answers one request, if its caller may make it and its body can be read.
func (a *Endpoints) answer(w http.ResponseWriter, r *http.Request, pattern string) {
	p := a.refuse(r, pattern)
	if p == nil {
		p = a.wrongType(r, pattern)
	}
	if p == nil {
		p = malformed(r)
	}
	if p != nil {
		p.write(w)
		return
	}
	r, done := a.whileAllowed(r)
	defer done()
	a.mux.ServeHTTP(w, r)
}

// problems makes huma answer its own faults, such as a parameter that is no number, as
// problems too, and describe lists as they are. The library has one such function for
// the whole process.
var problems sync.Once //nolint:gochecknoglobals // what it guards is one for the process, in the library

func useProblems() {
	problems.Do(func() {
		huma.DefaultArrayNullable = false // no list of an answer is null
		huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
			return problemOf(status, detail, errs)
		}
	})
}

func unknownPath(w http.ResponseWriter, r *http.Request) {
	p := newProblem(http.StatusNotFound, "", fmt.Sprintf("There is no %s %s. /openapi.json lists what there is.", r.Method, clip(r.URL.Path)))
	p.write(w)
}

// client is the client in the caller's name.
func (a *Endpoints) client(ctx context.Context) (*enqueue.Client, error) {
	return a.config.Client.As(a.config.Caller(ctx).Name)
}

// operator is the operator's access in the caller's name.
func (a *Endpoints) operator(ctx context.Context) (*admin.Service, error) {
	return a.config.Operator(a.config.Caller(ctx).Name)
}
