package simulator

import (
	"encoding/json"
	"strings"
)

// numbersAsStrings returns a body with each number as a string. A body that a rule spells out is one string, and stays.
func numbersAsStrings(body any) any {
	d := json.NewDecoder(strings.NewReader(encode(body)))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return body
	}
	return quoted(v)
}

func quoted(v any) any {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case map[string]any:
		for name := range v {
			v[name] = quoted(v[name])
		}
	case []any:
		for i := range v {
			v[i] = quoted(v[i])
		}
	}
	return v
}
