package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// setText sets what a pointer of the field table points to from text, and says
// what is wrong with the text. Empty text clears.
func setText(at any, text string) (problem string) {
	switch p := at.(type) {
	case *string:
		*p = text
	case *bool:
		*p, problem = parseBool(text)
	case **bool:
		*p, problem = parseOptionalBool(text)
	case *time.Time:
		*p = time.Time{}
		if text != "" {
			*p, problem = parseTime(text)
		}
	case *Money:
		*p = 0
		if text != "" {
			*p, problem = parseAmount(text)
		}
	case *map[string]string:
		*p = nil
		if text != "" {
			*p, problem = labelsFromText(text)
		}
	default:
		problem = "cannot be set"
	}
	return problem
}

// setJSON sets what a pointer of the field table points to from a valid JSON
// value, and says what is wrong with the value.
func setJSON(at any, raw []byte) (problem string) {
	if kindOf(raw) == kindNull {
		return "is null: leave the field out instead"
	}
	switch p := at.(type) {
	case *string:
		*p, problem = stringValue(raw)
	case *bool:
		*p, problem = boolValue(raw)
	case **bool:
		var v bool
		v, problem = boolValue(raw)
		*p = &v
	case *time.Time:
		var s string
		if s, problem = stringValue(raw); problem == "" {
			*p, problem = parseTime(s)
		}
	case *Money:
		*p, problem = amountValue(raw)
	case *map[string]string:
		*p, problem = labelsValue(raw)
	default:
		problem = "cannot be set"
	}
	return problem
}

func parseBool(s string) (value bool, problem string) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "1":
		return true, ""
	case "false", "no", "0", "":
		return false, ""
	default:
		return false, quote(s) + " is neither true nor false: true, false, yes, no, 1 or 0 is wanted"
	}
}

func parseOptionalBool(s string) (*bool, string) {
	if s == "" {
		return nil, ""
	}
	v, problem := parseBool(s)
	return &v, problem
}

func parseAmount(s string) (Money, string) {
	m, err := ParseMoney(strings.TrimSpace(s))
	if err != nil {
		return 0, quote(s) + " " + err.Error()
	}
	return m, ""
}

// timeSample shows the wanted form; it is the API documentation's own.
const timeSample = "2018-10-03T07:42:39-07:00"

// parseTime reads an ISO 8601 time with an offset, which is kept. A time
// without one is refused: nobody can say which hour was meant.
func parseTime(s string) (time.Time, string) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700"} {
		// UTC as the location keeps the machine's own zone out of the result.
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return t, ""
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if _, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return time.Time{}, quote(s) + " has no offset from UTC: write it as " + timeSample
		}
	}
	return time.Time{}, quote(s) + " is no time with an offset: write it as " + timeSample
}

// kind is a kind of JSON value, in words for people.
type kind string

const (
	kindString kind = "a string"
	kindBool   kind = "true or false"
	kindNumber kind = "a number"
	kindObject kind = "an object"
	kindArray  kind = "an array"
	kindNull   kind = "null"
)

// kindOf tells the kind of a valid JSON value without space around it.
func kindOf(raw []byte) kind {
	switch raw[0] {
	case '"':
		return kindString
	case 't', 'f':
		return kindBool
	case '{':
		return kindObject
	case '[':
		return kindArray
	case 'n':
		return kindNull
	default:
		return kindNumber
	}
}

func wrongKind(raw []byte, wanted kind) string {
	if got := kindOf(raw); got != wanted {
		return fmt.Sprintf("is %s: %s is wanted", got, wanted)
	}
	return ""
}

func boolValue(raw []byte) (bool, string) {
	return raw[0] == 't', wrongKind(raw, kindBool)
}

func stringValue(raw []byte) (string, string) {
	if problem := wrongKind(raw, kindString); problem != "" {
		return "", problem
	}
	if half := halfSurrogate(raw); half != "" {
		return "", "holds " + half + ", half of a character: write the character itself"
	}
	return unquote(raw), ""
}

// halfSurrogate finds a \u escape that names half of a character. The standard
// decoder would replace it, and another text than the given one would be sent.
func halfSurrogate(raw []byte) string {
	for i := bytes.IndexByte(raw, '\\'); i >= 0 && i+1 < len(raw); {
		next := i + 2
		if raw[i+1] == 'u' {
			next = i + 6
			if r := escaped(raw[i:]); utf16.IsSurrogate(r) {
				if utf16.DecodeRune(r, escaped(raw[next:])) == '\uFFFD' {
					return string(raw[i:next])
				}
				next += 6
			}
		}
		following := bytes.IndexByte(raw[next:], '\\')
		if following < 0 {
			return ""
		}
		i = next + following
	}
	return ""
}

// escaped is the character that a \uXXXX at the beginning of raw names, -1 if
// there is none.
func escaped(raw []byte) rune {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseInt(string(raw[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(n)
}

func amountValue(raw []byte) (Money, string) {
	switch kindOf(raw) {
	case kindNumber:
		return parseAmount(string(raw))
	case kindString:
		s, problem := stringValue(raw)
		if problem != "" {
			return 0, problem
		}
		return parseAmount(s)
	default:
		return 0, fmt.Sprintf("is %s: an amount of euros is wanted, such as 2.58", kindOf(raw))
	}
}

func labelsFromText(s string) (map[string]string, string) {
	raw := bytes.TrimSpace([]byte(s))
	if !json.Valid(raw) {
		return nil, quote(s) + ` is no JSON object: write {"name":"value"}, or use labels.NAME`
	}
	return labelsValue(raw)
}

// labelsValue reads an object of strings; the first thing wrong with it is told.
func labelsValue(raw []byte) (map[string]string, string) {
	if problem := wrongKind(raw, kindObject); problem != "" {
		return nil, problem
	}
	labels := map[string]string{}
	for name, value := range members(raw) {
		if _, twice := labels[name]; twice {
			return nil, "hold " + printable(name) + " twice"
		}
		s, problem := stringValue(value)
		if problem != "" {
			return nil, printable(name) + " " + problem
		}
		labels[name] = s
	}
	return labels, ""
}
