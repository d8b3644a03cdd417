package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
)

// decisions registers what a person decides on one campaign.
func (a *Endpoints) decisions() {
	huma.Register(a.huma, decision("cancel", "Cancel a campaign",
		"One that no worker has touched is cancelled at once; any other is marked, and its worker does the rest."), a.cancel)
	huma.Register(a.huma, decision("reject", "Reject a campaign",
		"It is cancelled, and its record says who rejected it and why. Once a confirm of it was tried it is dead, of the class declined and maybe_confirmed."), a.reject)
	huma.Register(a.huma, decision("replay", "Replay a dead campaign",
		"A worker starts its next run. One that may have been sent needs force, which goes on record."), a.replay)
	huma.Register(a.huma, decision("purge", "Purge a dead campaign",
		"The campaign and its letter go; its id stays taken."), a.purge)
	huma.Register(a.huma, decision("approve", "Approve what a campaign costs",
		"The body says what was shown, cost and number_of_contacts, or a bound, up_to. 409 where the campaign has become more than that."), a.approve)
}

// decision is the operation of a decision on one campaign.
func decision(name, summary, description string) huma.Operation {
	return huma.Operation{
		OperationID: name + "-campaign", Method: http.MethodPost, Path: "/v1/accounts/{account}/campaigns/{id}/" + name,
		Tags: []string{"campaigns"}, Summary: summary, Description: description, MaxBodyBytes: maxBody,
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}
}

// Seen is what a decision on one campaign was made on.
type Seen struct {
	IfMatch string `header:"If-Match" doc:"the ETag of the record that the decision was made on; 412 where the campaign has changed since. Without it the decision is on the campaign as it is" example:"\"1.7.Q2N5ZXJ0\""`
}

// guard is a context in which the decision is made on what was seen alone.
func (s Seen) guard(ctx context.Context) context.Context {
	if strings.TrimSpace(s.IfMatch) == "" {
		return ctx
	}
	return admin.WithTags(ctx, tagsOf(s.IfMatch))
}

type decideInput struct {
	CampaignPath
	Seen
	Body *decideBody
}

// decideBody is what a decision may say.
type decideBody struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"why, for the campaign's timeline"`
}

func (d *decideBody) reason() string {
	if d == nil {
		return ""
	}
	return d.Reason
}

func (a *Endpoints) cancel(ctx context.Context, in *decideInput) (*recordAnswer, error) {
	client, err := a.client(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	r, err := client.CancelBecause(in.guard(ctx), in.Account, in.ID, in.Body.reason())
	return a.decided(r, err)
}

type rejectInput struct {
	CampaignPath
	Seen
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"why, for those who wrote the campaign"`
	}
}

func (a *Endpoints) reject(ctx context.Context, in *rejectInput) (*recordAnswer, error) {
	client, err := a.client(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	r, err := client.Reject(in.guard(ctx), in.Account, in.ID, in.Body.Reason)
	return a.decided(r, err)
}

type replayInput struct {
	CampaignPath
	Seen
	Body *replayBody
}

type replayBody struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"why, for the campaign's timeline"`
	Force  bool   `json:"force,omitempty" doc:"accept that it may be sent a second time"`
}

func (a *Endpoints) replay(ctx context.Context, in *replayInput) (*recordAnswer, error) {
	said := replayBody{}
	if in.Body != nil {
		said = *in.Body
	}
	return a.operate(ctx, in.CampaignPath, func(o *admin.Service) error {
		return o.Replay(in.guard(ctx), in.Account, in.ID, said.Reason, said.Force)
	})
}

func (a *Endpoints) purge(ctx context.Context, in *decideInput) (*recordAnswer, error) {
	return a.operate(ctx, in.CampaignPath, func(o *admin.Service) error { return o.Purge(in.guard(ctx), in.Account, in.ID, in.Body.reason()) })
}

// operate does what an operator does to a letter. It is done then, so the answer does
// not hang on the record being read.
func (a *Endpoints) operate(ctx context.Context, c CampaignPath, do func(*admin.Service) error) (*recordAnswer, error) {
	operator, err := a.operator(ctx)
	if err == nil {
		err = do(operator)
	}
	if err != nil {
		return nil, a.letterProblem(ctx, c, err)
	}
	r, err := a.config.Client.Get(ctx, c.Account, c.ID)
	if err != nil {
		r = campaign.Record{Campaign: campaign.Campaign{Account: c.Account, ID: c.ID}}
	}
	return a.decided(r, nil)
}

// letterProblem is the answer to what failed on a letter. A campaign that no worker has
// touched has no record, but is there.
func (a *Endpoints) letterProblem(ctx context.Context, c CampaignPath, err error) error {
	if errors.Is(err, campaign.ErrNotFound) {
		if r, lookErr := a.config.Client.Get(ctx, c.Account, c.ID); lookErr == nil && r.State != campaign.StateDead {
			err = &campaign.StateError{Account: c.Account, ID: c.ID, State: r.State, Asked: "change the dead letter of", Why: "only dead campaigns have a letter"}
		}
	}
	return a.problem(err)
}

func (a *Endpoints) decided(r campaign.Record, err error) (*recordAnswer, error) {
	if err != nil {
		return nil, a.problem(err)
	}
	return answerOf(http.StatusOK, r), nil
}
