package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
)

// MaxSize is the size of the largest JSON object that is looked at, in bytes.
const MaxSize = 1 << 20

// RejectedField is no field of a campaign: in a file of refused campaigns it holds
// why each was refused. It is skipped, so that such a file can be read again.
const RejectedField = "_rejected"

// Decode reads one campaign from JSON. It is strict, because the API
// is not: unknown, repeated and null fields, values of another type, times
// without an offset, broken UTF-8 and anything behind the object are refused.
// The error is a ValidationError with every fault, those of Validate included.
// Defaults are not filled in.
func Decode(data []byte) (campaign.Campaign, error) { return Decoder{}.Decode(data) }

// Decoder reads campaigns from JSON objects that others have made. The zero
// Decoder is Decode.
type Decoder struct {
	// Times says how times are read.
	Times TimeReader
	// Fields has the fields, or labels.NAME, of members with names of their own;
	// "" skips the member. What it does not name keeps its name.
	Fields map[string]string
	// Nulls takes a field or label that is null for one that is left out.
	Nulls bool
}

// Decode reads one campaign, as the function Decode does.
func (d Decoder) Decode(data []byte) (campaign.Campaign, error) {
	if problem := inputProblem(data); problem != "" {
		return campaign.Campaign{}, &campaign.ValidationError{Faults: []campaign.Fault{{Problem: problem}}}
	}
	b := Builder{times: d.Times, nulls: d.Nulls}
	for name, raw := range members(data) {
		if name == RejectedField {
			continue
		}
		field, renamed := d.Fields[name]
		switch label, single := strings.CutPrefix(field, labelPrefix); {
		case !renamed:
			b.setJSON(name, raw)
		case single:
			b.setJSONLabel(label, raw)
		case field != "":
			b.setJSON(field, raw)
		}
	}
	return b.Campaign()
}

// inputProblem says why data is not one JSON object.
func inputProblem(data []byte) string {
	if len(data) > MaxSize {
		return fmt.Sprintf("the JSON is longer than %d bytes", MaxSize)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "the JSON holds zero bytes: was it written as UTF-16 without a byte order mark? Save it as UTF-8"
	}
	if !utf8.Valid(data) {
		return "the JSON is not valid UTF-8: was it written as Latin-1 or Windows-1252? Save it as UTF-8"
	}
	trimmed := bytes.TrimLeft(data, jsonSpace)
	if len(trimmed) == 0 {
		return "the JSON is empty: one object is wanted"
	}
	if problem := syntaxProblem(data); problem != "" {
		return problem
	}
	if problem := wrongKind(trimmed, kindObject); problem != "" {
		return "the JSON " + problem
	}
	return ""
}

func syntaxProblem(data []byte) string {
	if json.Valid(data) {
		return ""
	}
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("one complete JSON object and nothing else is wanted: %v (byte %d)", syntax, syntax.Offset)
	}
	return fmt.Sprintf("one complete JSON object and nothing else is wanted: %v", err)
}
