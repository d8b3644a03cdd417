package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
)

// decisions registers what a person decides on one campaign.
func (a *Endpoints) decisions() {
	register := func(name, summary, description string, do func(context.Context, *decideInput) (*recordAnswer, error)) {
		huma.Register(a.huma, huma.Operation{
			OperationID: name + "-campaign", Method: http.MethodPost, Path: "/v1/accounts/{account}/campaigns/{id}/" + name,
			Tags: []string{"campaigns"}, Summary: summary, Description: description, MaxBodyBytes: maxBody,
			Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}, do)
	}
	register("cancel", "Cancel a campaign",
		"One that no worker has touched is cancelled at once; any other is marked, and its worker does the rest.", a.cancel)
	register("replay", "Replay a dead campaign",
		"A worker starts its next run. One that may have been sent needs force, which goes on record.", a.replay)
	register("purge", "Purge a dead campaign",
		"The campaign and its letter go; its id stays taken.", a.purge)
	huma.Register(a.huma, huma.Operation{
		OperationID: "approve-campaign", Method: http.MethodPost, Path: "/v1/accounts/{account}/campaigns/{id}/approve",
		Tags: []string{"campaigns"}, Summary: "Approve what a campaign costs", MaxBodyBytes: maxBody,
		Description: "The body says what was shown, cost and number_of_contacts, or a bound, up_to. 409 where the campaign has become more than that.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, a.approve)
}

type decideInput struct {
	CampaignPath
	Body *decideBody
}

// decideBody is what a decision may say.
type decideBody struct {
	Force bool `json:"force,omitempty" doc:"replay alone: accept that it may be sent a second time"`
}

func (d *decideBody) force() bool { return d != nil && d.Force }

type approveInput struct {
	CampaignPath
	Body approval
}

// approval is a consent to a price.
type approval struct {
	Cost     *amount `json:"cost,omitempty" doc:"the price that was shown, in euros" example:"19.75"`
	UpTo     *amount `json:"up_to,omitempty" doc:"the most that it may cost, in euros" example:"25.00"`
	Contacts *int    `json:"number_of_contacts,omitempty" minimum:"0" doc:"the most contacts that it may go to"`
	Force    bool    `json:"force,omitempty" doc:"accept a second sending of a campaign that waits because Redis was replaced"`
}

// amount is a text, so that no client rounds it.
type amount string

func (a *amount) money(field string) (*campaign.Money, error) {
	if a == nil {
		return nil, nil
	}
	m, err := campaign.ParseMoney(string(*a))
	if err != nil {
		p := newProblem(http.StatusUnprocessableEntity, "", "The approval names no amount.")
		p.Errors = []FieldFault{fault(field, err.Error())}
		return nil, p
	}
	return &m, nil
}

func (a approval) read() (campaign.Approval, error) {
	cost, err := a.Cost.money("cost")
	if err != nil {
		return campaign.Approval{}, err
	}
	upTo, err := a.UpTo.money("up_to")
	return campaign.Approval{Cost: cost, UpTo: upTo, Contacts: a.Contacts, Force: a.Force}, err
}

func (a *Endpoints) approve(ctx context.Context, in *approveInput) (*recordAnswer, error) {
	given, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	client, err := a.client(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	r, err := client.Approve(ctx, in.Account, in.ID, given)
	return a.decided(r, err)
}

func (a *Endpoints) cancel(ctx context.Context, in *decideInput) (*recordAnswer, error) {
	client, err := a.client(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	r, err := client.Cancel(ctx, in.Account, in.ID)
	return a.decided(r, err)
}

func (a *Endpoints) replay(ctx context.Context, in *decideInput) (*recordAnswer, error) {
	return a.operate(ctx, in, func(o *admin.Service) error { return o.Replay(ctx, in.Account, in.ID, in.Body.force()) })
}

func (a *Endpoints) purge(ctx context.Context, in *decideInput) (*recordAnswer, error) {
	return a.operate(ctx, in, func(o *admin.Service) error { return o.Purge(ctx, in.Account, in.ID) })
}

// operate does what an operator does to a letter. It is done then, so the answer does
// not hang on the record being read.
func (a *Endpoints) operate(ctx context.Context, in *decideInput, do func(*admin.Service) error) (*recordAnswer, error) {
	operator, err := a.operator(ctx)
	if err == nil {
		err = do(operator)
	}
	if err != nil {
		return nil, a.problem(err)
	}
	r, err := a.config.Client.Get(ctx, in.Account, in.ID)
	if err != nil {
		r = campaign.Record{Campaign: campaign.Campaign{Account: in.Account, ID: in.ID}}
	}
	return a.decided(r, nil)
}

func (a *Endpoints) decided(r campaign.Record, err error) (*recordAnswer, error) {
	if err != nil {
		return nil, a.problem(err)
	}
	return &recordAnswer{Status: http.StatusOK, Body: known{Record: r}}, nil
}
