package conformance

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update is a flag of this test binary: make docs gives it.
var update = flag.Bool("update", false, "write the types of the clients from docs/openapi.json")

// schema is what of a schema of the document makes a type.
type schema struct {
	Ref         string            `json:"$ref"`
	Type        oneOrMore         `json:"type"`
	Description string            `json:"description"`
	Properties  map[string]schema `json:"properties"`
	Required    []string          `json:"required"`
	Items       *schema           `json:"items"`
	More        json.RawMessage   `json:"additionalProperties"` // false, or a schema
	Enum        []string          `json:"enum"`
	OneOf       []schema          `json:"oneOf"`
	AnyOf       []schema          `json:"anyOf"`
}

// oneOrMore is a text or a list of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// The types of the clients are those that docs/openapi.json makes.
func TestTypesAreUpToDate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"typescript/types.ts": typesFor(doc.Components.Schemas, inTypeScript), "python/octoq_types.py": typesFor(doc.Components.Schemas, inPython),
	} {
		path := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("run make docs: %v", err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("run make docs and commit what it writes: clients/%s is not what docs/openapi.json makes (-made +file):\n%s", name, diff)
		}
	}
}

// language is how types are written.
type language struct {
	head  string
	begin func(name string) string
	field func(name, kind, description string, required bool) string
	end   string
	kinds map[string]string
	list  string // with %s
	dict  string // with %s
	text  string // a text that is mostly one of some, with %s
	union string
	sum   string // with %s
}

func inTypeScript() language {
	return language{
		head:  "// Made by make docs from docs/openapi.json: change it there.\n",
		begin: func(name string) string { return "\nexport interface " + name + " {\n" },
		field: func(name, kind, description string, required bool) string {
			text := ""
			if description != "" {
				text = "  /** " + description + " */\n"
			}
			optional := "?"
			if required {
				optional = ""
			}
			return text + "  " + name + optional + ": " + kind + ";\n"
		},
		end:   "}\n",
		kinds: map[string]string{"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null", "": "unknown", "object": "Record<string, unknown>"},
		list:  "Array<%s>", dict: "Record<string, %s>",
		text:  "%s | (string & {})", // there may be more of them
		union: " | ", sum: "%s",
	}
}

func inPython() language {
	return language{
		head: "# Made by make docs from docs/openapi.json: change it there. For type checkers alone; it needs Python 3.11.\n" +
			"from typing import Any, NotRequired, TypedDict, Union\n",
		// Not as classes: some fields are words of the language.
		begin: func(name string) string { return "\n" + name + " = TypedDict(\"" + name + "\", {\n" },
		end:   "})\n",
		field: func(name, kind, description string, required bool) string {
			if !required {
				kind = "NotRequired[" + kind + "]"
			}
			if description != "" {
				description = "  # " + description
			}
			return fmt.Sprintf("    %q: %q,%s\n", name, kind, description)
		},
		kinds: map[string]string{"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "": "Any", "object": "dict[str, Any]"},
		list:  "list[%s]", dict: "dict[str, %s]", union: ", ", sum: "Union[%s]",
	}
}

// typesFor are all types of the document in a language.
func typesFor(all map[string]schema, in func() language) string {
	l := in()
	var b strings.Builder
	b.WriteString(l.head)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.WriteString(l.begin(name))
		s := all[name]
		for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
			p := s.Properties[field]
			b.WriteString(l.field(field, l.kind(p), p.Description, slices.Contains(s.Required, field)))
		}
		b.WriteString(l.end)
	}
	return b.String()
}

// kind is the type of a schema.
func (l language) kind(s schema) string {
	switch {
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case len(s.OneOf)+len(s.AnyOf) > 0:
		var either []string
		for _, one := range slices.Concat(s.OneOf, s.AnyOf) {
			either = append(either, l.kind(one))
		}
		return fmt.Sprintf(l.sum, strings.Join(either, l.union))
	case len(s.Enum) > 0 && l.text != "":
		return fmt.Sprintf(l.text, `"`+strings.Join(s.Enum, `" | "`)+`"`)
	case len(s.Type) == 1 && s.Type[0] == "array" && s.Items != nil:
		return fmt.Sprintf(l.list, l.kind(*s.Items))
	case len(s.Type) == 1 && s.Type[0] == "object":
		var of schema
		if json.Unmarshal(s.More, &of) == nil && len(of.Type) > 0 {
			return fmt.Sprintf(l.dict, l.kind(of))
		}
	}
	var either []string
	for _, one := range s.Type {
		either = append(either, l.kinds[one])
	}
	if len(either) == 0 {
		return l.kinds[""]
	}
	if len(either) > 1 {
		return fmt.Sprintf(l.sum, strings.Join(either, l.union))
	}
	return either[0]
}
