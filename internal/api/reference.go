package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/internal/access"
)

var (
	//go:embed reference.html
	referenceHTML string
	//go:embed reference.js
	referenceJS string
)

// reference is the document as people read it.
type reference struct {
	Version, Description string
	Operations           []referenceOperation
	Script               template.JS
}

type referenceOperation struct {
	ID, Method, Path, Summary, Description, Curl string
	Role                                         access.Role
	Parameters, Fields                           []referenceField
	Bodies                                       []string // the kinds that its body may have
	Answers                                      []referenceAnswer
}

type referenceField struct {
	Name, In, Type, What string
	Required, Many       bool
}

type referenceAnswer struct{ Status, What string }

// serveReference serves the document as a page.
func (a *Endpoints) serveReference() {
	page := sync.OnceValues(func() ([]byte, error) { return referencePage(a.huma.OpenAPI()) })
	policy := referencePolicy()
	a.mux.HandleFunc("GET /docs", func(w http.ResponseWriter, _ *http.Request) {
		b, err := page()
		if err != nil {
			p := sorted(fmt.Errorf("write the page about the API: %w", err))
			p.write(w)
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(b) // an error means that the caller has gone
	})
}

// referencePolicy lets the page have its own style and script, by their hashes, and ask this
// host, and nothing else.
func referencePolicy() string {
	_, rest, _ := strings.Cut(referenceHTML, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	return "default-src 'none'; style-src " + sourceHash(style) + "; script-src " + sourceHash(referenceJS) +
		"; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func referencePage(doc *huma.OpenAPI) ([]byte, error) {
	page, err := template.New("reference").Parse(referenceHTML)
	if err != nil {
		return nil, err
	}
	r := reference{Version: doc.Info.Version, Description: doc.Info.Description, Script: template.JS(referenceJS)} //nolint:gosec // the page's own
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, op := range operationsOf(doc.Paths[path]) {
			r.Operations = append(r.Operations, newReferenceOperation(doc, path, op))
		}
	}
	var b bytes.Buffer
	err = page.Execute(&b, r)
	return b.Bytes(), err
}

func newReferenceOperation(doc *huma.OpenAPI, path string, op *huma.Operation) referenceOperation {
	rule, _ := access.RuleOf(op.OperationID)
	r := referenceOperation{ID: op.OperationID, Method: op.Method, Path: path, Summary: op.Summary, Description: op.Description, Role: rule.Role, Curl: curlOf(path, op)}
	for _, p := range op.Parameters {
		what := p.Description
		if what == "" && p.Schema != nil {
			what = p.Schema.Description
		}
		many := p.Schema != nil && p.Schema.Type == huma.TypeArray
		r.Parameters = append(r.Parameters, referenceField{Name: p.Name, In: p.In, Required: p.Required, Many: many, What: what})
	}
	if op.RequestBody != nil {
		r.Bodies = slices.Sorted(maps.Keys(op.RequestBody.Content))
		for _, kind := range r.Bodies {
			r.Fields = append(r.Fields, fieldsOf(doc, op.RequestBody.Content[kind].Schema)...)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r.Answers = append(r.Answers, referenceAnswer{status, op.Responses[status].Description})
	}
	return r
}

// fieldsOf are the fields of a body, none of one that is no object.
func fieldsOf(doc *huma.OpenAPI, s *huma.Schema) []referenceField {
	if s != nil && s.Ref != "" {
		s = doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	if s == nil {
		return nil
	}
	var fields []referenceField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		f := referenceField{Name: name, Type: p.Type, What: p.Description, Required: slices.Contains(s.Required, name)}
		if p.Ref != "" {
			f.Type = p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]
		}
		fields = append(fields, f)
	}
	return fields
}

// curlOf is a command to begin with.
func curlOf(path string, op *huma.Operation) string {
	text := `curl -H "Authorization: Bearer $OCTOQ_TOKEN"`
	if op.Method != http.MethodGet {
		text += " -X " + op.Method
	}
	if op.RequestBody != nil {
		kind := slices.Sorted(maps.Keys(op.RequestBody.Content))[0]
		text += ` -H "Content-Type: ` + kind + `" -d @body`
	}
	return text + ` "$OCTOQ_PUBLIC_URL` + path + `"`
}
