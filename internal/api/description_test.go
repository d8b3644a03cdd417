package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is the OpenAPI document, and its schemas ready to judge.
type description struct {
	t        *testing.T
	doc      map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex // guards compiled, and compiling
	compiled map[string]*jsonschema.Schema
	byID     map[string]*described
}

// described is one operation of the document.
type described struct {
	id, method, path string
	node             map[string]any
	at               string // where it is in the document, as a JSON pointer
}

// schemaAt is a schema of the document, and where it is.
type schemaAt struct {
	node map[string]any
	at   string
}

const documentURL = "openapi.json"

func newDescription(t *testing.T, text []byte) *description {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("read the document: %v", err)
	}
	doc, ok := parsed.(map[string]any)
	if !ok {
		t.Fatal("the document is no object")
	}
	d := &description{t: t, doc: doc, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}, byID: map[string]*described{}}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(documentURL, doc); err != nil {
		t.Fatal(err)
	}
	for path, item := range child(doc, "paths") {
		for method, node := range object(item) {
			op := &described{method: strings.ToUpper(method), path: path, node: object(node), at: "/paths/" + escaped(path) + "/" + method}
			op.id, _ = op.node["operationId"].(string)
			d.byID[op.id] = op
		}
	}
	return d
}

// operations are all, in the order of their ids.
func (d *description) operations(t *testing.T) []*described {
	t.Helper()
	if len(d.byID) == 0 {
		t.Fatal("the document has no operation")
	}
	all := make([]*described, 0, len(d.byID))
	for _, id := range slices.Sorted(maps.Keys(d.byID)) {
		all = append(all, d.byID[id])
	}
	return all
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func child(m map[string]any, names ...string) map[string]any {
	for _, name := range names {
		m = object(m[name])
	}
	return m
}

// escaped is a name as a part of a JSON pointer.
func escaped(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// judge is whether a value is what a schema of the document asks for.
func (d *description) judge(s schemaAt, value any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	schema := d.compiled[s.at]
	if schema == nil {
		var err error
		if schema, err = d.compiler.Compile(documentURL + "#" + (&url.URL{Path: s.at}).EscapedPath()); err != nil {
			d.t.Fatalf("the schema at %s: %v", s.at, err)
		}
		d.compiled[s.at] = schema
	}
	return schema.Validate(value)
}

// resolved is a schema, or the one that it refers to.
func (d *description) resolved(s schemaAt) schemaAt {
	for {
		ref, ok := s.node["$ref"].(string)
		if !ok {
			return s
		}
		at := strings.TrimPrefix(ref, "#")
		node := d.doc
		for part := range strings.SplitSeq(strings.TrimPrefix(at, "/"), "/") {
			node = object(node[part])
		}
		s = schemaAt{node, at}
	}
}

// property is the schema of a property.
func (s schemaAt) property(name string) schemaAt {
	return schemaAt{child(s.node, "properties", name), s.at + "/properties/" + escaped(name)}
}

func (op *described) pathNames() []string {
	var all []string
	for _, found := range regexp.MustCompile(`\{([^}]+)\}`).FindAllStringSubmatch(op.path, -1) {
		all = append(all, found[1])
	}
	return all
}

// bodyTypes are the media types of its body, in order.
func (op *described) bodyTypes() []string {
	return slices.Sorted(maps.Keys(child(op.node, "requestBody", "content")))
}

// anyBodyType is one of them, "" where it takes no body.
func (op *described) anyBodyType() string {
	if all := op.bodyTypes(); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (op *described) bodyRequired() bool {
	required, _ := child(op.node, "requestBody")["required"].(bool)
	return required
}

func (op *described) bodySchema(kind string) schemaAt {
	return schemaAt{child(op.node, "requestBody", "content", kind, "schema"), op.at + "/requestBody/content/" + escaped(kind) + "/schema"}
}

// parameter is one of the document.
type parameter struct {
	name   string
	schema schemaAt
}

// parameters are those in the path, the query or the header.
func (op *described) parameters(in string) []parameter {
	all, _ := op.node["parameters"].([]any)
	var found []parameter
	for i, p := range all {
		if node := object(p); node["in"] == in {
			name, _ := node["name"].(string)
			found = append(found, parameter{name, schemaAt{child(node, "schema"), fmt.Sprintf("%s/parameters/%d/schema", op.at, i)}})
		}
	}
	return found
}

func isJSON(kind string) bool { return kind == "application/json" || strings.HasSuffix(kind, "+json") }

// check is what of an answer is not as the document says; "" when all is.
func (op *described) check(d *description, a answer) string {
	status := strconv.Itoa(a.status)
	response := child(op.node, "responses", status)
	if response == nil {
		return fmt.Sprintf("the document names no status %s for %s: want one of %q", status, op.id, slices.Sorted(maps.Keys(child(op.node, "responses"))))
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	content := child(response, "content")
	switch {
	case len(content) == 0 && a.text != "":
		return "the document names no body for this status"
	case len(content) == 0:
		return ""
	case a.status >= http.StatusBadRequest && kind != "application/problem+json":
		return fmt.Sprintf("got %q, want a problem", kind)
	case content[kind] == nil:
		return fmt.Sprintf("got a body of the type %q, want one of %q", kind, slices.Sorted(maps.Keys(content)))
	}
	schema := schemaAt{child(content, kind, "schema"), op.at + "/responses/" + status + "/content/" + escaped(kind) + "/schema"}
	texts := []string{a.text}
	if kind == "application/x-ndjson" {
		texts = strings.Split(strings.TrimSpace(a.text), "\n")
	}
	for _, text := range texts {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err == nil {
			err = d.judge(schema, value)
		}
		if err != nil {
			return fmt.Sprintf("the body is not what the document says: %v", err)
		}
	}
	return ""
}

// example is a body of a schema with what is required.
func (d *description) example(s schemaAt) string {
	b, err := json.Marshal(d.value(s))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}

// value is a value of a schema, as small as can be.
func (d *description) value(s schemaAt) any {
	s = d.resolved(s)
	if all, _ := s.node["examples"].([]any); len(all) > 0 {
		return all[0]
	}
	if all, _ := s.node["enum"].([]any); len(all) > 0 {
		return all[0]
	}
	for _, either := range []string{"oneOf", "anyOf"} {
		if all, _ := s.node[either].([]any); len(all) > 0 {
			return d.value(schemaAt{object(all[0]), s.at + "/" + either + "/0"})
		}
	}
	switch typeOf(s) {
	case "object":
		made := map[string]any{}
		names, _ := s.node["required"].([]any)
		for _, name := range names {
			if name, ok := name.(string); ok {
				made[name] = d.value(s.property(name))
			}
		}
		return made
	case "array":
		return []any{d.value(schemaAt{child(s.node, "items"), s.at + "/items"})}
	case "integer", "number":
		if least, ok := s.node["minimum"].(json.Number); ok {
			return least
		}
		return json.Number("1")
	case "boolean":
		return true
	default:
		if s.node["format"] == "date-time" {
			return "2099-01-01T00:00:00Z"
		}
		return "text"
	}
}

// typeOf is the type of a schema, null aside.
func typeOf(s schemaAt) string {
	all, _ := s.node["type"].([]any)
	for _, one := range all {
		if one != "null" {
			text, _ := one.(string)
			return text
		}
	}
	text, _ := s.node["type"].(string)
	return text
}
