package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/spool"
)

// bulksAtOnce bounds how many bulk requests are under way in a process: each takes some
// megabytes of memory.
const bulksAtOnce = 16

// bulks is what the bulk requests of a process share.
type bulks struct {
	room     *spool.Room
	running  chan struct{}
	patience time.Duration
}

func newBulks(most int64) bulks {
	return bulks{room: spool.NewRoom(most), running: make(chan struct{}, bulksAtOnce), patience: patience}
}

// bulk registers the bulk request. The library knows no streams: it describes this one,
// and lets the same guards pass it as all others.
func (a *Endpoints) bulk() {
	op := bulkOperation(a.huma.OpenAPI().Components.Schemas)
	a.huma.OpenAPI().AddOperation(op)
	a.huma.Adapter().Handle(op, a.huma.Middlewares().Handler(a.postBulk))
}

// postBulk takes one bulk request.
func (a *Endpoints) postBulk(c huma.Context) {
	r, w := humago.Unwrap(c)
	request, err := readBulkRequest(r)
	if err != nil {
		sorted(err).write(w)
		return
	}
	a.exchange(w, r, request, func(run *bulkRun) error {
		results, done := a.resultsOf(run.exchange, request)
		defer done()
		run.results = results
		return run.run(a.bulks.room)
	})
}

// exchange has a request with many lines carried out, if there is room for it. The error is
// a Problem to answer with.
func (a *Endpoints) exchange(w http.ResponseWriter, r *http.Request, request bulkRequest, do func(*bulkRun) error) {
	client, err := a.client(r.Context())
	if err != nil {
		sorted(err).write(w)
		return
	}
	select {
	case a.bulks.running <- struct{}{}:
		defer func() { <-a.bulks.running }()
	default:
		newProblem(http.StatusServiceUnavailable, "", "octoq is busy with as many bulk requests as it takes at once. Send the same request again later.").write(w)
		return
	}
	x := newExchange(w, r, a.config.Stopping, a.bulks.patience)
	defer x.close()
	run := &bulkRun{client: client, caller: a.config.Caller(r.Context()), request: request, exchange: x, onError: a.config.OnError}
	if err := do(run); err != nil {
		x.refuse(sorted(err))
	}
}

// resultsOf are results that are answered at once, or when the body has ended.
func (a *Endpoints) resultsOf(x *exchange, request bulkRequest) (r *results, done func()) {
	r = &results{problems: request.problems, cells: request.format == enqueue.FormatCSV}
	if request.stream {
		r.sink = &streamed{x}
		return r, func() {}
	}
	s := a.bulks.room.New()
	r.sink = &kept{spool: s, onError: a.config.OnError}
	return r, s.Close
}
