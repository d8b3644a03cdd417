package reference

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Type is how the value of a field is written in JSON.
type Type string

// The types of fields.
const (
	TypeString  Type = "string"
	TypeBoolean Type = "boolean"
	TypeTime    Type = "time"   // a string
	TypeAmount  Type = "amount" // a number, or a string that holds one
	TypeLabels  Type = "labels" // an object of strings
)

// Field describes one field of a campaign.
type Field struct {
	// Name is the field's name in JSON, and its column in CSV.
	Name string
	Type Type
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

// Fields describes the fields of a campaign, in the order of input.Fields.
func Fields() []Field {
	fields := table()
	types, missing := typesOf(), missingFields()
	for i := range fields {
		f := &fields[i]
		f.Type, f.Required = types[f.Name], slices.Contains(missing, f.Name)
	}
	return fields
}

// typesOf has the types of all fields by their names.
func typesOf() map[string]Type {
	types := map[string]Type{}
	for f := range reflect.TypeFor[campaign.Campaign]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		types[name] = typeOf(f.Type)
	}
	return types
}

// typeOf is the type of a field of the struct, "" if this package does not know it.
func typeOf(t reflect.Type) Type {
	switch t {
	case reflect.TypeFor[string]():
		return TypeString
	case reflect.TypeFor[bool](), reflect.TypeFor[*bool]():
		return TypeBoolean
	case reflect.TypeFor[time.Time]():
		return TypeTime
	case reflect.TypeFor[campaign.Money]():
		return TypeAmount
	case reflect.TypeFor[map[string]string]():
		return TypeLabels
	default:
		return ""
	}
}

// missingFields are those that validation misses in a campaign which says nothing
// but who receives it.
func missingFields() []string {
	var missing []string
	if invalid, ok := errors.AsType[*campaign.ValidationError](campaign.Campaign{ListName: "customers"}.Validate()); ok {
		for _, f := range invalid.Faults {
			missing = append(missing, f.Field)
		}
	}
	return missing
}
