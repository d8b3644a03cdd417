package reference

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

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
func typesOf() map[string]ValueType {
	types := map[string]ValueType{}
	for f := range reflect.TypeFor[campaign.Campaign]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		types[name] = typeOf(f.Type)
	}
	return types
}

// typeOf is the type of a field of the struct, "" if this package does not know it.
func typeOf(t reflect.Type) ValueType {
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
// but its recipients.
func missingFields() []string {
	var missing []string
	if invalid, ok := errors.AsType[*campaign.ValidationError](campaign.Campaign{ListName: "customers"}.Validate()); ok {
		for _, f := range invalid.Faults {
			missing = append(missing, f.Field)
		}
	}
	return missing
}
