package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/quote"
	"github.com/octoq/octoq/internal/random"
)

// quoteRequest is what a request for a quote asks for.
type quoteRequest struct {
	bulkRequest
	name string
	keep time.Duration
}

// readQuoteRequest reads all but the body; the error is a Problem.
func (a *Endpoints) readQuoteRequest(r *http.Request) (*quoteRequest, error) {
	const letters = 8 // of a token: two quotes of one second have two names
	lines, err := readLinesRequest(r)
	q := &quoteRequest{bulkRequest: lines, name: quote.NameAt(time.Now()) + "-" + random.Token()[:letters], keep: quote.DefaultKeep}
	if err == nil {
		err = q.query(r.URL.RawQuery)
	}
	q.allOrNothing, q.problems = true, true
	if err == nil {
		err = q.notTooLarge(r)
	}
	caller := a.config.Caller(r.Context())
	forced := func(c campaign.Campaign) (campaign.Campaign, error) { return caller.Force(c), nil }
	q.rules = []enqueue.Rule{forced, quote.PartOf(q.name)}
	q.begin = func() error {
		return a.keepQuote(context.WithoutCancel(r.Context()), q.account, q.name, q.keep)
	}
	return q, err
}

// query reads the parameters; an unknown one is refused, for it was meant to do something.
func (q *quoteRequest) query(raw string) error {
	values, err := url.ParseQuery(raw)
	p := queryProblem()
	if err != nil {
		return p
	}
	for name, all := range values {
		if err := q.parameter(name, all); err != nil {
			p.Errors = append(p.Errors, FieldFault{Field: clip(name), Detail: err.Error()})
		}
	}
	if len(p.Errors) > 0 {
		return p
	}
	return nil
}

func (q *quoteRequest) parameter(name string, values []string) (err error) {
	value := values[len(values)-1]
	switch {
	case len(values) > 1:
		return errors.New("is given twice")
	case name == "name":
		q.name = value
		return quote.CheckName(clip(value))
	case name == "keep":
		q.keep, err = quote.ParseKeep(clip(value))
		return err
	default:
		return errors.New("is no parameter: name and keep are")
	}
}
