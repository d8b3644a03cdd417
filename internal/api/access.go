package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/internal/access"
)

// refuse is why a caller may not make a request, nil if it may. The router says by its
// pattern which operation that is, so an operation has no way past the table of roles.
func (a *Endpoints) refuse(r *http.Request, pattern string) *Problem {
	operation, known := a.operations[pattern]
	if !known && (pattern == "/" || !strings.Contains(pattern, " /v1/")) {
		return nil // the document itself, or nothing at all
	}
	rule, known := access.RuleOf(operation)
	if !known {
		return newProblem(http.StatusForbidden, codeRole, "Nobody may do this: octoq has no rule for it.")
	}
	if err := a.config.Caller(r.Context()).MayDo(rule, segment(r.URL, pattern, "{account}")); err != nil {
		return deniedProblem(err)
	}
	return nil
}

// segment is the part of a path that stands where a pattern has a name.
func segment(u *url.URL, pattern, name string) string {
	_, path, _ := strings.Cut(pattern, " ")
	at := slices.Index(strings.Split(path, "/"), name)
	parts := strings.Split(u.EscapedPath(), "/")
	if at < 0 || at >= len(parts) {
		return ""
	}
	text, err := url.PathUnescape(parts[at])
	if err != nil {
		return ""
	}
	return text
}

// deniedProblem is a 403. It says the same of an account that there is and one that
// there is not.
func deniedProblem(err error) *Problem {
	code := codeRole
	if denied, ok := errors.AsType[*access.DeniedError](err); ok && denied.Elsewhere {
		code = codeAccount
	}
	return newProblem(http.StatusForbidden, code, capitalised(err.Error())+".")
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// describeAccess adds to the document how callers identify themselves, and that each
// operation may be refused. It returns the ids of the operations by the router's patterns.
func (a *Endpoints) describeAccess() map[string]string {
	doc := a.huma.OpenAPI()
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "a token of octoq token add"},
		"user":    {Type: "http", Scheme: "basic", Description: "the user of OCTOQ_WEB_USER"},
		"session": {Type: "apiKey", In: "cookie", Name: "octoq_session", Description: "of somebody who has signed in on the pages"},
	}
	doc.Security = []map[string][]string{{"token": {}}, {"user": {}}, {"session": {}}, {}}
	all := map[string]string{}
	for path, item := range doc.Paths {
		for _, op := range operationsOf(item) {
			all[op.Method+" "+path] = op.OperationID
			for status, what := range map[int]string{
				http.StatusUnauthorized:       "Nobody is signed in, or the token is not known.",
				http.StatusForbidden:          "The caller's roles do not allow this.",
				http.StatusServiceUnavailable: http.StatusText(http.StatusServiceUnavailable),
			} {
				addRefusal(op, status, what)
			}
		}
	}
	return all
}

func operationsOf(p *huma.PathItem) []*huma.Operation {
	all := []*huma.Operation{p.Get, p.Put, p.Post, p.Delete, p.Patch, p.Head, p.Options, p.Trace}
	return slices.DeleteFunc(all, func(op *huma.Operation) bool { return op == nil })
}

// addRefusal documents a problem that every operation may answer, in the form of those
// that it has.
func addRefusal(op *huma.Operation, status int, what string) {
	code := strconv.Itoa(status)
	if op.Responses[code] != nil {
		return
	}
	for _, other := range slices.Sorted(maps.Keys(op.Responses)) {
		if content := op.Responses[other].Content; content["application/problem+json"] != nil {
			op.Responses[code] = &huma.Response{Description: what, Content: content}
			return
		}
	}
}

// meBody is the caller, and what the caller may do.
type meBody struct {
	Name       string         `json:"name" doc:"as timelines and enqueued_by have it" example:"token:shop-1"`
	Kind       string         `json:"kind" enum:"user,token,open"`
	Grants     []access.Grant `json:"grants"`
	Operations []string       `json:"operations" doc:"what the caller may do, in one account at least, by operationId"`
}

type meAnswer struct{ Body meBody }

func (a *Endpoints) me(ctx context.Context, _ *struct{}) (*meAnswer, error) {
	c := a.config.Caller(ctx)
	return &meAnswer{Body: meBody{Name: c.Name, Kind: string(c.Kind), Grants: c.Grants, Operations: c.Operations()}}, nil
}
