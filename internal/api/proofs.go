package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/proof"
)

// proofs registers what sends a campaign's text to a small list first.
func (a *Endpoints) proofs() {
	huma.Register(a.huma, huma.Operation{
		OperationID: "proof-campaign", Method: http.MethodPost, Path: "/v1/accounts/{account}/campaigns/{id}/proof",
		Tags: []string{"campaigns"}, Summary: "Send a proof of a campaign", MaxBodyBytes: maxBody, DefaultStatus: http.StatusCreated,
		Description: "Enqueues a campaign with the same text, sender, type and purpose to a small list, with the label proof_of. It waits to be approved unless the campaign says confirm auto. " +
			"201 is a new proof; 200 is the same one, which has not ended yet, so the request may be repeated.",
		Errors:    append(enqueueErrors(), http.StatusNotFound),
		Responses: map[string]*huma.Response{"200": {Description: "The same proof is under way."}},
	}, a.proof)
}

type proofInput struct {
	CampaignPath
	Body struct {
		List string `json:"list_name" minLength:"1" maxLength:"30" doc:"the list that the proof goes to" example:"proofs"`
	}
}

func (a *Endpoints) proof(ctx context.Context, in *proofInput) (*recordAnswer, error) {
	client, err := a.client(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	caller := a.config.Caller(ctx)
	allow := func(c campaign.Campaign) (campaign.Campaign, error) { return caller.Force(c), nil }
	made, err := proof.Proofs{Client: client, Allow: allow}.Make(ctx, in.Account, in.ID, in.Body.List)
	if err != nil {
		return nil, a.problem(err)
	}
	status := http.StatusCreated
	if made.Known {
		status = http.StatusOK
	}
	return a.enqueued(ctx, status, made.Proof, made.Receipt), nil
}
