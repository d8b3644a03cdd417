package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
)

type approveInput struct {
	CampaignPath
	Seen
	Body approval
}

// approval is a consent to a price.
type approval struct {
	Cost     *amount `json:"cost,omitempty" doc:"the price that was shown, in euros" example:"19.75"`
	UpTo     *amount `json:"up_to,omitempty" doc:"the most that it may cost, in euros" example:"25.00"`
	Contacts *int    `json:"number_of_contacts,omitempty" minimum:"0" doc:"the most contacts that it may go to"`
	Force    bool    `json:"force,omitempty" doc:"accept a second sending of a campaign that waits because Redis was replaced"`
}

// amount is an amount of euros as it was written: a text that no client rounds, or a
// number, as records have it.
type amount string

// UnmarshalJSON keeps the digits of either.
func (a *amount) UnmarshalJSON(data []byte) error {
	*a = amount(strings.Trim(string(data), `"`))
	return nil
}

// Schema describes an amount that is asked for.
func (amount) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}}}
}

func (a *amount) money(field string) (*campaign.Money, error) {
	if a == nil {
		return nil, nil
	}
	m, err := campaign.ParseMoney(string(*a))
	if err != nil {
		return nil, unprocessable("The approval names no amount.", fault(field, err.Error()))
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
	r, err := client.Approve(in.guard(ctx), in.Account, in.ID, given)
	if err != nil {
		return nil, a.problem(err)
	}
	return a.warned(ctx, http.StatusOK, r), nil
}
