package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/quote"
)

// quotes registers what campaigns will cost that wait to be approved as a whole.
func (a *Endpoints) quotes() {
	op := quoteOperation(a.huma.OpenAPI().Components.Schemas)
	a.huma.OpenAPI().AddOperation(op)
	a.huma.Adapter().Handle(op, a.huma.Middlewares().Handler(a.postQuote))
	huma.Register(a.huma, huma.Operation{
		OperationID: "get-quote", Method: http.MethodGet, Path: "/v1/accounts/{account}/quotes/{name}", Tags: []string{"campaigns"},
		Summary:     "Find what a quote comes to",
		Description: "202 while campaigns go on towards their price, with those that have one so far; 200 once none does. 404 where no campaign has the label quote=NAME.",
		Errors:      []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		Responses:   map[string]*huma.Response{"202": quoteResponse(a.huma.OpenAPI().Components.Schemas, "Some campaigns have no price yet.")},
	}, a.getQuote)
}

// QuotePath names a quote in a path.
type QuotePath struct {
	AccountPath
	Name string `path:"name"`
}

type quoteAnswer struct {
	Status int
	Body   quote.Total
}

func (a *Endpoints) getQuote(ctx context.Context, in *QuotePath) (*quoteAnswer, error) {
	sum, err := a.sumOf(ctx, in.Account, in.Name)
	if err != nil {
		return nil, a.problem(err)
	}
	if sum.Campaigns == 0 {
		return nil, newProblem(http.StatusNotFound, "", "No campaign of account "+clip(in.Account)+" has the label quote="+clip(in.Name)+".")
	}
	return &quoteAnswer{Status: statusOf(sum), Body: sum}, nil
}

// statusOf is 202 while campaigns of a quote go on towards their price.
func statusOf(sum quote.Total) int {
	if sum.Settled() {
		return http.StatusOK
	}
	return http.StatusAccepted
}

// sumOf is what a quote of an account comes to.
func (a *Endpoints) sumOf(ctx context.Context, account, name string) (quote.Total, error) {
	operator, err := a.operatorOf(ctx, account)
	if err != nil {
		return quote.Total{}, err
	}
	within, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	sum, err := quote.Adder{Campaigns: a.config.Client, Purse: operator}.Sum(within, name, account)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return sum, newProblem(http.StatusServiceUnavailable, "", "It took longer than a minute to add quote "+clip(name)+" up: ask again later.")
	}
	return sum, err
}

// postQuote enqueues the campaigns of a quote.
func (a *Endpoints) postQuote(c huma.Context) {
	r, w := humago.Unwrap(c)
	q, err := a.readQuoteRequest(r)
	if err != nil {
		sorted(err).write(w)
		return
	}
	a.exchange(w, r, q.bulkRequest, func(run *bulkRun) error {
		faults := &firstFaults{}
		run.results = &results{sink: faults, problems: true, cells: q.format == enqueue.FormatCSV}
		if err := run.allOrNothing(a.bulks.room); err != nil {
			return err
		}
		if err := notQuoted(run, faults); err != nil {
			return err
		}
		sum, err := a.sumOf(context.WithoutCancel(r.Context()), q.account, q.name)
		if err != nil {
			return err
		}
		run.exchange.answer(statusOf(sum), q.location(), sum)
		return nil
	})
}

// keepQuote notes when a quote ends.
func (a *Endpoints) keepQuote(ctx context.Context, account, name string, keep time.Duration) error {
	operator, err := a.operatorOf(ctx, account)
	if err != nil {
		return err
	}
	return operator.KeepQuote(ctx, account, name, keep)
}

// location is where the quote is found.
func (q *quoteRequest) location() string {
	return "/v1/accounts/" + url.PathEscape(q.account) + "/quotes/" + url.PathEscape(q.name)
}

// answer answers with one object.
func (x *exchange) answer(status int, location string, body any) {
	_ = x.control.SetWriteDeadline(time.Now().Add(x.patience))
	x.to.Header().Set("Content-Type", "application/json")
	x.to.Header().Set("Location", location)
	x.to.WriteHeader(status)
	_ = json.NewEncoder(x.to).Encode(body) // a caller that does not get it asks at the location
}
