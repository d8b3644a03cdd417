package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/result"
	"github.com/octoq/octoq/internal/resultstore"
)

// results registers what Octopush has reported.
func (a *Endpoints) results() {
	operation := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/v1/accounts/{account}" + path, Tags: []string{"results"}, Summary: summary, Description: description,
			Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	huma.Register(a.huma, operation("get-results", http.MethodGet, "/campaigns/{id}/results", "Read what became of a campaign's messages",
		"As Octopush reports it, counted within a second or two. Before the first report, and where Octopush reports nothing, all contacts are pending."), a.getResults)
	huma.Register(a.huma, operation("list-optouts", http.MethodGet, "/optouts", "List who wants no more messages",
		"Oldest first. Of a number that was deleted the keyed hash is left, and it stays blocked."), a.listOptOuts)
	huma.Register(a.huma, operation("get-optout", http.MethodGet, "/optouts/{number}", "Find the opt-out of a number",
		"404 where there is none. A number that was deleted is found, too."), a.getOptOut)
	huma.Register(a.huma, operation("delete-optout", http.MethodDelete, "/optouts/{number}", "Delete the number of an opt-out",
		"The number and its replies are deleted. Its keyed hash stays, so that it stays blocked. 404 where there is no opt-out of it."), a.deleteOptOut)
	huma.Register(a.huma, operation("list-replies", http.MethodGet, "/replies", "List the replies of recipients",
		"Oldest first, for as long as OCTOQ_NUMBERS_KEEP keeps them."), a.listReplies)
	huma.Register(a.huma, operation("delete-replies", http.MethodDelete, "/replies/{number}", "Delete the replies of a number",
		"404 where there are none."), a.deleteReplies)
}

type resultsAnswer struct{ Body result.Results }

func (a *Endpoints) getResults(ctx context.Context, in *CampaignPath) (*resultsAnswer, error) {
	r, err := a.config.Client.Get(ctx, in.Account, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	reported, err := a.reported(ctx, r)
	if err != nil {
		return nil, a.problem(err)
	}
	if reported.Results == nil {
		return &resultsAnswer{Body: result.Of(nil, r.Contacts)}, nil
	}
	return &resultsAnswer{Body: *reported.Results}, nil
}

// reported is a record with what was reported of it.
func (a *Endpoints) reported(ctx context.Context, r campaign.Record) (admin.ReportedRecord, error) {
	operator, err := a.operator(ctx)
	if err != nil {
		return admin.ReportedRecord{}, err
	}
	return operator.Reported(ctx, r)
}

// withResults adds what was reported to the answer with a record.
func (a *Endpoints) withResults(ctx context.Context, answer *recordAnswer, err error) (*recordAnswer, error) {
	if err != nil {
		return nil, err
	}
	reported, err := a.reported(ctx, answer.Body.Record)
	if err != nil {
		return nil, a.problem(err)
	}
	answer.Body.ReportedRecord = reported
	return answer, nil
}

// NumberPath names a phone number in a path.
type NumberPath struct {
	AccountPath
	Number string `path:"number" maxLength:"64" doc:"in international form" example:"+33612345678"`
}

type messagesInput struct {
	AccountPath
	Cursor string `query:"cursor" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type messagesAnswer struct{ Body resultstore.MessagePage }

func (a *Endpoints) listOptOuts(ctx context.Context, in *messagesInput) (*messagesAnswer, error) {
	return a.messages(ctx, in, a.config.Reports.OptOuts)
}

func (a *Endpoints) listReplies(ctx context.Context, in *messagesInput) (*messagesAnswer, error) {
	return a.messages(ctx, in, a.config.Reports.Replies)
}

func (a *Endpoints) messages(
	ctx context.Context, in *messagesInput, list func(context.Context, string, string, int) (resultstore.MessagePage, error),
) (*messagesAnswer, error) {
	if _, err := a.operatorOf(ctx, in.Account); err != nil {
		return nil, a.problem(err)
	}
	page, err := list(ctx, in.Account, in.Cursor, in.Limit)
	if err != nil {
		return nil, a.problem(numberProblem(err))
	}
	return &messagesAnswer{Body: page}, nil
}

type messageAnswer struct{ Body resultstore.KeptMessage }

func (a *Endpoints) getOptOut(ctx context.Context, in *NumberPath) (*messageAnswer, error) {
	if _, err := a.operatorOf(ctx, in.Account); err != nil {
		return nil, a.problem(err)
	}
	m, err := a.config.Reports.OptOut(ctx, in.Account, in.Number)
	if err != nil {
		return nil, a.problem(numberProblem(err))
	}
	return &messageAnswer{Body: m}, nil
}

func (a *Endpoints) deleteOptOut(ctx context.Context, in *NumberPath) (*struct{}, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	_, blocked, err := operator.ForgetNumber(ctx, a.config.Reports, in.Account, in.Number)
	if err != nil {
		return nil, a.problem(numberProblem(err))
	}
	if !blocked {
		return nil, newProblem(http.StatusNotFound, "", "There is no opt-out of this number. Its replies, if there were any, are deleted.")
	}
	return nil, nil //nolint:nilnil // 204
}

func (a *Endpoints) deleteReplies(ctx context.Context, in *NumberPath) (*struct{}, error) {
	operator, err := a.operatorOf(ctx, in.Account)
	if err != nil {
		return nil, a.problem(err)
	}
	n, err := operator.ForgetReplies(ctx, a.config.Reports, in.Account, in.Number)
	if err != nil {
		return nil, a.problem(numberProblem(err))
	}
	if n == 0 {
		return nil, newProblem(http.StatusNotFound, "", "There are no replies of this number.")
	}
	return nil, nil //nolint:nilnil // 204
}

// numberProblem is a 409 where numbers cannot be found by their hash.
func numberProblem(err error) error {
	if errors.Is(err, phone.ErrNoHasher) || errors.Is(err, resultstore.ErrOtherKey) {
		return newProblem(http.StatusConflict, codeState, capitalised(err.Error())+".")
	}
	return err
}
