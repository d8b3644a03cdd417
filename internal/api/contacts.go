package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/contacts"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/resultstore"
)

const (
	// pushesAtOnce bounds the requests that add contacts at the same time, and pushWithin
	// how long one may take: an answer has to be written within 30 seconds.
	pushesAtOnce = 4
	pushWithin   = 20 * time.Second
	// maxContactsBody is in bytes.
	maxContactsBody = 1 << 20
)

// contacts registers adding contacts.
func (a *Endpoints) contacts() {
	huma.Register(a.huma, huma.Operation{
		OperationID: "post-contacts", Method: http.MethodPost, Path: "/v1/accounts/{account}/contacts", Tags: []string{"results"}, Summary: "Add contacts to a list at Octopush",
		Description: "In their order, within the limits of the account's workers and behind their calls. Who octoq knows to have opted out is left out. Octopush overwrites a number that it has, so " +
			"a request may be repeated: after a 502 or 503 some of its contacts may have been added. octoq web needs the account's credentials, and the rate, burst and max_in_flight of " +
			"its workers: 409 without credentials, or where the account is on hold. For more than 1,000 contacts there is octoq contacts push.",
		MaxBodyBytes: maxContactsBody, Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable},
	}, a.postContacts)
}

type contactsInput struct {
	AccountPath
	Body struct {
		ListName string             `json:"list_name" minLength:"1" maxLength:"30" doc:"the list, which is Octopush's"`
		Contacts []campaign.Contact `json:"contacts" minItems:"1" maxItems:"1000"`
	}
}

// ContactResult is what became of a contact.
type ContactResult struct {
	Index  int    `json:"index" doc:"of the contact in the request, from 0"`
	Result string `json:"result" enum:"added,invalid,opted_out,refused"`
	Detail string `json:"detail,omitempty"`
}

type contactsAnswer struct {
	Body struct {
		contacts.Tally
		Results []ContactResult `json:"results"`
	}
}

func (a *Endpoints) postContacts(ctx context.Context, in *contactsInput) (*contactsAnswer, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	select {
	case a.pushes <- struct{}{}:
		defer func() { <-a.pushes }()
	default:
		p := newProblem(http.StatusTooManyRequests, "", "Others are adding contacts: try again.")
		p.header = http.Header{"Retry-After": {"1"}}
		return nil, p
	}
	answer, err := a.push(ctx, in)
	if answer != nil && answer.Body.Added > 0 {
		operator.NotePush(ctx, in.Account, in.Body.ListName, answer.Body.Added)
	}
	if err != nil {
		return nil, a.problem(a.contactsProblem(ctx, err))
	}
	return answer, nil
}

// push adds the contacts of a request. Its answer says what was settled, also where it fails.
func (a *Endpoints) push(ctx context.Context, in *contactsInput) (*contactsAnswer, error) {
	if a.config.Octopush == nil {
		return nil, ErrNotSetUp
	}
	octopush, err := a.config.Octopush.Contacts(in.Account)
	if err != nil {
		return nil, err
	}
	defer octopush.Close()
	ctx, cancel := context.WithTimeout(ctx, pushWithin)
	defer cancel()
	p := contacts.Pusher{API: octopush, OptOuts: a.config.Reports, Account: in.Account, List: in.Body.ListName, Batch: contacts.DefaultBatch}
	answer := &contactsAnswer{}
	err = p.Push(ctx, contacts.PushProgress{}, rowsOf(in.Body.Contacts), func(results []contacts.LineResult, to contacts.PushProgress) error {
		for _, r := range results {
			answer.Body.Results = append(answer.Body.Results, ContactResult{Index: r.Line, Result: r.Result, Detail: r.Detail})
		}
		answer.Body.Tally = to.Tally
		return nil
	})
	return answer, err
}

// rowsOf are contacts by their place in the request.
func rowsOf(all []campaign.Contact) iter.Seq2[contacts.Row, error] {
	return func(yield func(contacts.Row, error) bool) {
		for i, c := range all {
			if !yield(contacts.NewRow(i, c), nil) {
				return
			}
		}
	}
}

// contactsProblem is why not all contacts were added.
func (a *Endpoints) contactsProblem(ctx context.Context, err error) error {
	_, account := errors.AsType[*contacts.AccountError](err)
	_, refused := errors.AsType[*contacts.RefusedError](err)
	_, away := errors.AsType[*contacts.UnavailableError](err)
	switch {
	case errors.Is(err, phone.ErrNoHasher), errors.Is(err, resultstore.ErrOtherKey):
		return numberProblem(err)
	case errors.Is(err, contacts.ErrHeld):
		return newProblem(http.StatusConflict, codeState, "The account is on hold.")
	case errors.Is(err, ErrNotSetUp), errors.Is(err, ErrOctopush):
		return octopushProblem(err)
	case account, refused, away:
		return octopushProblem(fmt.Errorf("%w: %w", ErrOctopush, err))
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return newProblem(http.StatusServiceUnavailable, "", fmt.Sprintf("It was not done within %v: the account's limits leave too little room, or Octopush is slow. Repeat the request.", pushWithin))
	}
	return err
}
