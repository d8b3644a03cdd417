package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/action"
)

// actions registers what acts on many campaigns.
func (a *Endpoints) actions() {
	operation := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Tags: []string{"actions"}, Summary: summary, Description: description,
			MaxBodyBytes: maxBody, Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	begin := operation("post-action", http.MethodPost, "/v1/actions", "Act on many campaigns, in two steps",
		"First action, account, filter and dry_run: the answer says which campaigns would be touched, and freezes them as a plan, each as it is. "+
			"Then that plan alone, within an hour: octoq acts on those that have not changed since, in the name of the caller. Nothing is forced, "+
			"and an approval covers the prices of the plan. Sent again, a plan stays begun, and an action that was stopped goes on. "+
			"It needs the role of the single act in the account.")
	begin.Responses = map[string]*huma.Response{
		"200": a.described("What would be touched.", reflect.TypeFor[planBody]()),
		"202": a.described("The action has begun.", reflect.TypeFor[actionStatus]()),
	}
	huma.Register(a.huma, begin, a.postAction)
	huma.Register(a.huma, operation("get-action", http.MethodGet, "/v1/actions/{id}", "How far an action has come",
		"It is kept for a week. 404 for a plan that nobody has begun."), a.getAction)
	stop := operation("stop-action", http.MethodPost, "/v1/actions/{id}/stop", "Stop an action",
		"What it has in hand is brought to its end; what it has touched stays so. It goes on when its plan is sent again.")
	stop.DefaultStatus = http.StatusAccepted
	huma.Register(a.huma, stop, a.stopAction)
}

// described is a response with a body of a type.
func (a *Endpoints) described(what string, body reflect.Type) *huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(body, true, body.Name())
	return &huma.Response{Description: what, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// planBody is a plan, its sample as lists have campaigns.
type planBody struct {
	action.Preview
	Sample []known `json:"sample" doc:"ten of them at most"`
}

type actionInput struct {
	Body actionBody
}

// actionBody asks for a plan, or begins one.
type actionBody struct {
	Plan    string        `json:"plan,omitempty" doc:"of a dry run; no other field stands beside it"`
	Action  action.Verb   `json:"action,omitempty" enum:"approve,reject,cancel,replay,purge"`
	Account string        `json:"account,omitempty"`
	Filter  *actionFilter `json:"filter,omitempty" doc:"which campaigns are meant; it asks for something at least"`
	Reason  string        `json:"reason,omitempty" maxLength:"500" doc:"why, for the timelines; a rejection needs it"`
	DryRun  bool          `json:"dry_run,omitempty" doc:"true: nothing is touched yet"`
}

// actionFilter says which campaigns are meant, as the parameters of the list do.
type actionFilter struct {
	State    []string          `json:"state,omitempty" minItems:"1" doc:"those in one of these states"`
	Labels   map[string]string `json:"labels,omitempty" minProperties:"1" doc:"those with all of these labels"`
	List     string            `json:"list_name,omitempty" minLength:"1"`
	Tag      string            `json:"tag_name,omitempty" minLength:"1"`
	Class    string            `json:"failure_class,omitempty" minLength:"1" doc:"those that are dead for this reason" example:"rejected"`
	Since    GivenTime         `json:"since,omitzero" doc:"those enqueued at this time or later"`
	Until    GivenTime         `json:"until,omitzero" doc:"those enqueued before this time"`
	IDPrefix string            `json:"id_prefix,omitempty" minLength:"1" doc:"those whose id begins so"`
	IDPart   string            `json:"id_part,omitempty" minLength:"1" doc:"those whose id contains this"`
}

func (f *actionFilter) filter(account string) enqueue.Filter {
	if f == nil {
		return enqueue.Filter{Account: account}
	}
	all := enqueue.Filter{
		Account: account, Labels: f.Labels, ListName: f.List, TagName: f.Tag, FailureClass: campaign.FailureClass(f.Class),
		Since: f.Since.Time, Until: f.Until.Time, IDPrefix: f.IDPrefix, IDPart: f.IDPart,
	}
	for _, s := range f.State {
		all.States = append(all.States, campaign.State(s))
	}
	return all
}

type actionAnswer struct {
	Status int
	Body   any
}

func (a *Endpoints) postAction(ctx context.Context, in *actionInput) (*actionAnswer, error) {
	if in.Body.Plan != "" {
		return a.begin(ctx, in.Body)
	}
	return a.plan(ctx, in.Body)
}

// planWithin is how long a plan may take to make.
const planWithin = time.Minute

func (a *Endpoints) plan(ctx context.Context, b actionBody) (*actionAnswer, error) {
	switch {
	case !b.Action.Valid():
		return nil, unprocessable("Which action? Give action, account and filter with dry_run, or the plan of a dry run.", fault("action", "is missing"))
	case !campaign.ValidAccount(b.Account):
		return nil, unprocessable("Of which account? An action concerns one.", fault("account", "is no account"))
	}
	if err := a.config.Caller(ctx).May(roleOf(b.Action), b.Account); err != nil {
		return nil, deniedProblem(err)
	}
	if !b.DryRun {
		return nil, unprocessable("An action begins with a dry run: send this with dry_run, and then its plan.", fault("dry_run", "must be true"))
	}
	within, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	p, err := a.config.Actions.Plan(within, action.Order{Verb: b.Action, Filter: b.Filter.filter(b.Account), Reason: b.Reason})
	switch {
	case err != nil && within.Err() != nil && ctx.Err() == nil:
		return nil, unprocessable("It took longer than a minute to find these campaigns: ask for fewer at once, by state, since and until.")
	case err != nil:
		return nil, a.actionProblem(err)
	}
	body := planBody{Preview: p, Sample: make([]known, len(p.Sample))}
	for i, r := range p.Sample {
		body.Sample[i].Record = r
	}
	return &actionAnswer{Status: http.StatusOK, Body: body}, nil
}

func (a *Endpoints) begin(ctx context.Context, b actionBody) (*actionAnswer, error) {
	if b.Action != "" || b.Account != "" || b.Filter != nil || b.Reason != "" || b.DryRun {
		return nil, unprocessable("The plan says all of this already: send it alone.", fault("plan", "stands beside other fields"))
	}
	seen, err := a.mayAct(ctx, b.Plan)
	if err != nil {
		return nil, err
	}
	s, err := a.config.Actions.Begin(ctx, b.Plan, a.config.Caller(ctx).Name)
	if err != nil {
		return nil, a.actionProblem(err)
	}
	a.config.Actions.Kick()
	if seen.Waits() { // sent again, it changes nothing
		a.noteAction(ctx, "action.begin", s)
	}
	return &actionAnswer{Status: http.StatusAccepted, Body: actionStatus{s}}, nil
}

// ActionPath names an action in a path.
type ActionPath struct {
	ID string `path:"id" doc:"that of its plan"`
}

// actionStatus is how far an action has come.
type actionStatus struct{ action.Status }

type actionStatusAnswer struct{ Body actionStatus }

func (a *Endpoints) getAction(ctx context.Context, in *ActionPath) (*actionStatusAnswer, error) {
	account, ok := action.AccountOf(in.ID)
	if !ok {
		return nil, a.actionProblem(action.ErrUnknown)
	}
	if err := a.config.Caller(ctx).May(access.Viewer, account); err != nil {
		return nil, deniedProblem(err)
	}
	s, err := a.config.Actions.Status(ctx, in.ID)
	if err != nil {
		return nil, a.actionProblem(err)
	}
	return &actionStatusAnswer{Body: actionStatus{s}}, nil
}

func (a *Endpoints) stopAction(ctx context.Context, in *ActionPath) (*actionStatusAnswer, error) {
	if _, err := a.mayAct(ctx, in.ID); err != nil {
		return nil, err
	}
	s, err := a.config.Actions.Stop(ctx, in.ID)
	if err != nil {
		return nil, a.actionProblem(err)
	}
	a.config.Actions.Kick()
	if s.State == action.Stopping {
		a.noteAction(ctx, "action.stop", s)
	}
	return &actionStatusAnswer{Body: actionStatus{s}}, nil
}

// mayAct is a plan or an action, for a caller that may act as it does, where it does.
func (a *Endpoints) mayAct(ctx context.Context, id string) (action.Status, error) {
	caller := a.config.Caller(ctx)
	account, ok := action.AccountOf(id)
	if !ok {
		return action.Status{}, a.actionProblem(action.ErrUnknown)
	}
	if err := caller.May(access.Viewer, account); err != nil {
		return action.Status{}, deniedProblem(err) // of another account's plans nothing is said
	}
	s, err := a.config.Actions.Look(ctx, id)
	if err != nil {
		return s, a.actionProblem(err)
	}
	if err := caller.May(roleOf(s.Verb), s.Account); err != nil {
		return s, deniedProblem(err)
	}
	return s, nil
}

// roleOf is the role that the single act needs.
func roleOf(v action.Verb) access.Role {
	rule, ok := access.RuleOf(string(v) + "-campaign")
	if !ok {
		return access.Admin
	}
	return rule.Role
}

func (a *Endpoints) actionProblem(err error) error {
	_, tooMany := errors.AsType[*action.TooManyError](err)
	switch {
	case errors.Is(err, action.ErrUnknown):
		return newProblem(http.StatusNotFound, "", capitalised(err.Error())+".")
	case tooMany:
		return newProblem(http.StatusUnprocessableEntity, "", capitalised(err.Error())+".")
	default:
		return a.problem(err)
	}
}

// noteAction puts into the audit log that an action was begun, or stopped. What became of
// each campaign stands in its timeline.
func (a *Endpoints) noteAction(ctx context.Context, what string, s action.Status) {
	if a.config.People == nil {
		return
	}
	c := a.config.Caller(ctx)
	err := a.config.People.Store.As(c.Name, c.From).Note(ctx, accessstore.AuditEntry{
		Action: what, Subject: string(s.Verb) + " " + s.ID, Account: s.Account,
	})
	if err != nil {
		a.config.OnError(err)
	}
}
