package input_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/campaigntest"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/reference"
)

// compiled is the schema of the references, as a validator that checks formats.
func compiled() (*jsonschema.Schema, error) {
	text, err := reference.Schema()
	if err != nil {
		return nil, err
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("campaign.json", parsed); err != nil {
		return nil, err
	}
	return c.Compile("campaign.json")
}

// judges are the schema and the decoder.
type judges struct{ schema *jsonschema.Schema }

func newJudges(t *testing.T) judges {
	t.Helper()
	schema, err := compiled()
	if err != nil {
		t.Fatalf("compile the schema: %v", err)
	}
	return judges{schema}
}

// differences are what the two see differently in a text, by the names that the
// references give it. The error is that of a difference without a name.
func (j judges) differences(text string) ([]string, error) {
	_, decoded := input.Decode([]byte(text))
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = j.schema.Validate(parsed)
	}
	switch {
	case decoded != nil && err == nil:
		return named(decoded, laxer)
	case decoded == nil && err != nil:
		return named(err, stricter)
	default:
		return nil, nil
	}
}

// named finds the names for an error.
func named(err error, names func(error) []string) ([]string, error) {
	all := names(err)
	if slices.Contains(all, "") {
		return nil, fmt.Errorf("one of the two alone refuses it: %w", err)
	}
	return all, nil
}

// laxer are the differences that let the schema pass what the decoder refuses.
func laxer(err error) []string {
	invalid, _ := errors.AsType[*campaign.ValidationError](err)
	var names []string
	for _, f := range invalid.Faults {
		names = append(names, differenceOf(f))
	}
	return names
}

func differenceOf(f campaign.Fault) string {
	says := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(f.Problem, p) })
	}
	switch {
	case says("twice", "half of a character", "longer than", "not valid UTF-8"):
		return reference.DifferenceJSON
	case says("is not after not_before", "is before send_at", "is after send_at"):
		return reference.DifferenceOrder
	case f.Field == "window":
		return reference.DifferenceWindow
	case strings.HasPrefix(f.Field, "labels.") && says(" bytes"):
		return reference.DifferenceBytes
	case f.Field == "max_cost" && says("decimals", "is no amount", "too large"):
		return reference.DifferenceAmount
	case says("an offset that no clock has"):
		return reference.DifferenceOffset
	case says(":60") && says("is no time"):
		return reference.DifferenceLeap
	default:
		return ""
	}
}

// stricter are the differences that let the schema refuse what the decoder takes.
func stricter(err error) []string {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return []string{""}
	}
	if len(invalid.Causes) > 0 {
		var names []string
		for _, cause := range invalid.Causes {
			names = append(names, stricter(cause)...)
		}
		return names
	}
	spelled := []string{"send_at", "not_before", "expires_at", "max_cost", "window"}
	if len(invalid.InstanceLocation) == 1 && slices.Contains(spelled, invalid.InstanceLocation[0]) {
		return []string{reference.DifferenceSpelled}
	}
	return []string{""}
}

func TestSchemaAgreesWithTheDecoder(t *testing.T) {
	t.Parallel()
	j := newJudges(t)
	texts := map[string]string{"the documented example": campaigntest.DocumentedJSON, "every field": campaigntest.FullJSON}
	for name, change := range campaigntest.Accepted() {
		texts[name] = changed(change)
	}
	for name, f := range campaigntest.Refused() {
		texts[name] = changed(f.Change)
	}
	for name, r := range undecodable() {
		texts["undecodable: "+name] = r.in
	}
	for name, text := range emptyTexts() {
		texts[name] = text
	}
	judged := 0
	for name, text := range texts {
		if text == "" { // no JSON has it: a time whose offset cannot be written
			continue
		}
		if _, err := j.differences(text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		judged++
	}
	if most := len(campaigntest.Accepted()) + len(campaigntest.Refused()) + len(undecodable()); judged < most {
		t.Errorf("got %d texts judged, want %d at least", judged, most)
	}
}

// changed is the documented example with a change, as JSON; "" if JSON has none.
func changed(change func(*campaign.Campaign)) string {
	c := campaigntest.Documented()
	change(&c)
	text, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return string(text)
}

// emptyTexts have each field of text empty: that is as good as no field, unless
// one is needed.
func emptyTexts() map[string]string {
	texts := map[string]string{}
	for _, f := range reference.Fields() {
		values := map[string]any{}
		if err := json.Unmarshal([]byte(campaigntest.DocumentedJSON), &values); err != nil || f.Type == reference.TypeBoolean {
			continue
		}
		values[f.Name] = ""
		text, err := json.Marshal(values)
		if err == nil {
			texts["an empty "+f.Name] = string(text)
		}
	}
	return texts
}

// Each difference that the references explain is there, and is the only one.
func TestDifferencesAreThere(t *testing.T) {
	t.Parallel()
	j := newJudges(t)
	texts := map[string][]string{
		reference.DifferenceOrder: {
			with(`"not_before":"2030-01-02T00:00:00Z","expires_at":"2030-01-01T00:00:00Z"`),
			with(`"send_at":"2030-01-02T00:00:00Z","expires_at":"2030-01-01T00:00:00Z"`),
			with(`"late":"dead","not_before":"2030-01-02T00:00:00Z","send_at":"2030-01-01T00:00:00Z"`),
		},
		reference.DifferenceWindow:  {with(`"window":"by day"`)},
		reference.DifferenceBytes:   {with(`"labels":{"` + strings.Repeat("é", 33) + `":"x"}`), with(`"labels":{"x":"` + strings.Repeat("é", 129) + `"}`)},
		reference.DifferenceAmount:  {with(`"max_cost":0.00001`), with(`"max_cost":1e-999`), with(`"max_cost":1.` + strings.Repeat("0", 64)), with(`"max_cost":"1` + strings.Repeat("0", 20) + `"`)},
		reference.DifferenceLeap:    {with(`"send_at":"2030-12-31T23:59:60Z"`)},
		reference.DifferenceOffset:  {with(`"send_at":"2030-12-31T23:59:00-15:00"`)},
		reference.DifferenceSpelled: {with(`"send_at":"2030-12-31 23:59+01"`), with(`"max_cost":"1e2"`), with(`"window":" 08:00-20:00 UTC` + strings.Repeat(" ", campaign.MaxWindow) + `"`)},
		reference.DifferenceJSON:    {with(`"text":"again"`), with(`"labels":{"x":"\ud83d"}`), with(`"labels":{"x":"1","x":"2"}`), with(`"id":"x"` + strings.Repeat(" ", input.MaxSize)), with("\"labels\":{\"x\":\"caf\xe9\"}")},
	}
	for _, d := range reference.Differences() {
		if len(texts[d.Name]) == 0 {
			t.Errorf("%s: there is no text that shows it", d.Name)
		}
		for _, text := range texts[d.Name] {
			got, err := j.differences(text)
			if err != nil || len(got) != 1 || got[0] != d.Name {
				t.Errorf("%.200s: got %q, %v, want %q", text, got, err, d.Name)
			}
		}
		delete(texts, d.Name)
	}
	for name := range maps.Keys(texts) {
		t.Errorf("%s is not among the differences", name)
	}
}

// Generated texts get the same verdict, except for the differences.
func TestSchemaAgreesOnGeneratedTexts(t *testing.T) {
	t.Parallel()
	j := newJudges(t)
	valid, invalid := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := drawText(t)
		if _, err := j.differences(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if _, err := input.Decode([]byte(text)); err == nil {
			valid++
		} else {
			invalid++
		}
	})
	if valid == 0 || invalid == 0 {
		t.Errorf("got %d valid and %d invalid texts, want some of both", valid, invalid)
	}
}
