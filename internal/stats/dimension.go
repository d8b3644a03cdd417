package stats

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// Dimension is what figures can be divided by: list, tag, purpose, type, or label.K.
type Dimension string

// The dimensions that each campaign has; the others are those of its labels.
const (
	ByList    Dimension = "list"
	ByTag     Dimension = "tag"
	ByPurpose Dimension = "purpose"
	ByType    Dimension = "type"
)

const labelPrefix = "label."

// ParseDimension reads what people divide by; "" is no division.
func ParseDimension(s string) (Dimension, error) {
	switch d := Dimension(s); {
	case s == "", slices.Contains([]Dimension{ByList, ByTag, ByPurpose, ByType}, d):
		return d, nil
	case strings.HasPrefix(s, labelPrefix) && len(s) > len(labelPrefix):
		return d, nil
	}
	return "", fmt.Errorf("by is %q: want list, tag, purpose, type, or label.K for the label K", s)
}

// stored is the dimension as it stands in Redis: without a character that divides there.
func (d Dimension) stored() string {
	label, is := strings.CutPrefix(string(d), labelPrefix)
	if !is {
		return string(d)
	}
	return labelPrefix + escaped(label)
}

// dimensions are what the figures of a campaign belong to, each as dimension=value, in
// an order that does not change.
func dimensions(c campaign.Campaign) []string {
	var all []string
	add := func(d Dimension, value string) {
		if value != "" {
			all = append(all, d.stored()+"="+escaped(value))
		}
	}
	add(ByList, c.ListName)
	add(ByTag, c.TagName)
	add(ByPurpose, c.Purpose)
	add(ByType, c.Type)
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		add(Dimension(labelPrefix+name), c.Labels[name])
	}
	return all
}

// divides are the characters that divide what is stored, and what stands in their place.
func divides() []string { return []string{"%", "%25", "=", "%3D", "&", "%26", "#", "%23", " ", "%20"} }

func escaped(s string) string { return strings.NewReplacer(divides()...).Replace(s) }

// unescaped is what escaped was made of.
func unescaped(s string) string {
	back := divides()
	slices.Reverse(back)
	return strings.NewReplacer(back...).Replace(s)
}
