package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
)

// documentConfig says how the API is described, and that it speaks JSON alone.
func documentConfig(version string) huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[campaign.Money](), reflect.TypeFor[euros]())
	registry.RegisterTypeAlias(reflect.TypeFor[known](), reflect.TypeFor[knownRecord]())
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "octoq", Version: version,
				Description: "SMS campaigns through Octopush. A campaign's id is its idempotency key for as long as it is kept: a PUT may be repeated. " +
					"A field of a request that is null counts as left out.",
			},
			Components: &huma.Components{Schemas: registry},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
		// A misspelt filter would otherwise list everything.
		RejectUnknownQueryParameters: true,
	}
}

// jsonFormat writes < and & as themselves, as the commands do, and reads UTF-8 alone.
func jsonFormat() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			e := json.NewEncoder(w)
			e.SetEscapeHTML(false)
			return e.Encode(v)
		},
		Unmarshal: func(data []byte, v any) error {
			if !utf8.Valid(data) { // the library would take another text instead
				return errors.New("the body is not UTF-8")
			}
			return json.Unmarshal(data, v)
		},
	}
}

// euros is how amounts are written.
type euros float64

// Schema describes an amount.
func (euros) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "euros, with up to four decimals"}
}

// campaignBody describes a campaign in a request.
func campaignBody(api huma.API) *huma.RequestBody {
	schema := newCampaignSchema(api.OpenAPI().Components.Schemas)
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// newCampaignSchema refers to the schema of a campaign in a request: an amount may be
// a text there, as it may not in a record.
func newCampaignSchema(schemas huma.Registry) *huma.Schema {
	const name = "NewCampaign"
	if schemas.Map()[name] == nil {
		known := *schemas.SchemaFromRef(schemas.Schema(reflect.TypeFor[campaign.Campaign](), true, "Campaign").Ref)
		known.Properties = maps.Clone(known.Properties)
		known.Properties["max_cost"] = amount("").Schema(schemas)
		known.Properties["max_cost"].Description = euros(0).Schema(schemas).Description
		schemas.Map()[name] = &known
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

// Document is the OpenAPI document of a version of octoq, as it is served.
func Document(version string) ([]byte, error) {
	return indented(json.Marshal(register(Config{Version: version}).huma.OpenAPI()))
}

// OlderDocument is the same in OpenAPI 3.0.3.
func OlderDocument(version string) ([]byte, error) {
	return indented(older(register(Config{Version: version}).huma.OpenAPI()))
}

func indented(document []byte, err error) ([]byte, error) {
	var b bytes.Buffer
	if err == nil {
		err = json.Indent(&b, document, "", "  ")
	}
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return append(b.Bytes(), '\n'), nil
}
