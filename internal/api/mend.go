package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
)

// mergePatch is the type of a JSON merge patch (RFC 7396).
const mergePatch = "application/merge-patch+json"

// mending registers what changes a dead campaign.
func (a *Endpoints) mending() {
	huma.Register(a.huma, huma.Operation{
		OperationID: "mend-campaign", Method: http.MethodPatch, Path: "/v1/accounts/{account}/campaigns/{id}", Tags: []string{"campaigns"},
		Summary: "Mend a dead campaign", MaxBodyBytes: maxBody, SkipValidateBody: true,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{mergePatch: {Schema: patchSchema(a.huma)}}},
		Description: "The body names the fields to change, as PUT does; null takes one out. If-Match has the ETag of the record that the change was made on, " +
			"so that two who mend one campaign do not overwrite each other: 412 where it has changed since.",
		Errors: []int{
			http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusPreconditionRequired, http.StatusServiceUnavailable,
		},
	}, a.mend)
}

// patchSchema describes a patch: any field of a campaign, none of them needed.
func patchSchema(api huma.API) *huma.Schema {
	schemas := api.OpenAPI().Components.Schemas
	whole := schemas.SchemaFromRef(newCampaignSchema(schemas).Ref)
	patch := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for name, field := range whole.Properties {
		patch.Properties[name] = &huma.Schema{AnyOf: []*huma.Schema{field, {Type: "null"}}}
	}
	return patch
}

type mendInput struct {
	CampaignPath
	IfMatch string `header:"If-Match" doc:"the ETag of the record that the change was made on" example:"\"1.7.Q2N5ZXJ0\""`
	RawBody []byte
}

func (a *Endpoints) mend(ctx context.Context, in *mendInput) (*recordAnswer, error) {
	if strings.TrimSpace(in.IfMatch) == "" {
		return nil, newProblem(http.StatusPreconditionRequired, "",
			"If-Match is missing: read the campaign, and send the ETag of that answer along with the change.")
	}
	operator, err := a.operator(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	written, err := operator.Mend(ctx, in.Account, in.ID, tagsOf(in.IfMatch), in.RawBody)
	if err != nil {
		return nil, a.letterProblem(ctx, in.CampaignPath, err)
	}
	return answerOf(http.StatusOK, a.timed(ctx, written)), nil
}

// timed is the record with its timeline, as long as it was not written again: a caller that
// mends twice in a row must not pass over what is between. It is written by now, so
// the answer does not hang on the timeline.
func (a *Endpoints) timed(ctx context.Context, written campaign.Record) campaign.Record {
	r, err := a.config.Client.Get(ctx, written.Account(), written.ID())
	if err != nil || admin.Tag(r) != admin.Tag(written) {
		return written
	}
	return r
}

// tagsOf are the tags of an If-Match header. Weak ones match nothing, and are left out.
func tagsOf(header string) []string {
	var tags []string
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if tag, ok := strings.CutPrefix(part, `"`); ok {
			tags = append(tags, strings.TrimSuffix(tag, `"`))
		} else if part == admin.AnyTag {
			tags = append(tags, part)
		}
	}
	return tags
}

// etag is the ETag of a record; "" where it has none.
func etag(r campaign.Record) string {
	if tag := admin.Tag(r); tag != "" {
		return `"` + tag + `"`
	}
	return ""
}

// answerOf answers with a record.
func answerOf(status int, r campaign.Record) *recordAnswer {
	return &recordAnswer{Status: status, ETag: etag(r), Body: known{ReportedRecord: admin.ReportedRecord{Record: r}}}
}
