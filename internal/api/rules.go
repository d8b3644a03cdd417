package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/budget"
)

// rules registers what concerns the rules of an account.
func (a *Endpoints) rules() {
	operation := func(id, method, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/v1/accounts/{account}/rules", Tags: []string{"rules"}, Summary: summary, Description: description,
			MaxBodyBytes: maxBody, Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	huma.Register(a.huma, operation("get-rules", http.MethodGet, "Read the rules of an account",
		"What it demands of each campaign: the rules in force, and of them what config files say (config) and what was set otherwise (set)."), a.getRules)
	huma.Register(a.huma, operation("put-rules", http.MethodPut, "Set the rules of an account",
		"In the place of all that was set before: a field that is left out is no rule. What the config files of workers say holds beside them."), a.putRules)
}

type rulesAnswer struct{ Body admin.RulesStanding }

func (a *Endpoints) getRules(ctx context.Context, in *AccountPath) (*rulesAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &rulesAnswer{}
	if answer.Body, err = operator.Rules(ctx, in.Account); err != nil {
		return nil, a.problem(err)
	}
	return answer, nil
}

type rulesInput struct {
	AccountPath
	Body struct {
		Confirm              string `json:"confirm,omitempty" enum:"auto,manual" doc:"manual: a person approves each campaign"`
		ApproveAbove         string `json:"approve_above,omitempty" doc:"euros above which a person approves; 0 is no such rule" example:"100.00"`
		ApproveAboveContacts int    `json:"approve_above_contacts,omitempty" minimum:"0" maximum:"1000000000" doc:"contacts above which a person approves; 0 is no such rule"`
		ApproveBy            string `json:"approve_by,omitempty" enum:"anyone,other" doc:"other: whoever approves has not written the campaign"`
		Window               string `json:"window,omitempty" maxLength:"500" doc:"when wholesale campaigns may go out, beside other windows; off is at any hour" example:"Mo-Sa 08:00-20:00 Europe/Paris"`
	}
}

// rules are those of the request.
func (in *rulesInput) rules() (budget.Rules, error) {
	r := budget.Rules{
		Confirm: in.Body.Confirm, ApproveAboveContacts: in.Body.ApproveAboveContacts, ApproveBy: in.Body.ApproveBy, Window: in.Body.Window,
	}
	if in.Body.ApproveAbove == "" {
		return r, nil
	}
	var err error
	if r.ApproveAbove, err = campaign.ParseMoney(in.Body.ApproveAbove); err != nil {
		return r, unprocessable("The rules are not valid.", FieldFault{Pointer: "/approve_above", Field: "approve_above", Detail: err.Error()})
	}
	return r, nil
}

type rulesSetAnswer struct {
	Body struct {
		admin.RulesStanding
		Warnings []string `json:"warnings,omitempty" doc:"workers that do not keep to them"`
	}
}

func (a *Endpoints) putRules(ctx context.Context, in *rulesInput) (*rulesSetAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	rules, err := in.rules()
	if err != nil {
		return nil, err
	}
	answer := &rulesSetAnswer{}
	answer.Body.Warnings, err = operator.SetRules(ctx, in.Account, func(budget.Rules) budget.Rules { return rules })
	if err == nil {
		answer.Body.RulesStanding, err = operator.Rules(ctx, in.Account)
	}
	if err != nil {
		return nil, a.problem(err)
	}
	return answer, nil
}
