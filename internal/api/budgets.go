package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/budget"
)

// budgets registers what concerns the budgets of an account.
func (a *Endpoints) budgets() {
	operation := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Tags: []string{"budgets"}, Summary: summary, Description: description,
			MaxBodyBytes: maxBody, Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	const all, one = "/v1/accounts/{account}/budgets", "/v1/accounts/{account}/budgets/{name}"
	huma.Register(a.huma, operation("list-budgets", http.MethodGet, all, "List the budgets of an account", "By name, with what is spent and reserved in the present period."), a.listBudgets)
	huma.Register(a.huma, operation("put-budget", http.MethodPut, one, "Set a budget",
		"In the place of one of the same name: what its period has counted stays counted. 409 where the config file of workers sets it."), a.putBudget)
	huma.Register(a.huma, operation("delete-budget", http.MethodDelete, one, "Remove a budget", "409 where the config file of workers sets it."), a.deleteBudget)
}

type budgetsAnswer struct {
	Body struct {
		Items []admin.BudgetStanding `json:"items"`
	}
}

func (a *Endpoints) listBudgets(ctx context.Context, in *AccountPath) (*budgetsAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &budgetsAnswer{}
	if answer.Body.Items, err = operator.Budgets(ctx, in.Account); err != nil {
		return nil, a.problem(err)
	}
	return answer, nil
}

// BudgetPath names a budget in a path.
type BudgetPath struct {
	AccountPath
	Name string `path:"name"`
}

type budgetInput struct {
	BudgetPath
	Body struct {
		Per      string `json:"per" enum:"day,week,month" doc:"the length of its periods; weeks begin on Monday"`
		Amount   string `json:"amount" doc:"euros that campaigns may cost in a period, more than 0" example:"500.00"`
		Contacts int    `json:"contacts,omitempty" minimum:"0" maximum:"1000000000" doc:"contacts that they may go to; 0 is no bound"`
		Label    string `json:"label,omitempty" maxLength:"200" doc:"K: campaigns with that label, each value for itself; K=V: those with that value; absent: all campaigns"`
		Zone     string `json:"zone,omitempty" maxLength:"64" doc:"time zone of the periods; UTC by default" example:"Europe/Paris"`
		Over     string `json:"over,omitempty" enum:"ask,wait,dead" doc:"what becomes of a campaign that does not fit: a person is asked (default), it waits for the next period, or it becomes a dead letter"`
	}
}

type budgetAnswer struct {
	Body struct {
		admin.BudgetStanding
		Warnings []string `json:"warnings,omitempty" doc:"workers that do not keep to it"`
	}
}

func (a *Endpoints) putBudget(ctx context.Context, in *budgetInput) (*budgetAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	amount, err := campaign.ParseMoney(in.Body.Amount)
	if err != nil {
		return nil, unprocessable("The budget is not valid.", FieldFault{Pointer: "/amount", Field: "amount", Detail: err.Error()})
	}
	answer := &budgetAnswer{}
	answer.Body.BudgetStanding, answer.Body.Warnings, err = operator.SetBudget(ctx, in.Account, budget.Budget{
		Name: in.Name, Per: budget.Per(in.Body.Per), Amount: amount, Contacts: in.Body.Contacts, Label: in.Body.Label,
		Zone: in.Body.Zone, Over: budget.Over(in.Body.Over),
	})
	if err != nil {
		return nil, a.problem(budgetProblem(err))
	}
	return answer, nil
}

func (a *Endpoints) deleteBudget(ctx context.Context, in *BudgetPath) (*struct{}, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err == nil {
		err = budgetProblem(operator.RemoveBudget(ctx, in.Account, in.Name))
	}
	if err != nil {
		return nil, a.problem(err)
	}
	return nil, nil //nolint:nilnil // 204
}

// budgetProblem is a 409 for a budget that a config file sets.
func budgetProblem(err error) error {
	if errors.Is(err, budget.ErrFromConfig) {
		return newProblem(http.StatusConflict, codeState, capitalised(err.Error())+".")
	}
	return err
}
