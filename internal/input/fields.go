package input

import (
	"reflect"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// names are the fields' names in JSON and CSV, in their order in campaign.Campaign.
//
//nolint:gochecknoglobals // never changed: a constant, if Go had constant slices
var names = namesOf(reflect.TypeFor[campaign.Campaign]())

func namesOf(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// labelPrefix begins the name of a single label: labels.shop.
const labelPrefix = "labels."

// Fields lists the names of a campaign's fields in JSON and CSV. Beside them,
// Builder.Set and the columns of a CSV file know labels.NAME for one label.
func Fields() []string { return slices.Clone(names) }

// fieldNamed is the place of a name among the fields, -1 if it is none.
func fieldNamed(name string) int { return slices.Index(names, name) }

// fieldAt returns a pointer to the field of a place: *string, *bool, **bool,
// *time.Time, *campaign.Money or *map[string]string.
func fieldAt(c *campaign.Campaign, place int) any {
	return reflect.ValueOf(c).Elem().Field(place).Addr().Interface()
}
