package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
)

// streamFor is how long a stream of events lasts before its reader is to ask again, as
// every reader of such a stream does by itself: for shorter than proxies wait.
const streamFor = 50 * time.Second

// events registers what follows events.
func (a *Endpoints) events() {
	huma.Register(a.huma, huma.Operation{
		OperationID: "list-events", Method: http.MethodGet, Path: "/v1/events", Tags: []string{"events"},
		Summary: "Follow what happens",
		Description: "Events in their order, at least once each: one that comes twice has the same id. With Accept: text/event-stream they come as they " +
			"happen, for 50 seconds; then the reader asks again, with Last-Event-ID, as browsers do by themselves.",
		Errors: []int{http.StatusGone, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		Responses: map[string]*huma.Response{"200": {
			Description: "Events, possibly none, and the cursor behind them.",
			Content: map[string]*huma.MediaType{
				"application/json":  {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[eventPage](), true, "EventPage")},
				"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}},
			},
		}},
	}, a.follow)
}

type followInput struct {
	After       string   `query:"after" doc:"next of the page before; now for what happens from now on; without it, all that is kept"`
	LastEventID string   `header:"Last-Event-ID" doc:"after, for a stream that goes on"`
	Account     []string `query:"account,explode" doc:"only events of these accounts"`
	Type        []string `query:"type,explode" doc:"only events of these types"`
	Wait        string   `query:"wait" doc:"how long to wait for an event, such as 30s; 60s at most" example:"30s"`
	Limit       int      `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Accept      string   `header:"Accept" hidden:"true"`
}

// eventPage is some events.
type eventPage struct {
	Items []event.Event `json:"items"`
	Next  string        `json:"next" doc:"the cursor behind these events"`
}

func (a *Endpoints) follow(ctx context.Context, in *followInput) (*huma.StreamResponse, error) {
	wait, filter, err := in.read()
	if err != nil {
		return nil, err
	}
	filter.Sees = func(account string) bool { return a.config.Caller(ctx).May(access.Viewer, account) == nil }
	after, err := a.cursor(ctx, in)
	if err != nil {
		return nil, a.eventProblem(ctx, err)
	}
	if strings.Contains(in.Accept, "text/event-stream") {
		return a.stream(ctx, after, filter, in.Limit)
	}
	waiting, done := a.untilStop(ctx)
	defer done()
	page, err := a.config.Events.Read(waiting, after, filter, in.Limit, wait)
	if errors.Is(context.Cause(waiting), errStopping) {
		page, err = a.config.Events.Read(ctx, after, filter, in.Limit, 0)
	}
	if err != nil {
		return nil, a.eventProblem(ctx, err)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/json")
		answer := eventPage{Items: page.Events, Next: page.Next}
		if answer.Items == nil {
			answer.Items = []event.Event{}
		}
		_ = json.NewEncoder(hc.BodyWriter()).Encode(answer) // an error means that the caller has gone
	}}, nil
}

// read is what the query asks for.
func (in *followInput) read() (time.Duration, hub.Filter, error) {
	var faults []FieldFault
	filter := hub.Filter{Accounts: in.Account}
	for _, t := range in.Type {
		if !slices.Contains(event.Types(), event.Type(t)) {
			faults = append(faults, FieldFault{Field: "type", Detail: fmt.Sprintf("%q is no type of an event", clip(t))})
		}
		filter.Types = append(filter.Types, event.Type(t))
	}
	wait, ok := waitOf(in.Wait)
	if !ok {
		faults = append(faults, noWait())
	}
	if len(faults) > 0 {
		return 0, filter, queryProblem(faults...)
	}
	return wait, filter, nil
}

// cursor is where to read on.
func (a *Endpoints) cursor(ctx context.Context, in *followInput) (string, error) {
	switch {
	case in.LastEventID != "":
		return in.LastEventID, nil
	case in.After == "now":
		return a.config.Events.End(ctx)
	default:
		return in.After, nil
	}
}

// eventProblem is the answer to an error of reading events.
func (a *Endpoints) eventProblem(ctx context.Context, err error) error {
	if gone, ok := errors.AsType[*hub.GoneError](err); ok {
		p := newProblem(http.StatusGone, codeCursorGone, "Events behind this cursor are no longer kept. Go on from oldest, and compare what is known of campaigns with their list.")
		p.Oldest = gone.Oldest
		return p
	}
	if errors.Is(err, hub.ErrCursor) {
		return queryProblem(FieldFault{Field: "after", Detail: "is no cursor that an answer gave as next"})
	}
	return a.waitProblem(ctx, err)
}

// stream writes events as they happen. A cursor that is refused is answered as without a
// stream; what goes wrong later ends the stream, and its reader asks again.
func (a *Endpoints) stream(ctx context.Context, after string, filter hub.Filter, limit int) (*huma.StreamResponse, error) {
	page, err := a.config.Events.Read(ctx, after, filter, limit, 0)
	if err != nil {
		return nil, a.eventProblem(ctx, err)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "text/event-stream")
		ctx, cancel := context.WithTimeout(hc.Context(), streamFor)
		defer cancel()
		ctx, done := a.untilStop(ctx)
		defer done()
		_, w := humago.Unwrap(hc)
		if _, err := fmt.Fprint(w, "retry: 1000\n\n"); err != nil {
			return
		}
		for page, err := page, error(nil); err == nil; page, err = a.config.Events.Read(ctx, page.Next, filter, limit, streamFor) {
			if writeEvents(w, page) != nil {
				return
			}
		}
	}}, nil
}

// writeEvents writes events and the cursor behind them. The first page of a stream has
// it without events too: a reader that began with after=now goes on from there.
func writeEvents(w http.ResponseWriter, page hub.EventPage) error {
	for _, e := range page.Events {
		b, err := json.Marshal(e)
		if err == nil {
			_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Type, b)
		}
		if err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(w, "id: %s\n\n", page.Next); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
