package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/yaml"
)

// serveDocument serves the document, in OpenAPI 3.1 and 3.0.3, as JSON and as YAML.
func (a *Endpoints) serveDocument() {
	document := a.huma.OpenAPI()
	json31 := sync.OnceValues(func() ([]byte, error) { return json.Marshal(document) })
	json30 := sync.OnceValues(func() ([]byte, error) { return older(document) })
	for path, text := range map[string]func() ([]byte, error){
		"/openapi.json": json31, "/openapi-3.0.json": json30,
		"/openapi.yaml": asYAML(json31), "/openapi-3.0.yaml": asYAML(json30),
	} {
		kind := "application/openapi+json"
		if path[len(path)-1] == 'l' {
			kind = "application/openapi+yaml"
		}
		a.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			b, err := text()
			if err != nil {
				p := sorted(fmt.Errorf("write the OpenAPI document: %w", err))
				p.write(w)
				return
			}
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(b) // an error means that the caller has gone
		})
	}
}

func asYAML(text func() ([]byte, error)) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		b, err := text()
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := yaml.Convert(&out, bytes.NewReader(b)); err != nil {
			return nil, fmt.Errorf("write YAML: %w", err)
		}
		return out.Bytes(), nil
	})
}

// older is a document in OpenAPI 3.0.3, which knows no type null.
func older(document *huma.OpenAPI) ([]byte, error) {
	text, err := document.Downgrade()
	if err != nil {
		return nil, fmt.Errorf("write the document in OpenAPI 3.0.3: %w", err)
	}
	var parsed any
	if err := json.Unmarshal(text, &parsed); err != nil {
		return nil, fmt.Errorf("read the document in OpenAPI 3.0.3: %w", err)
	}
	withoutNull(parsed)
	return json.Marshal(parsed)
}

// withoutNull has each "this or null" of the schemas say that this is nullable.
func withoutNull(node any) {
	switch node := node.(type) {
	case map[string]any:
		if either, ok := node["anyOf"].([]any); ok && len(either) == 2 && isNull(either[1]) {
			delete(node, "anyOf")
			node["allOf"], node["nullable"] = either[:1], true
		}
		for _, child := range node {
			withoutNull(child)
		}
	case []any:
		for _, child := range node {
			withoutNull(child)
		}
	}
}

func isNull(node any) bool {
	schema, _ := node.(map[string]any)
	return schema["type"] == "null"
}
