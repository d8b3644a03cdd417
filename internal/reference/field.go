package reference

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ValueType is how the value of a field is written in JSON.
type ValueType string

// The types of fields.
const (
	TypeString  ValueType = "string"
	TypeBoolean ValueType = "boolean"
	TypeTime    ValueType = "time"   // a string
	TypeAmount  ValueType = "amount" // a number, or a string that holds one
	TypeLabels  ValueType = "labels" // an object of strings
)

// Field describes one field of a campaign.
type Field struct {
	// Name is the field's name in JSON, and its column in CSV.
	Name string
	Type ValueType
	// Required reports whether a campaign without the field is invalid.
	Required bool
	// Words are the only values; nil if there are others.
	Words []string
	// Min and Max are the lengths of a text in characters; 0 is no limit.
	Min, Max int
	// Form says in words which characters a text may hold, or what it looks like.
	Form string
	// Meaning says in some words what the field is, Detail in whole sentences what
	// else there is to know.
	Meaning, Detail string
	// Default says what holds where the field is left out.
	Default string
	// Example is a value as it is written in JSON.
	Example string
	// Since is the version that the field came with, as CHANGELOG.md calls it.
	Since string

	chars characters
}

// Flag is the field's flag, without the hyphens in front.
func (f Field) Flag() string { return strings.ReplaceAll(f.Name, "_", "-") }

// description is what the field means, in sentences.
func (f Field) description() string {
	return strings.TrimSpace(sentence(f.Meaning) + " " + f.Detail)
}

// sentence begins with a capital letter and ends in a full stop.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:] + "."
}
