package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
)

// accounts registers what concerns an account as a whole.
func (a *Endpoints) accounts() {
	operation := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Tags: []string{"accounts"}, Summary: summary, Description: description,
			MaxBodyBytes: maxBody, Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	const hold = "/v1/accounts/{account}/hold"
	huma.Register(a.huma, operation("list-accounts", http.MethodGet, "/v1/accounts", "List the accounts",
		"Those for which a campaign was ever enqueued, and which the caller may see, by name, each with how it stands. A page may have fewer than limit: go on until there is no next."), a.listAccounts)
	huma.Register(a.huma, operation("get-account", http.MethodGet, "/v1/accounts/{account}", "Read how an account stands",
		"Its workers and what they keep to, its hold, how many campaigns are in which state, and for how long the oldest have been due."), a.standing)
	huma.Register(a.huma, operation("list-alerts", http.MethodGet, "/v1/alerts", "List what needs a person",
		"In the accounts that the caller may see, the most urgent first. more says that not all accounts could be looked at in time."), a.alerts)
	huma.Register(a.huma, operation("hold-account", http.MethodPut, hold, "Stop an account",
		"No worker makes a call for it until the hold is lifted."), a.setHold)
	huma.Register(a.huma, operation("lift-hold", http.MethodDelete, hold, "Lift an account's hold",
		"Whoever set it. 404 where there is none."), a.clearHold)
	huma.Register(a.huma, operation("vouch-account", http.MethodPost, "/v1/accounts/{account}/vouch", "Vouch for Redis",
		"A person's word, on record, that Redis has forgotten nothing of the account up to now."), a.vouch)
}

// AccountPath names an account in a path.
type AccountPath struct {
	Account string `path:"account"`
}

type standingAnswer struct{ Body admin.AccountStanding }

func (a *Endpoints) standing(ctx context.Context, in *AccountPath) (*standingAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	s, err := operator.Standing(ctx, in.Account)
	if errors.Is(err, campaign.ErrNotFound) {
		return nil, newProblem(http.StatusNotFound, "", "Nothing was ever enqueued for an account "+clip(in.Account)+".")
	}
	if err != nil {
		return nil, a.problem(err)
	}
	return &standingAnswer{Body: s}, nil
}

type alertsAnswer struct {
	Body struct {
		Items []admin.Alert `json:"items"`
		More  bool          `json:"more" doc:"not all accounts could be looked at in time"`
	}
}

// alertsFor is how long alerts are looked for.
const alertsFor = 2 * time.Second

func (a *Endpoints) alerts(ctx context.Context, _ *struct{}) (*alertsAnswer, error) {
	seen, err := a.visible(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	operator, err := a.operator(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	within, cancel := context.WithTimeout(ctx, alertsFor)
	defer cancel()
	all, looked, err := operator.Alerts(within, seen)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &alertsAnswer{}
	answer.Body.Items, answer.Body.More = append([]admin.Alert{}, all...), looked < len(seen)
	return answer, nil
}

type holdBody struct {
	Message string `json:"message,omitempty" maxLength:"500" doc:"why, for those who find the account stopped"`
}

type holdInput struct {
	AccountPath
	Body *holdBody
}

type holdAnswer struct {
	Body struct {
		Account string `json:"account"`
		Held    bool   `json:"held"`
	}
}

func (a *Endpoints) setHold(ctx context.Context, in *holdInput) (*holdAnswer, error) {
	message := ""
	if in.Body != nil {
		message = in.Body.Message
	}
	return a.held(ctx, in.Account, true, func(o *admin.Service) error { return o.SetHold(ctx, in.Account, message) })
}

func (a *Endpoints) clearHold(ctx context.Context, in *AccountPath) (*holdAnswer, error) {
	return a.held(ctx, in.Account, false, func(o *admin.Service) error {
		lifted, err := o.ClearHold(ctx, in.Account)
		if err == nil && !lifted {
			return newProblem(http.StatusNotFound, "", "Account "+clip(in.Account)+" is not on hold.")
		}
		return err
	})
}

func (a *Endpoints) held(ctx context.Context, account string, held bool, do func(*admin.Service) error) (*holdAnswer, error) {
	operator, err := a.operatorOf(ctx, account)
	if err == nil {
		err = do(operator)
	}
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &holdAnswer{}
	answer.Body.Account, answer.Body.Held = account, held
	return answer, nil
}

// operatorOf is an operator's access for what concerns an account.
func (a *Endpoints) operatorOf(ctx context.Context, account string) (*admin.Service, error) {
	if !campaign.ValidAccount(account) {
		return nil, newProblem(http.StatusNotFound, "", fmt.Sprintf("%q is no account: names are 1 to 32 of a-z 0-9 _ -.", clip(account)))
	}
	return a.operator(ctx)
}

type vouchInput struct {
	AccountPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

type vouchAnswer struct{ Body admin.Vouched }

func (a *Endpoints) vouch(ctx context.Context, in *vouchInput) (*vouchAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	done, err := operator.Vouch(ctx, in.Account, in.Body.Reason)
	if err != nil {
		return nil, a.problem(err)
	}
	return &vouchAnswer{Body: done}, nil
}
