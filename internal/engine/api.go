package engine

import (
	"context"
	"runtime"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/tracing"
)

// api is the account's API, counted and logged.
type api struct {
	client   *octopush.Client
	account  string
	calls    semaphore
	log      zerolog.Logger
	throttle *warnThrottle // of warnings of calls without a usable answer
	called   func(account string, call campaign.Call, class record.Class, took time.Duration)
	spans    *tracing.Calls
	now      func() time.Time
}

// newAPI is the API without a bound on its calls.
func newAPI(d deps, client *octopush.Client) *api {
	return &api{
		client: client, account: d.account.Name, log: d.log.Logger, throttle: &warnThrottle{}, called: d.metrics.Called,
		spans: tracing.NewCalls(d.process.TracerProvider), now: time.Now,
	}
}

// within is the same API with a bound on its calls.
func (a *api) within(calls semaphore) *api {
	bounded := *a
	bounded.calls = calls
	return &bounded
}

// Do makes one call, once the semaphore lets it.
func (a *api) Do(ctx context.Context, r record.Request) record.Outcome {
	release, err := a.calls.Acquire(ctx, r.Call, record.IsAlert(r.Campaign))
	if err != nil {
		return record.Outcome{Class: record.ClassNotSent, Message: err.Error()}
	}
	defer release()
	began := a.now()
	span := a.spans.Begin(ctx, r, began)
	out := a.client.Do(ctx, r)
	took := a.now().Sub(began)
	// The next call comes first: it matters more than what is still to be written
	// down here.
	release()
	runtime.Gosched()
	span.End(r, out, began.Add(took))
	a.called(a.account, r.Call, out.Class, took)
	a.log.Debug().Str(logID, r.Campaign.ID).Str(logCall, string(r.Call)).Str(logClass, string(out.Class)).
		Int(logHTTPStatus, out.HTTPStatus).Int(logCode, out.Code).Str(logMessage, out.Message).
		Str(logTicket, firstOf(out.Ticket, r.Ticket)).Dur(logTook, took).Msg("api called")
	if out.Unavailable() && ctx.Err() == nil {
		a.warn(r, out)
	}
	return out
}

// warn logs, once a minute at most, that the API is away or in trouble: until the
// account is held, which takes several campaigns, nothing else says so.
func (a *api) warn(r record.Request, out record.Outcome) {
	due, suppressed := a.throttle.allow(time.Now())
	if !due {
		return
	}
	a.log.Warn().Str(logID, r.Campaign.ID).Str(logCall, string(r.Call)).Str(logClass, string(out.Class)).
		Int(logHTTPStatus, out.HTTPStatus).Str(logMessage, out.Message).Int("more_since_last", suppressed).
		Msg("a call got no usable answer; it is made again later where that is safe")
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
