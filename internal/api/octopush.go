package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/internal/callback"
	"github.com/octoq/octoq/internal/contacts"
)

// Why Octopush has not done what was asked.
var (
	// ErrNotSetUp: the settings of octoq web do not say how.
	ErrNotSetUp = errors.New("octoq web is not set up for it")
	// ErrOctopush: Octopush was asked, and has not done it.
	ErrOctopush = errors.New("Octopush has not done it")
)

// Octopush asks Octopush in the name of accounts. Its errors are ErrNotSetUp or ErrOctopush
// with more words, without secrets.
type Octopush interface {
	// Callbacks are the addresses that Octopush has for an account.
	Callbacks(ctx context.Context, account string) (callback.Addresses, error)
	// SetCallbacks has Octopush report to this octoq web.
	SetCallbacks(ctx context.Context, account string) (callback.Addresses, error)
	// Contacts opens what adds contacts within an account's limits. It has to be closed.
	Contacts(account string) (ContactsAPI, error)
}

// ContactsAPI adds contacts until it is closed.
type ContactsAPI interface {
	contacts.ContactAdder
	Close()
}

// callbacks registers where Octopush reports to.
func (a *Endpoints) callbacks() {
	operation := func(id, method, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/v1/accounts/{account}/callbacks", Tags: []string{"results"}, Summary: summary, Description: description,
			Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadGateway, http.StatusServiceUnavailable},
		}
	}
	const needs = " octoq web needs the account's credentials (OCTOQ_API_LOGIN, OCTOQ_API_KEY_FILE, or accounts in the config file): 409 without them. 502 where Octopush has not done it."
	huma.Register(a.huma, operation("get-callbacks", http.MethodGet, "Read where Octopush reports to",
		"Asks Octopush. What may be a secret in the addresses is masked."+needs), a.getCallbacks)
	huma.Register(a.huma, operation("put-callbacks", http.MethodPut, "Have Octopush report to this octoq web",
		"Gives Octopush the addresses below OCTOQ_PUBLIC_URL with the account's secret, in the place of those that it has. It may be repeated."+needs), a.putCallbacks)
}

type callbacksAnswer struct{ Body callback.Addresses }

func (a *Endpoints) getCallbacks(ctx context.Context, in *AccountPath) (*callbacksAnswer, error) {
	if _, err := a.operatorOf(ctx, in.Account); err != nil {
		return nil, a.problem(err)
	}
	return a.callbacksBy(in.Account, func(o Octopush) (callback.Addresses, error) { return o.Callbacks(ctx, in.Account) })
}

func (a *Endpoints) putCallbacks(ctx context.Context, in *AccountPath) (*callbacksAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	answer, err := a.callbacksBy(in.Account, func(o Octopush) (callback.Addresses, error) { return o.SetCallbacks(ctx, in.Account) })
	if err == nil {
		operator.NoteCallbacks(ctx, in.Account)
	}
	return answer, err
}

// callbacksBy answers with the addresses that do finds, without their secrets.
func (a *Endpoints) callbacksBy(account string, do func(Octopush) (callback.Addresses, error)) (*callbacksAnswer, error) {
	if a.config.Octopush == nil {
		return nil, octopushProblem(ErrNotSetUp)
	}
	addresses, err := do(a.config.Octopush)
	if err != nil {
		return nil, octopushProblem(err)
	}
	addresses.Account = account
	return &callbacksAnswer{Body: addresses.Masked()}, nil
}

// octopushProblem is a 409 where octoq web is not set up, and else a 502.
func octopushProblem(err error) *Problem {
	if errors.Is(err, ErrNotSetUp) {
		return newProblem(http.StatusConflict, codeState, capitalised(err.Error())+".")
	}
	return newProblem(http.StatusBadGateway, "", capitalised(err.Error())+".")
}
