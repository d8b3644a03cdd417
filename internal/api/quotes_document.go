package api

import (
	"maps"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/internal/quote"
)

// quoteOperation describes the request for a quote, whose body is that of a bulk request.
func quoteOperation(schemas huma.Registry) *huma.Operation {
	op := bulkOperation(schemas)
	op.OperationID, op.Path, op.Summary = "post-quote", "/v1/accounts/{account}/quotes", "Ask what campaigns will cost"
	op.Description = "Enqueues all campaigns, or none if one is invalid, to wait for an approval, with confirm manual and the label quote=NAME: 100,000 and 64 MiB at most. " +
		"Nothing is sent before they are approved by that label. The answer is how far their prices are known, the Location where to ask again. " +
		"With the same name the same body may be sent again: nothing is enqueued twice."
	account, prefer := op.Parameters[0], op.Parameters[len(op.Parameters)-1]
	op.Parameters = []*huma.Param{
		account,
		{Name: "name", In: "query", Description: "the quote's name; without it octoq chooses one", Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "keep", In: "query", Description: "what is not approved after this time is cancelled: 12h, 7d", Schema: &huma.Schema{Type: huma.TypeString, Default: "7d"}},
		prefer,
	}
	answers := maps.Clone(op.Responses)
	answers["200"] = quoteResponse(schemas, "All campaigns have a price, or get none.")
	answers["202"] = quoteResponse(schemas, "Some campaigns have no price yet.")
	for _, status := range []string{"200", "202"} {
		answers[status].Headers = map[string]*huma.Param{"Location": {Schema: &huma.Schema{Type: huma.TypeString}, Description: "where the quote is found"}}
	}
	answers["409"] = &huma.Response{Description: http.StatusText(http.StatusConflict), Content: answers["422"].Content}
	op.Responses = answers
	return op
}

// quoteResponse describes an answer with a quote.
func quoteResponse(schemas huma.Registry, description string) *huma.Response {
	schema := schemas.Schema(reflect.TypeFor[quote.Total](), true, "Total")
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}
