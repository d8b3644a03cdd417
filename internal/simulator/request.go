package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"
)

// maxBody bounds what is read of a request; the longest campaign needs a few thousand bytes.
const maxBody = 1 << 20

// request is what a call asks for.
type request struct {
	login, key string
	onTag      bool // it came by the path for tags
	fields     fields
	ticket     string
	product    string // of a balance in messages, with the country
	country    string
	strict     strictness // what was on when the call began
	list, tag  string
	text       string
	requestID  string
	bad        *answer // why the body cannot be understood
}

// readRequest reads the whole request, so that the server notices when the client goes away.
func readRequest(w http.ResponseWriter, r *http.Request, ep endpoint) request {
	req := request{login: r.Header.Get("api-login"), key: r.Header.Get("api-key"), onTag: ep.onTag}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		req.bad = unreadable(err)
		return req
	}
	if ep.method == http.MethodGet {
		query := r.URL.Query()
		req.ticket = query.Get("ticket_number")
		req.product, req.country = query.Get("product_name"), query.Get("country_code")
		return req
	}
	req.fields, req.bad = parseBody(r.Header.Get("Content-Type"), body)
	req.name(ep.call)
	return req
}

// name takes from the body what rules and the journal know a call by. The on-list service takes a tag too (doc: the newest
// pages); that a list goes before a tag is inferred. The on-tag service has no field for a list (doc).
func (q *request) name(call string) {
	switch call {
	case CallCreate:
	case CallContacts:
		q.list = q.fields.text("list_name")
		return
	default:
		q.ticket = q.fields.text("ticket_number")
		return
	}
	q.text, q.requestID = q.fields.text("text"), q.fields.text("request_id")
	if !q.onTag {
		q.list = q.fields.text("list_name")
	}
	if q.list == "" {
		q.tag = q.fields.text("tag_name")
	}
}

func unreadable(err error) *answer {
	status := http.StatusBadRequest
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	a := refuse(status, codeNoRequest, "The body could not be read.")
	return &a
}

// parseBody wants one JSON object in UTF-8 (doc). How the real API refuses anything else is unknown.
func parseBody(contentType string, body []byte) (fields, *answer) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		a := refused(codeNoRequest, "The body must be JSON, with Content-Type: application/json.")
		return nil, &a
	}
	f, err := parseFields(body)
	if err != nil || !utf8.Valid(body) {
		a := refused(codeNoRequest, "The body must be one JSON object in UTF-8.")
		return nil, &a
	}
	return f, nil
}

func parseFields(body []byte) (fields, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var f fields
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	if f == nil {
		return nil, errors.New("not an object")
	}
	return f, nil
}
