package simulator

import (
	"encoding/json"
	"strconv"
)

// fields are the values of a JSON body. Wrong ones are cast or ignored and the request is carried out all the same (doc);
// which of the two befalls which value is unknown.
type fields map[string]any

// text returns a string, or what a number or boolean looks like as one; anything else is ignored.
func (f fields) text(name string) string {
	switch v := f[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// flag returns a boolean, or what looks like one; anything else is false, the default.
func (f fields) flag(name string) bool {
	switch f.text(name) {
	case "true", "1":
		return true
	}
	return false
}
