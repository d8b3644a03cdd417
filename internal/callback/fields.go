package callback

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// reported are those of one report. Their names are in lower case and without
// underscores, so that message_id, messageId and MESSAGE-ID are one.
type reported map[string]any

func newReported(from map[string]any) reported {
	f := reported{}
	for name, value := range from {
		f[fieldName(name)] = value
	}
	return f
}

func fieldName(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
}

// text is the first of some fields that says something, "" where none does.
func (f reported) text(names ...string) string {
	for _, name := range names {
		if text := strings.TrimSpace(textOf(f[name])); text != "" {
			return text
		}
	}
	return ""
}

// textOf is a value as a text. Of an object it is what the object wraps, such as the
// date of one of PHP's, and of a list its first item.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return digits(v)
	case []any:
		if len(v) > 0 {
			return textOf(v[0])
		}
	case map[string]any:
		return newReported(v).wrapped()
	}
	return ""
}

// wrapped is what an object holds that stands for one value. It looks no deeper.
func (f reported) wrapped() string {
	for _, name := range []string{"value", "number", "phonenumber", "e164", "date", "text", "code", "name", "id"} {
		switch v := f[name].(type) {
		case string:
			return v
		case json.Number:
			return digits(v)
		}
	}
	return ""
}

// digits writes a number without an exponent: phone numbers were seen as 3.36E10.
func digits(n json.Number) string {
	if !strings.ContainsAny(n.String(), ".eE") {
		return n.String()
	}
	const longest = 1e18
	v, err := n.Float64()
	if err != nil || v > longest || v < -longest {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// isEmpty reports whether nothing is said at all.
func (f reported) isEmpty() bool {
	return !slices.ContainsFunc([]string{"messageid", "number", "status", "text"}, func(name string) bool { return f.text(name) != "" })
}
