package input_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/octoq/octoq/internal/reference"
)

// drawText draws the JSON of something like a campaign: mostly a valid one, with a
// few fields that hold values on either side of a limit.
func drawText(t *rapid.T) string {
	members := map[string]string{
		"list_name": `"my_list"`, "text": `"Hello. STOP au 30101"`, "type": `"sms_premium"`, "purpose": `"alert"`,
	}
	fields := rapid.SampledFrom(reference.Fields())
	for range rapid.IntRange(0, 3).Draw(t, "fields") {
		f := fields.Draw(t, "field")
		members[f.Name] = drawValue(t, f)
	}
	if rapid.IntRange(0, 9).Draw(t, "other") == 0 {
		members[rapid.SampledFrom([]string{"colour", "_rejected", "labels.shop", "Text", ""}).Draw(t, "name")] = `"x"`
	}
	if rapid.IntRange(0, 4).Draw(t, "without") == 0 {
		delete(members, rapid.SampledFrom(slices.Sorted(maps.Keys(members))).Draw(t, "left out"))
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		all = append(all, quoted(name)+":"+members[name])
	}
	return "{" + strings.Join(all, ",") + "}"
}

// drawValue draws JSON for a field, of another type once in a while.
func drawValue(t *rapid.T, f reference.Field) string {
	kind := f.Type
	if rapid.IntRange(0, 9).Draw(t, "type") == 0 {
		kind = rapid.SampledFrom([]reference.ValueType{
			reference.TypeString, reference.TypeBoolean, reference.TypeTime, reference.TypeAmount, reference.TypeLabels, "null", "array",
		}).Draw(t, "another type")
	}
	switch kind {
	case reference.TypeBoolean:
		return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "boolean")
	case reference.TypeTime:
		return quoted(drawTime(t))
	case reference.TypeAmount:
		return rapid.OneOf(
			rapid.StringMatching(`"?-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?"?`).Filter(func(s string) bool {
				return json.Valid([]byte(s))
			}),
			rapid.SampledFrom([]string{"0", "-0", "922337203685477.5807", "922337203685477.5808", "-0.0001", `"-0"`, `" 1"`, `"1,5"`, `""`}),
		).Draw(t, "amount")
	case reference.TypeLabels:
		return drawLabels(t)
	case reference.TypeString:
		return quoted(drawString(t, f))
	default:
		return map[reference.ValueType]string{"null": "null", "array": `["x"]`}[kind]
	}
}

func drawTime(t *rapid.T) string {
	return rapid.OneOf(
		rapid.StringMatching(`(1999|2000|2030|9998|9999)-(0[0-9]|1[0-3])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-4]):[0-6][0-9]:([0-5][0-9]|60)([.,][0-9]{1,10})?([Zz]|[+-]([01][0-9]|2[0-4]):[0-6][0-9])`),
		rapid.StringMatching(`20[0-9]{2}-0[1-9]-[12][0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]0[0-9]:[0-5][0-9])`),
		rapid.SampledFrom([]string{"", "now", "2030-01-01", "0001-01-01T00:00:00Z", "2030-01-01T00:00:00", " 2030-01-01T00:00:00Z"}),
	).Draw(t, "time")
}

// drawString draws a text near the limits of a field: its length in characters of
// one and more bytes, its words, and characters that few fields allow.
func drawString(t *rapid.T, f reference.Field) string {
	letters := rapid.SampledFrom([]string{"a", "Z", "0", "-", "_", ".", "~", "é", "👍", " ", "\u00a0", "\u3000", "\u200b", "\t", "\n", "\x00", "\x7f", "\u0085", "\u2028", "\ufeff"})
	lengths := []int{0, 1, 2, f.Min, f.Max - 1, f.Max, f.Max + 1, 200, 201}
	length := max(0, rapid.SampledFrom(lengths).Draw(t, "length"))
	filled := strings.Repeat(letters.Draw(t, "filling"), length)
	words := append([]string{"", " ", ".", "..", "-a", "08:00-20:00 UTC", "off", strings.ToUpper(strings.Join(f.Words, ""))}, f.Words...)
	return rapid.OneOf(
		rapid.Just(filled),
		rapid.Just(letters.Draw(t, "first")+filled+letters.Draw(t, "last")),
		rapid.SampledFrom(words),
		rapid.StringMatching(`[A-Za-z0-9 ._-]{0,12}`),
		rapid.String(),
	).Draw(t, "text")
}

func drawLabels(t *rapid.T) string {
	count := rapid.SampledFrom([]int{0, 1, 1, 2, 15, 16, 17}).Draw(t, "labels")
	letters := rapid.SampledFrom([]string{"a", "é", "\n", " "})
	lengths := rapid.SampledFrom([]int{0, 1, 32, 33, 63, 64, 65, 128, 129, 255, 256, 257})
	labels := map[string]string{}
	for i := range count {
		labels["label"+string(rune('a'+i))] = "x"
	}
	if count > 0 {
		delete(labels, "labela")
		labels[strings.Repeat(letters.Draw(t, "of the name"), lengths.Draw(t, "name"))] = strings.Repeat(letters.Draw(t, "of the value"), lengths.Draw(t, "value"))
	}
	text, err := json.Marshal(labels)
	if err != nil {
		t.Fatalf("labels: %v", err)
	}
	return string(text)
}

// quoted is a JSON string.
func quoted(s string) string {
	text, _ := json.Marshal(s) // broken UTF-8 is replaced
	return string(text)
}
