package api

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// bulkRequest is what a bulk request asks for.
type bulkRequest struct {
	account string
	format  enqueue.Format
	options []enqueue.Option

	problems     bool // results of these alone
	dryRun       bool
	allOrNothing bool
	stream       bool // results are answered while the body is read

	// rules are asked about each campaign before its id is made of its content.
	rules []enqueue.Rule
	// begin is called before the first campaign is enqueued, if all are to be checked first.
	begin func() error
}

// readBulkRequest reads all but the body; the error is a Problem.
func readBulkRequest(r *http.Request) (bulkRequest, error) {
	b, err := readLinesRequest(r)
	if err == nil {
		err = b.query(r.URL.RawQuery)
	}
	if err == nil {
		err = b.notTooLarge(r)
	}
	return b, err
}

// notTooLarge refuses a body that says it is longer than what is checked as a whole.
func (b *bulkRequest) notTooLarge(r *http.Request) error {
	if b.allOrNothing && r.ContentLength > allOrNothingBytes {
		return newProblem(http.StatusRequestEntityTooLarge, "", "With all_or_nothing, 64 MiB are the most.")
	}
	return nil
}

// readLinesRequest reads what all requests with many lines have; the error is a Problem.
func readLinesRequest(r *http.Request) (bulkRequest, error) {
	b := bulkRequest{account: r.PathValue("account")}
	if !campaign.ValidAccount(b.account) {
		return b, newProblem(http.StatusUnprocessableEntity, "", fmt.Sprintf("%q is no account: names are 1 to 32 of a-z 0-9 _ -.", clip(b.account)))
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case typeNDJSON:
		b.format = enqueue.FormatJSONLines
	case typeCSV:
		b.format = enqueue.FormatCSV
	default:
		return b, newProblem(http.StatusUnsupportedMediaType, "", "Send the campaigns with Content-Type: "+typeNDJSON+", one object a line, or "+typeCSV+".")
	}
	var err error
	b.options, err = preferences(r.Header.Get("Prefer"))
	return b, err
}

// The media types of bulk requests and their answers.
const (
	typeNDJSON = "application/x-ndjson"
	typeCSV    = "text/csv"
)

// query reads the parameters; an unknown one is refused, for it was meant to do something.
func (b *bulkRequest) query(raw string) error {
	values, err := url.ParseQuery(raw)
	p := queryProblem()
	if err != nil {
		return p
	}
	flags := map[string]*bool{"dry_run": &b.dryRun, "all_or_nothing": &b.allOrNothing, "stream": &b.stream}
	for name, all := range values {
		value := all[len(all)-1]
		flag, isFlag := flags[name]
		switch {
		case len(all) > 1:
			p.Errors = append(p.Errors, FieldFault{Field: clip(name), Detail: "is given twice"})
		case isFlag && (value == "true" || value == "false"):
			*flag = value == "true"
		case isFlag:
			p.Errors = append(p.Errors, FieldFault{Field: name, Detail: "is not true or false"})
		case name == "results" && (value == "all" || value == "problems"):
			b.problems = value == "problems"
		case name == "results":
			p.Errors = append(p.Errors, FieldFault{Field: name, Detail: "is not all or problems"})
		default:
			p.Errors = append(p.Errors, FieldFault{Field: clip(name), Detail: "is no parameter: results, dry_run, all_or_nothing and stream are"})
		}
	}
	if b.stream && b.allOrNothing {
		p.Errors = append(p.Errors, FieldFault{Field: "stream", Detail: "does not go with all_or_nothing, which answers once all is read"})
	}
	if len(p.Errors) > 0 {
		return p
	}
	return nil
}
