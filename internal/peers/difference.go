package peers

import (
	"maps"
	"slices"
	"strings"
)

// SettingDifference is one setting that workers of an account do not agree about.
type SettingDifference struct {
	Setting string
	Values  []Value // two or more, by their text
}

// Value is what some workers have a setting at.
type Value struct {
	Text    string
	Workers []string // names, in order
}

// Differences lists the settings that workers have at different values, by name.
// A worker that says nothing of a setting, as one of another version may, takes
// no part in it.
func Differences(workers []PeerWorker) []SettingDifference {
	byValue := map[string]map[string][]string{}
	for _, w := range workers {
		for setting, text := range w.Settings {
			if byValue[setting] == nil {
				byValue[setting] = map[string][]string{}
			}
			byValue[setting][text] = append(byValue[setting][text], w.Name)
		}
	}
	var found []SettingDifference
	for _, setting := range slices.Sorted(maps.Keys(byValue)) {
		if len(byValue[setting]) < 2 {
			continue
		}
		d := SettingDifference{Setting: setting}
		for _, text := range slices.Sorted(maps.Keys(byValue[setting])) {
			d.Values = append(d.Values, Value{Text: text, Workers: slices.Sorted(slices.Values(byValue[setting][text]))})
		}
		found = append(found, d)
	}
	return found
}

// named is how many workers of a value a text names.
const named = 3

// String is the difference for people: "confirm is auto (a:1), manual (b:2)".
func (d SettingDifference) String() string {
	var parts []string
	for _, v := range d.Values {
		names := v.Workers
		if len(names) > named {
			names = append(slices.Clone(names[:named]), "…")
		}
		parts = append(parts, v.Text+" ("+strings.Join(names, ", ")+")")
	}
	return d.Setting + " is " + strings.Join(parts, ", ")
}

// values are the setting and its values, without the workers: it stays the same
// while workers with the same values come and go.
func (d SettingDifference) values() string {
	texts := []string{d.Setting}
	for _, v := range d.Values {
		texts = append(texts, v.Text)
	}
	return strings.Join(texts, "\x00")
}

// Same reports whether two lists are about the same settings and values; which
// workers have them does not matter.
func Same(a, b []SettingDifference) bool {
	return slices.EqualFunc(a, b, func(a, b SettingDifference) bool { return a.values() == b.values() })
}
