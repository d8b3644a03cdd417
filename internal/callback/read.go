package callback

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// errUnreadable says that a body holds no report.
var errUnreadable = errors.New("no report can be read")

// mostReports bounds how many reports one request may hold.
const mostReports = 10_000

// read takes the reports out of a body: one JSON object, a list of them, or a form.
func read(body []byte) ([]reported, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(utf8Of(body), []byte("\ufeff")))
	if len(body) == 0 {
		return nil, errUnreadable
	}
	if body[0] == '{' || body[0] == '[' {
		return readJSON(body)
	}
	return readForm(string(body))
}

// utf8Of is a body in UTF-8: what is not is taken for Latin-1, which older systems write.
func utf8Of(body []byte) []byte {
	if utf8.Valid(body) {
		return body
	}
	text := make([]rune, len(body))
	for i, b := range body {
		text[i] = rune(b)
	}
	return []byte(string(text))
}

func readJSON(body []byte) ([]reported, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, errUnreadable
	}
	list, many := value.([]any)
	if !many {
		list = []any{value}
	}
	if len(list) > mostReports {
		return nil, errUnreadable
	}
	var all []reported
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			all = append(all, newReported(object))
		}
	}
	return some(all)
}

func readForm(body string) ([]reported, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, errUnreadable
	}
	object := map[string]any{}
	for name, all := range values {
		object[strings.ToValidUTF8(name, "")] = string(utf8Of([]byte(all[0])))
	}
	return some([]reported{newReported(object)})
}

// some leaves out what says nothing, and fails where nothing is left.
func some(all []reported) ([]reported, error) {
	var kept []reported
	for _, f := range all {
		if !f.isEmpty() {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 {
		return nil, errUnreadable
	}
	return kept, nil
}
