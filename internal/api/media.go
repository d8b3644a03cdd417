package api

import (
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// describeBodies completes what the document says of bodies, and returns the media
// types that a request may have, by the router's patterns.
func (a *Endpoints) describeBodies() map[string][]string {
	all := map[string][]string{}
	for path, item := range a.huma.OpenAPI().Paths {
		for _, op := range operationsOf(item) {
			describeRepeat(op)
			if op.Method == http.MethodGet {
				continue
			}
			addRefusal(op, http.StatusUnsupportedMediaType, "The Content-Type of the body is not among those of this operation.")
			var types []string
			if op.RequestBody != nil {
				delete(op.RequestBody.Content, "application/octet-stream") // what the library says of a body that it does not read itself
				types = slices.Sorted(maps.Keys(op.RequestBody.Content))
				addRefusal(op, http.StatusBadRequest, "The body cannot be read.")
				addRefusal(op, http.StatusRequestTimeout, "The body did not come in time.")
				addRefusal(op, http.StatusRequestEntityTooLarge, "The body is too large.")
			}
			all[op.Method+" "+path] = types
		}
	}
	return all
}

// describeRepeat gives the answer to a request that is repeated the content of the
// answer to the first one.
func describeRepeat(op *huma.Operation) {
	repeated, created := op.Responses["200"], op.Responses["201"]
	if repeated != nil && created != nil && repeated.Content == nil {
		repeated.Content, repeated.Headers = created.Content, created.Headers
	}
}

// wrongType is why the body of a request is not read: its type is none of those that
// the document names for the operation, or it is compressed. It is nil for a request without a body.
func (a *Endpoints) wrongType(r *http.Request, pattern string) *Problem {
	types, changes := a.bodies[pattern]
	if !changes || r.ContentLength == 0 {
		return nil
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return newProblem(http.StatusUnsupportedMediaType, "", "Send the body as it is, without a Content-Encoding.")
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && slices.Contains(types, kind) {
		return nil
	}
	if len(types) == 0 {
		return newProblem(http.StatusUnsupportedMediaType, "", "This takes no body: send the request without one.")
	}
	p := newProblem(http.StatusUnsupportedMediaType, "", "Send the body with Content-Type: "+strings.Join(types, " or ")+".")
	accepted := []string{strings.Join(types, ", ")}
	p.header = http.Header{"Accept": accepted}
	if r.Method == http.MethodPatch {
		p.header["Accept-Patch"] = accepted
	}
	return p
}
