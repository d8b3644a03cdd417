package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// bulkOperation describes the bulk request.
func bulkOperation(schemas huma.Registry) *huma.Operation {
	of := func(t reflect.Type, name string) *huma.Schema { return schemas.Schema(t, true, name) }
	result := &huma.Schema{
		OneOf:       []*huma.Schema{of(reflect.TypeFor[BulkLine](), "BulkLine"), of(reflect.TypeFor[bulkEnd](), "BulkEnd")},
		Description: "one object a line: the result of each line of the body in order, and the summary last. An answer without it was broken off",
	}
	op := &huma.Operation{
		OperationID: "post-campaigns-bulk", Method: http.MethodPost, Path: "/v1/accounts/{account}/campaigns/bulk", Tags: []string{"campaigns"},
		Summary: "Enqueue many campaigns",
		Description: "One campaign a line, of any number. Lines without an id get one that is made of their content. Whatever happens, the same body may be sent again: " +
			"what is in Redis already is known there. Results come once the body has ended, with stream=true meanwhile. 30 seconds without a byte break it off.",
		Parameters: bulkParameters(),
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			typeNDJSON: {Schema: newCampaignSchema(schemas)},
			typeCSV:    {Schema: &huma.Schema{Type: huma.TypeString, Description: "a header row with the names of the fields, then one record a campaign"}},
		}},
		Responses: map[string]*huma.Response{
			"200": {Description: "What became of each line.", Content: map[string]*huma.MediaType{typeNDJSON: {Schema: result}}},
		},
	}
	problem := of(reflect.TypeFor[Problem](), "Problem")
	for _, status := range []int{
		http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
		http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusInsufficientStorage,
	} {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status), Content: map[string]*huma.MediaType{(*Problem)(nil).ContentType(""): {Schema: problem}},
		}
	}
	return op
}

func bulkParameters() []*huma.Param {
	flag := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: huma.TypeBoolean, Default: false}}
	}
	return []*huma.Param{
		{Name: "account", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
		{
			Name: "results", In: "query", Description: "problems leaves the results out of lines that were created or known",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"all", "problems"}, Default: "all"},
		},
		flag("dry_run", "check all lines and enqueue none"),
		flag("all_or_nothing", "enqueue nothing if a line is invalid: 100,000 campaigns and 64 MiB at most. It is no transaction"),
		flag("stream", "answer while the body is read, to a client that reads meanwhile"),
		{
			Name: "Prefer", In: "header", Description: "durable waits until the campaigns are on Redis's disk, durable=replicas:N until N replicas have them",
			Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"durable"}},
		},
	}
}
