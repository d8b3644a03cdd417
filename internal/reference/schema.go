package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
)

// Schema is the JSON Schema of a campaign, draft 2020-12. It is closed, as
// input.Decode is; Differences has what the two see differently.
func Schema() ([]byte, error) {
	var properties orderedObject
	var required []string
	for _, f := range Fields() {
		properties = append(properties, member{f.Name, f.schema()})
		if f.Required {
			required = append(required, f.Name)
		}
	}
	properties = append(properties, member{input.RejectedField, orderedObject{
		{"description", "Why a line was refused, in a file of refused campaigns. It is skipped, so that such a file can be read again."},
	}})
	return written(orderedObject{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "octoq campaign"},
		{"description", "One text to one contact list or one tag: a line of JSON Lines for octoq enqueue. Made by make docs."},
		{"type", "object"},
		{"properties", properties},
		{"required", required},
		{"oneOf", []orderedObject{present("list_name"), present("tag_name")}},
		{"additionalProperties", false},
	})
}

// present wants a text that is not empty: an empty one counts as none.
func present(name string) orderedObject {
	return orderedObject{{"required", []string{name}}, {"properties", orderedObject{{name, orderedObject{{"minLength", 1}}}}}}
}

// written is the schema as a file of ASCII: some patterns hold spaces that are
// not seen.
func written(o orderedObject) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(o); err != nil {
		return nil, fmt.Errorf("write the schema: %w", err)
	}
	var b strings.Builder
	for _, r := range text.String() {
		if r < 0x80 {
			b.WriteRune(r)
		} else { // none of them is beyond U+FFFF
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return []byte(b.String()), nil
}

// schema describes one field.
func (f Field) schema() orderedObject {
	o := orderedObject{{"description", f.description()}}
	switch f.Type {
	case TypeBoolean:
		o = append(o, member{"type", "boolean"})
	case TypeTime:
		o = append(o, timeSchema()...)
	case TypeAmount:
		o = append(o, amountSchema()...)
	case TypeLabels:
		o = append(o, labelsSchema()...)
	case TypeString:
		o = append(o, f.stringSchema()...)
	}
	if f.Default == campaign.DefaultAccount || f.Default == "false" || f.Default == "0" {
		o = append(o, member{"default", f.defaultValue()})
	}
	return append(o, member{"examples", []json.RawMessage{json.RawMessage(f.Example)}})
}

// defaultValue is the default in JSON.
func (f Field) defaultValue() any {
	if f.Type == TypeString {
		return f.Default
	}
	return json.RawMessage(f.Default)
}

// stringSchema allows the empty text wherever the field may be left out.
func (f Field) stringSchema() orderedObject {
	o := orderedObject{{"type", "string"}}
	if f.Words != nil {
		words := f.Words
		if !f.Required {
			words = append([]string{""}, words...)
		}
		return append(o, member{"enum", words})
	}
	if f.Required {
		o = append(o, member{"minLength", f.Min})
	}
	if limit := max(f.Max, f.chars.max); limit > 0 {
		o = append(o, member{"maxLength", limit})
	}
	return append(o, f.chars.schema(f.Required)...)
}

// timeSchema is a time of RFC 3339 in a year that is allowed.
func timeSchema() orderedObject {
	const years = 10_000 // of four digits
	outside := append(within(0, years, 0, campaign.MinYear-1), within(0, years, campaign.MaxYear+1, years)...)
	return orderedObject{
		{"type", "string"},
		{"format", "date-time"},
		{"not", orderedObject{{"pattern", "^(" + strings.Join(outside, "|") + ")"}}},
	}
}

// within are the first digits of exactly those years between first and last that
// lie in a span, a power of ten, from one year on.
func within(from, span, first, last int) []string {
	switch to := from + span - 1; {
	case to < first || last < from:
		return nil
	case first <= from && to <= last:
		return []string{fmt.Sprintf("%04d", from)[:len("10000")-len(strconv.Itoa(span))]}
	}
	var all []string
	for i := range 10 {
		all = append(all, within(from+i*span/10, span/10, first, last)...)
	}
	return all
}

// amountSchema is an amount as a number or, as the API writes some, a string.
func amountSchema() orderedObject {
	largest, _ := campaign.Money(math.MaxInt64).MarshalText() // never fails
	return orderedObject{
		{"type", []string{"number", "string"}},
		{"minimum", 0},
		{"maximum", json.RawMessage(largest)},
		{"pattern", fmt.Sprintf(`^[0-9]+(\.[0-9]{1,%d})?$`, decimals())},
	}
}

func labelsSchema() orderedObject {
	names := append(orderedObject{{"minLength", 1}, {"maxLength", campaign.MaxLabelName}}, without(controls(""))...)
	values := append(orderedObject{{"type", "string"}, {"maxLength", campaign.MaxLabel}}, without(controls(""))...)
	return orderedObject{
		{"type", "object"},
		{"maxProperties", campaign.MaxLabels},
		{"propertyNames", names},
		{"additionalProperties", values},
	}
}
