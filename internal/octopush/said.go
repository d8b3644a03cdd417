package octopush

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// shortMessage is how long a message may be, in bytes, to stand before the
// errors. A longer one stands behind them: what is cut off in the end is then
// the general part.
const shortMessage = 200

// message is what the API says of an answer in its own words: its message, the
// faults it lists, and a code that is no number.
func (f fields) message() string {
	said, faults := f.text("message"), f.faults()
	switch {
	case said == "" || faults == "":
		said += faults
	case len(said) <= shortMessage:
		said = strings.TrimRight(said, ".: ") + ": " + faults
	default:
		said = faults + " (" + said + ")"
	}
	_, readable := f.code()
	switch {
	case readable:
	case said == "":
		said = "code " + f.text("code")
	default:
		said += " (code " + f.text("code") + ")"
	}
	return said
}

// text is a value for people. Where it is no text, its JSON is better than
// nothing; it is written anew, so that no escape hides the key from hider.
func (f fields) text(name string) string {
	v := f.get(name)
	if v.kind != kindOther {
		return v.text
	}
	tree, ok := v.tree()
	if !ok {
		return ""
	}
	raw, err := encode(tree)
	if err != nil {
		return ""
	}
	return string(raw)
}

// faults are the errors of an answer, field by field. They were seen beside a
// message, with HTTP 422: {"errors":{"sender":["…"]}} (3rd).
func (f fields) faults() string {
	v := f.get("errors")
	if v.kind != kindOther {
		return v.text
	}
	tree, ok := v.tree()
	if !ok {
		return ""
	}
	var b strings.Builder
	list(&b, tree)
	return b.String()
}

func (v value) tree() (tree any, ok bool) {
	return tree, json.Unmarshal([]byte(v.text), &tree) == nil
}

// list writes a tree of texts on one line: sender: too long, not allowed; text: empty.
func list(b *strings.Builder, tree any) {
	switch t := tree.(type) {
	case nil:
	case string:
		b.WriteString(t)
	case []any:
		for i, item := range t {
			divide(b, i, ", ")
			list(b, item)
		}
	case map[string]any:
		for i, name := range slices.Sorted(maps.Keys(t)) {
			divide(b, i, "; ")
			b.WriteString(name + ": ")
			list(b, t[name])
		}
	default:
		if raw, err := encode(t); err == nil {
			b.Write(raw)
		}
	}
}

func divide(b *strings.Builder, i int, with string) {
	if i > 0 {
		b.WriteString(with)
	}
}
