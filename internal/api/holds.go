package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// holds registers what stops all accounts at once.
func (a *Endpoints) holds() {
	operation := func(id, method, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/v1/hold", Tags: []string{"accounts"}, Summary: summary, Description: description,
			MaxBodyBytes: maxBody, Errors: []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	huma.Register(a.huma, operation("hold-all", http.MethodPut, "Stop all accounts",
		"No worker makes a call for any account that was ever used or that a worker serves, until its hold is lifted. An account that is first used later is not stopped. "+
			"503 where not all could be stopped: send it again."), a.holdAll)
	huma.Register(a.huma, operation("lift-all", http.MethodDelete, "Lift all holds that were set by hand",
		"Also those that were set for a single account. Holds that octoq has set stay, and are lifted by it."), a.liftAll)
}

type holdAllInput struct{ Body *holdBody }

type holdAllAnswer struct {
	Body struct {
		Accounts []string `json:"accounts" doc:"which accounts it was done to"`
		Held     bool     `json:"held"`
	}
}

func (a *Endpoints) holdAll(ctx context.Context, in *holdAllInput) (*holdAllAnswer, error) {
	operator, err := a.operator(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	message := ""
	if in.Body != nil {
		message = in.Body.Message
	}
	stopped, err := operator.HoldAll(ctx, message)
	if err != nil {
		return nil, a.partly(err, fmt.Sprintf("Not all accounts could be stopped: %d are on hold.", len(stopped)))
	}
	answer := &holdAllAnswer{}
	answer.Body.Accounts, answer.Body.Held = []string{}, true
	for _, s := range stopped {
		answer.Body.Accounts = append(answer.Body.Accounts, s.Account)
	}
	return answer, nil
}

func (a *Endpoints) liftAll(ctx context.Context, _ *struct{}) (*holdAllAnswer, error) {
	operator, err := a.operator(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	lifted, err := operator.LiftAll(ctx)
	if err != nil {
		return nil, a.partly(err, fmt.Sprintf("Not all holds could be lifted: %d were.", len(lifted)))
	}
	answer := &holdAllAnswer{}
	answer.Body.Accounts = lifted
	return answer, nil
}

// partly is a 503 for what was done to some accounts and not to all.
func (a *Endpoints) partly(err error, done string) error {
	a.config.OnError(err)
	return newProblem(http.StatusServiceUnavailable, codeRedis, done+" Redis cannot be worked with just now: send the same request again.")
}
