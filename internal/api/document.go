package api

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"

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
				Description: "SMS campaigns through Octopush. A campaign's id is its idempotency key for as long as it is kept: a PUT may be repeated.",
			},
			Components: &huma.Components{Schemas: registry},
		},
		OpenAPIPath:   "/openapi",
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
		// A misspelt filter would otherwise list everything.
		RejectUnknownQueryParameters: true,
	}
}

// jsonFormat writes < and & as themselves, as the commands do.
func jsonFormat() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			e := json.NewEncoder(w)
			e.SetEscapeHTML(false)
			return e.Encode(v)
		},
		Unmarshal: json.Unmarshal,
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
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: campaignSchema(api)}}}
}

// Document is the OpenAPI document of a version of octoq, as it is served.
func Document(version string) ([]byte, error) {
	b, err := json.MarshalIndent(register(Config{Version: version}).huma.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return append(b, '\n'), nil
}
