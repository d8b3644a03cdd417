package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// getLog answers the calls of the journal as a JSON array, or with ?format=jsonl one to a line. Each of the filters call,
// login, list, tag, ticket, request_id and fault must be equal; carried_out is true or false; after is a seq.
func (s *Server) getLog(w http.ResponseWriter, r *http.Request) {
	want, err := callFilter(r.URL.Query())
	if err != nil {
		adminError(w, http.StatusBadRequest, err)
		return
	}
	writeList(w, r, s.journal.list(want))
}

// getTickets answers the tickets in the same forms as the journal, with the filters login, list, tag, ticket and state.
func (s *Server) getTickets(w http.ResponseWriter, r *http.Request) {
	want, err := newFilter(r.URL.Query(), map[string]func(Ticket) string{
		"login":  func(t Ticket) string { return t.Login },
		"list":   func(t Ticket) string { return t.ListName },
		"tag":    func(t Ticket) string { return t.TagName },
		"ticket": func(t Ticket) string { return t.Ticket },
		"state":  func(t Ticket) string { return t.State },
	})
	if err != nil {
		adminError(w, http.StatusBadRequest, err)
		return
	}
	writeList(w, r, slices.DeleteFunc(s.Tickets(), func(t Ticket) bool { return !want(t) }))
}

// getStats answers Stats; ?window= is the length of the sliding window, such as 1s or 500ms.
func (s *Server) getStats(w http.ResponseWriter, r *http.Request) {
	window := time.Second
	if v := r.URL.Query().Get("window"); v != "" {
		var err error
		if window, err = time.ParseDuration(v); err != nil || window <= 0 {
			adminError(w, http.StatusBadRequest, fmt.Errorf("window must be a duration above 0, got %q", v))
			return
		}
	}
	writeBody(w, http.StatusOK, s.Stats(window))
}

// callFilter builds the filter that a query on the journal asks for.
func callFilter(q url.Values) (func(Call) bool, error) {
	after := int64(0)
	if v := q.Get("after"); v != "" {
		var err error
		if after, err = strconv.ParseInt(v, 10, 64); err != nil {
			return nil, fmt.Errorf("after must be a seq: %w", err)
		}
	}
	if v := q.Get("carried_out"); v != "" && v != "true" && v != "false" {
		return nil, fmt.Errorf("carried_out must be true or false, got %q", v)
	}
	equal, err := newFilter(q, map[string]func(Call) string{
		"call":        func(c Call) string { return c.Call },
		"login":       func(c Call) string { return c.Login },
		"list":        func(c Call) string { return c.ListName },
		"tag":         func(c Call) string { return c.TagName },
		"ticket":      func(c Call) string { return c.Ticket },
		"request_id":  func(c Call) string { return c.RequestID },
		"fault":       func(c Call) string { return c.Fault },
		"carried_out": func(c Call) string { return strconv.FormatBool(c.CarriedOut) },
	}, "after")
	return func(c Call) bool { return c.Seq > after && equal(c) }, err
}

// newFilter wants every field that the query names to be equal, and refuses a query with other names in it.
func newFilter[T any](q url.Values, fields map[string]func(T) string, others ...string) (func(T) bool, error) {
	others = append(others, "format")
	var checks []func(T) bool
	for name := range q {
		field, value := fields[name], q.Get(name)
		switch {
		case slices.Contains(others, name):
		case field == nil:
			return nil, fmt.Errorf("filter %q is unknown", name)
		case value != "":
			checks = append(checks, func(item T) bool { return field(item) == value })
		}
	}
	return func(item T) bool {
		return !slices.ContainsFunc(checks, func(check func(T) bool) bool { return !check(item) })
	}, nil
}

// writeList writes a list as one JSON array, or as JSON Lines.
func writeList[T any](w http.ResponseWriter, r *http.Request, list []T) {
	if r.URL.Query().Get("format") != "jsonl" {
		writeBody(w, http.StatusOK, list)
		return
	}
	w.Header().Set("Content-Type", "application/jsonl")
	encoder := json.NewEncoder(w)
	for _, item := range list {
		if encoder.Encode(item) != nil {
			return
		}
	}
}
