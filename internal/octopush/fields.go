package octopush

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// fields are the top-level values of an answer by lower-case name.
type fields map[string]value

type jsonKind int

const (
	kindNone   jsonKind = iota // absent, null or an empty text
	kindText                   // a JSON string
	kindNumber                 // a JSON number, as it was written
	kindOther                  // true, false, an object, an array
)

// value is a JSON value with its text: the content of a string, the literal of
// a number, the raw JSON of anything else.
type value struct {
	kind jsonKind
	text string
}

func (f fields) get(name string) value { return f[name] }

// parseFields reads one JSON object and nothing around it, a byte order mark
// aside. An object that names a field twice, in whatever case, contradicts
// itself and is not read: one of the two might be the refusal.
func parseFields(body []byte) (fields, bool) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if !json.Valid(body) {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	f := fields{}
	for dec.More() {
		if !f.add(dec) {
			return nil, false
		}
	}
	return f, true
}

// add takes the next name and value; it reports false for a name that is
// there already.
func (f fields) add(dec *json.Decoder) bool {
	t, err := dec.Token()
	if err != nil {
		return false
	}
	name, ok := t.(string)
	name = strings.ToLower(name)
	if _, twice := f[name]; twice || !ok {
		return false
	}
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return false
	}
	f[name] = valueOf(raw)
	return true
}

func valueOf(raw json.RawMessage) value {
	s := strings.TrimSpace(string(raw))
	switch {
	case s == "null":
		return value{}
	case s[0] == '"':
		return textValue(raw)
	case s[0] == '-' || !notDigit(rune(s[0])):
		return value{kindNumber, s}
	default:
		return value{kindOther, s}
	}
}

func textValue(raw json.RawMessage) value {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return value{kindOther, string(raw)}
	}
	if s = strings.TrimSpace(s); s == "" {
		return value{}
	}
	return value{kindText, s}
}

// code is the API's code, a number or a numeric text; 0 if it is absent. It
// reports false if there is one that cannot be read.
func (f fields) code() (int, bool) {
	v := f.get("code")
	if v.kind == kindNone {
		return 0, true
	}
	return v.whole()
}

// whole reads a whole number, be it a JSON number or a text: 121, "121", 121.0.
func (v value) whole() (int, bool) {
	if v.kind != kindNumber && v.kind != kindText {
		return 0, false
	}
	head, fraction, dot := strings.Cut(v.text, ".")
	if dot && (fraction == "" || strings.Trim(fraction, "0") != "") {
		return 0, false
	}
	n, err := strconv.Atoi(head)
	return n, err == nil
}
