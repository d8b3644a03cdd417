package input

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/octoq/octoq/campaign"
)

// setText sets what a pointer of fieldAt points to from text, and says
// what is wrong with the text. Empty text clears.
func setText(at any, text string, times TimeReader) (f flaw) {
	switch p := at.(type) {
	case *string:
		*p = text
	case *bool:
		*p, f = parseBool(text)
	case **bool:
		*p, f = parseOptionalBool(text)
	case *time.Time:
		*p = time.Time{}
		if text != "" {
			*p, f = times.read(text)
		}
	case *campaign.Money:
		*p = 0
		if text != "" {
			*p, f = amountFromText(text)
		}
	case *map[string]string:
		*p = nil
		if text != "" {
			*p, f.problem = labelsFromText(text)
		}
	default:
		f.problem = "cannot be set"
	}
	return f
}

// jsonRules are how JSON values are read.
type jsonRules struct {
	times TimeReader
	nulls bool // a label that is null is none
}

// setJSON sets what a pointer of fieldAt points to from a valid JSON
// value, and says what is wrong with the value.
func setJSON(at any, raw []byte, how jsonRules) (f flaw) {
	if kindOf(raw) == kindNull {
		return flaw{problem: "is null: leave the field out instead"}
	}
	switch p := at.(type) {
	case *string:
		*p, f.problem = stringValue(raw)
	case *bool:
		*p, f.problem = boolValue(raw)
	case **bool:
		var v bool
		v, f.problem = boolValue(raw)
		*p = &v
	case *time.Time:
		var s string
		if s, f.problem = stringValue(raw); f.problem == "" {
			*p, f = how.times.read(s)
		}
	case *campaign.Money:
		*p, f.problem = amountValue(raw)
	case *map[string]string:
		*p, f.problem = labelsValue(raw, how.nulls)
	default:
		f.problem = "cannot be set"
	}
	return f
}

func parseAmount(s string) (campaign.Money, string) {
	m, err := campaign.ParseMoney(strings.TrimSpace(s))
	if err != nil {
		return 0, quote(s) + " " + err.Error()
	}
	return m, ""
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

// kindOf returns the kind of a valid JSON value without space around it.
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

func amountValue(raw []byte) (campaign.Money, string) {
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
	return labelsValue(raw, false)
}

// labelsValue reads an object of strings, and returns the first problem with it. With
// nulls, what is null is left out.
func labelsValue(raw []byte, nulls bool) (map[string]string, string) {
	if problem := wrongKind(raw, kindObject); problem != "" {
		return nil, problem
	}
	labels := map[string]string{}
	for name, value := range members(raw) {
		if _, twice := labels[name]; twice {
			return nil, "hold " + printable(name) + " twice"
		}
		if nulls && kindOf(value) == kindNull {
			continue
		}
		s, problem := stringValue(value)
		if problem != "" {
			return nil, printable(name) + " " + problem
		}
		labels[name] = s
	}
	return labels, ""
}
