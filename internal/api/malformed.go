package api

import (
	"net/http"
	"net/url"
	"strings"
)

// malformed is what is wrong with a request before an operation reads it: what the
// operation would take for absent, and so do something else than was asked for. It is
// nil if nothing is wrong.
func malformed(r *http.Request) *Problem {
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		return queryProblem(FieldFault{Detail: "holds a semicolon, or a percent sign that begins no character: write them as %3B and %25"})
	}
	if keys, given := r.Header["Idempotency-Key"]; given && (len(keys) > 1 || keys[0] == "") {
		return noKey()
	}
	for _, list := range []string{"Prefer", "If-Match"} { // several lines are one list
		if lines := r.Header.Values(list); len(lines) > 1 {
			r.Header.Set(list, strings.Join(lines, ", "))
		}
	}
	return nil
}

func noKey() *Problem {
	return newProblem(http.StatusBadRequest, "", "The Idempotency-Key is not 1 to 255 printable ASCII characters, given once.")
}
