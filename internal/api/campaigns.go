package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/result"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 1 << 20

// CampaignPath names a campaign in a path.
type CampaignPath struct {
	Account string `path:"account" doc:"the account, \"default\" where there is one"`
	ID      string `path:"id" doc:"the campaign's id, which is its idempotency key"`
}

// known is a record as an answer.
type known struct {
	admin.ReportedRecord
	Warnings []campaign.Warning
}

// knownRecord describes what known writes.
type knownRecord struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	campaign.Record
	Failure     failureOrNull      `json:"failure" doc:"why the campaign is dead; null where it is not"`
	Results     *result.Results    `json:"results,omitempty" doc:"what Octopush reported of its messages; absent before the first report, in lists, and in answers to what changes a campaign"`
	ReportsSeen int                `json:"reports_seen,omitempty" doc:"while it is not known whether the campaign was sent (maybe_confirmed): of how many numbers something was reported that proves nothing"`
	Warnings    []campaign.Warning `json:"warnings,omitempty" doc:"what is probably not meant"`
}

// failureOrNull describes a failure that is null where there is none.
type failureOrNull string

// Schema describes it.
func (failureOrNull) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{r.Schema(reflect.TypeFor[campaign.Failure](), true, "Failure"), {Type: "null"}}}
}

// MarshalJSON writes the record as octoq status --json does, and warnings behind it.
func (k known) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(k.ReportedRecord)
	if err != nil || len(k.Warnings) == 0 {
		return b, err
	}
	warnings, err := json.Marshal(k.Warnings)
	if err != nil {
		return nil, err
	}
	b = append(b[:len(b)-1], `,"warnings":`...)
	return append(append(b, warnings...), '}'), nil
}

type recordAnswer struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag" doc:"of the record, for If-Match; absent before a worker has touched the campaign"`
	Body     known
}

// campaigns registers what enqueues and finds campaigns.
func (a *Endpoints) campaigns() {
	const path = "/v1/accounts/{account}/campaigns"
	huma.Register(a.huma, huma.Operation{
		OperationID: "put-campaign", Method: http.MethodPut, Path: path + "/{id}", Tags: []string{"campaigns"},
		Summary: "Enqueue a campaign", MaxBodyBytes: maxBody, DefaultStatus: http.StatusCreated, RequestBody: campaignBody(a.huma), SkipValidateBody: true,
		Description: "201 is a new campaign, 200 the same one again: whatever happened to an earlier request, it may be repeated. 409 is another content under a known id.",
		Errors:      enqueueErrors(),
		Responses:   map[string]*huma.Response{"200": {Description: "The same campaign is known."}},
	}, a.put)
	huma.Register(a.huma, huma.Operation{
		OperationID: "post-campaign", Method: http.MethodPost, Path: path, Tags: []string{"campaigns"},
		Summary: "Enqueue a campaign whose id octoq chooses", MaxBodyBytes: maxBody, DefaultStatus: http.StatusCreated, RequestBody: campaignBody(a.huma), SkipValidateBody: true,
		Description: "With an Idempotency-Key the id is made from it, and the request may be repeated. Without one, and without an id in the body, each request is a campaign of its own.",
		Errors:      enqueueErrors(),
		Responses:   map[string]*huma.Response{"200": {Description: "The same campaign is known."}},
	}, a.post)
	huma.Register(a.huma, huma.Operation{
		OperationID: "get-campaign", Method: http.MethodGet, Path: path + "/{id}", Tags: []string{"campaigns"},
		Summary: "Find a campaign", Description: "The record, as octoq status --json prints it. While it waits to be approved, warnings name other campaigns to the same list or tag within a day.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, a.get)
}

func enqueueErrors() []int {
	return []int{
		http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusServiceUnavailable, http.StatusInsufficientStorage,
	}
}

type getInput struct {
	CampaignPath
	Wait  string `query:"wait" doc:"how long to wait for the state, such as 30s; 60s at most" example:"30s"`
	Until string `query:"until" doc:"the state to wait for; any final one ends the wait, too. Without it, a final state is waited for" example:"sent"`
}

// waitMost is how long a request may wait for a state.
const waitMost = time.Minute

func (a *Endpoints) get(ctx context.Context, in *getInput) (*recordAnswer, error) {
	wait, until, err := in.wait()
	if err != nil {
		return nil, err
	}
	r, err := a.await(ctx, in.CampaignPath, wait, until)
	if err != nil {
		return nil, a.waitProblem(ctx, err)
	}
	answer := answerOf(http.StatusOK, r)
	if r.State == campaign.StateAwaitingApproval {
		answer = a.warned(ctx, http.StatusOK, r)
	}
	return a.withResults(ctx, answer, nil)
}

func (in *getInput) wait() (time.Duration, campaign.State, error) {
	until := campaign.State(in.Until)
	var faults []FieldFault
	if in.Until != "" && !slices.Contains(campaign.States(), until) {
		faults = append(faults, FieldFault{Field: "until", Detail: "is no state"})
	}
	wait, ok := waitOf(in.Wait)
	if !ok {
		faults = append(faults, noWait())
	}
	if len(faults) > 0 {
		return 0, "", queryProblem(faults...)
	}
	return wait, until, nil
}

// waitOf reads how long to wait, "" for not at all.
func waitOf(text string) (wait time.Duration, ok bool) {
	if text == "" {
		return 0, true
	}
	wait, err := time.ParseDuration(text)
	return wait, err == nil && wait >= 0 && wait <= waitMost
}

func noWait() FieldFault {
	return FieldFault{Field: "wait", Detail: "is no time of 0s to 60s, such as 30s"}
}

// await returns the record once it is in a state, has ended, the time is over, or octoq
// is to stop.
func (a *Endpoints) await(ctx context.Context, c CampaignPath, wait time.Duration, until campaign.State) (campaign.Record, error) {
	const every = 200 * time.Millisecond
	end := time.After(wait)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		r, err := a.config.Client.Get(ctx, c.Account, c.ID)
		if err != nil || wait == 0 || r.State == until || r.State.Final() {
			return r, err
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-a.config.Stopping:
			return r, nil
		case <-end:
			return r, nil
		case <-tick.C:
		}
	}
}

// same reports whether a campaign is known with the same content.
func same(err error) bool {
	d, ok := errors.AsType[*campaign.DuplicateError](err)
	return ok && d.Same && d.State != campaign.StatePurged && !errors.Is(err, enqueue.ErrNotDurable)
}
