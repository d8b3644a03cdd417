package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/schedule"
)

// The codes of problems. They are stable.
const (
	codeConflict   = "conflict"
	codePurged     = "purged"
	codeState      = "state"
	codeRedis      = "redis"
	codeNotDurable = "not_durable"
	codeCursorGone = "cursor_gone"
	codeRole       = "role"
	codeAccount    = "account"
	codeWebhookKey = "webhook_key"
	codeFourEyes   = "four_eyes"
)

// Problem says why a request was not carried out, in the form of RFC 9457.
type Problem struct {
	Type   string       `json:"type" example:"about:blank"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty" doc:"what happened, to which campaign, and what to do"`
	Code   string       `json:"code,omitempty" enum:"conflict,purged,state,redis,not_durable,cursor_gone,role,account,auth_lost,webhook_key,four_eyes" doc:"for programs, where the status alone does not say it"`
	Errors []FieldFault `json:"errors,omitempty" doc:"all faults at once"`
	// Enqueued is said beside the code not_durable.
	Enqueued bool `json:"enqueued,omitempty" doc:"the campaign is in Redis all the same, and will be sent"`
	// Oldest is said beside the code cursor_gone.
	Oldest string `json:"oldest,omitempty" doc:"the cursor before all events that are kept"`

	header http.Header // of the answer
}

// FieldFault is one fault of a request.
type FieldFault struct {
	Pointer string `json:"pointer,omitempty" doc:"a JSON pointer into the body" example:"/text"`
	Field   string `json:"field,omitempty" example:"text"`
	Detail  string `json:"detail"`
}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// unprocessable is a 422 with its faults.
func unprocessable(detail string, faults ...FieldFault) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, "", detail)
	p.Errors = faults
	return p
}

// queryProblem is the answer to parameters that cannot be understood.
func queryProblem(faults ...FieldFault) *Problem {
	return unprocessable("The query cannot be understood.", faults...)
}

// Error is the problem's text.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are those of the answer; where to ask again is what to do, it says when.
func (p *Problem) GetHeaders() http.Header {
	if p.Status == http.StatusServiceUnavailable {
		return http.Header{"Retry-After": {"2"}}
	}
	return p.header
}

// write answers with the problem.
func (p *Problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", p.ContentType(""))
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // an error means that the caller has gone
}

// problemOf makes a problem of what the library found wrong with a request.
func problemOf(status int, detail string, errs []error) *Problem {
	if detail == "cannot read request body" { // the client broke it off, or sent it in broken chunks
		status = http.StatusBadRequest
	}
	p := newProblem(status, "", detail)
	for _, err := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			_, field, _ := strings.Cut(d.Location, ".")
			p.Errors = append(p.Errors, FieldFault{Field: field, Detail: d.Message})
		}
	}
	return p
}

// problem is the answer to an error of a use case. What the answer does not say goes
// to OnError.
func (a *Endpoints) problem(err error) error {
	p := sorted(err)
	if p.Status >= http.StatusInternalServerError && !errors.Is(err, enqueue.ErrNotDurable) {
		a.config.OnError(err)
	}
	return p
}

// sorted makes a problem of an error.
func sorted(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if p := peopleProblem(err); p != nil {
		return p
	}
	if p := webhookProblem(err); p != nil {
		return p
	}
	switch {
	case errors.Is(err, enqueue.ErrNotDurable):
		p := newProblem(http.StatusServiceUnavailable, codeNotDurable, err.Error()+" Send the same request again: it answers 200 once that is confirmed.")
		p.Enqueued = true
		return p
	case errors.Is(err, campaign.ErrDuplicate):
		return duplicateProblem(err)
	case errors.Is(err, campaign.ErrInvalid):
		return invalidProblem(err)
	case errors.Is(err, campaign.ErrFourEyes):
		return newProblem(http.StatusForbidden, codeFourEyes, err.Error())
	case errors.Is(err, campaign.ErrNotFound):
		return newProblem(http.StatusNotFound, "", err.Error())
	case errors.Is(err, admin.ErrOutdated):
		return newProblem(http.StatusPreconditionFailed, "", capitalised(err.Error())+". Nothing was changed: read it again, and decide anew.")
	case errors.Is(err, campaign.ErrState), errors.Is(err, campaign.ErrVersion), errors.Is(err, queue.ErrBusy):
		return newProblem(http.StatusConflict, codeState, err.Error())
	default:
		return troubleProblem(err)
	}
}

func duplicateProblem(err error) *Problem {
	p := newProblem(http.StatusConflict, codeConflict, err.Error()+". Nothing was changed: give another id, or what was asked for under this one.")
	d, ok := errors.AsType[*campaign.DuplicateError](err)
	switch {
	case !ok:
	case d.State == campaign.StatePurged:
		p.Code, p.Detail = codePurged, fmt.Sprintf("Campaign %s/%s was purged: its id stays taken, and its content is not kept.", d.Account, d.ID)
	default:
		for _, field := range d.Differs {
			p.Errors = append(p.Errors, fault(field, "is not what is known of this id"))
		}
	}
	return p
}

func invalidProblem(err error) *Problem {
	return faultsProblem(err.Error(), faultsOf(err))
}

// faultsProblem says what is wrong with a campaign or a schedule.
func faultsProblem(detail string, faults []campaign.Fault) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, "", detail)
	for _, f := range faults {
		if f.Field == "" { // the whole body is meant
			p.Status, p.Title = http.StatusBadRequest, http.StatusText(http.StatusBadRequest)
		}
		text := f.Problem
		if f.Remedy != "" {
			text += ". " + f.Remedy
		}
		p.Errors = append(p.Errors, fault(f.Field, text))
	}
	return p
}

// faultsOf are the faults of a campaign, or of a schedule.
func faultsOf(err error) []campaign.Fault {
	if v, ok := errors.AsType[*campaign.ValidationError](err); ok {
		return v.Faults
	}
	if v, ok := errors.AsType[*schedule.InvalidError](err); ok {
		return v.Faults
	}
	return nil
}

func fault(field, detail string) FieldFault {
	f := FieldFault{Field: field, Detail: detail}
	if field != "" {
		f.Pointer = "/" + strings.ReplaceAll(field, ".", "/")
	}
	return f
}

// troubleProblem is Redis's trouble: what it is does not concern the caller, and may
// name hosts.
func troubleProblem(err error) *Problem {
	const again = "Send the same request again: under the same id nothing is enqueued twice."
	switch {
	case strings.Contains(err.Error(), "OOM "):
		return newProblem(http.StatusInsufficientStorage, "", "The memory of Redis is full. "+again)
	case redisconn.Away(err), errors.Is(err, enqueue.ErrUnanswered), errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, codeRedis, "Redis cannot be worked with just now. "+again)
	default:
		return newProblem(http.StatusInternalServerError, "", "octoq could not do this; its log says why. "+again)
	}
}

// clip bounds what an answer repeats of a request.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
