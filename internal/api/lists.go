package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// lists registers what finds campaigns by what they are.
func (a *Endpoints) lists() {
	list := huma.Operation{
		OperationID: "list-campaigns", Method: http.MethodGet, Path: "/v1/accounts/{account}/campaigns", Tags: []string{"campaigns"},
		Summary: "List campaigns, newest first",
		Description: "By when they were enqueued. Pages follow each other by next; a campaign that exists, and fits the filters, throughout is on exactly one of them. " +
			"What Redis has no index of is looked for during a fifth of a second, so a page may be empty although more follow. " +
			"label.KEY=VALUE asks for campaigns with that label; several labels are all asked for.",
		SkipValidateParams: true, // the names of labels are parts of the names of parameters; see Resolve
		Errors:             []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}
	list.Parameters = []*huma.Param{{
		Name: labelParameter + "KEY", In: "query", Description: "the value of the label KEY, any label's name in its place", Schema: &huma.Schema{Type: huma.TypeString},
	}}
	huma.Register(a.huma, list, a.list)
	huma.Register(a.huma, huma.Operation{
		OperationID: "get-ticket", Method: http.MethodGet, Path: "/v1/accounts/{account}/tickets/{ticket}", Tags: []string{"campaigns"},
		Summary: "Find the campaign of a ticket", Description: "The campaign that a ticket of Octopush's belongs or belonged to.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, a.ticket)
}

// labelParameter begins the parameters that ask for a label.
const labelParameter = "label."

type listInput struct {
	Account  string    `path:"account"`
	State    []string  `query:"state,explode" doc:"only campaigns in this state, or in one of several"`
	List     string    `query:"list_name" doc:"only those to this list"`
	Tag      string    `query:"tag_name" doc:"only those to this tag"`
	Class    string    `query:"failure_class" doc:"only those that are dead for this reason" example:"rejected"`
	Since    time.Time `query:"since" doc:"only those enqueued at this time or later"`
	Until    time.Time `query:"until" doc:"only those enqueued before this time"`
	IDPrefix string    `query:"id_prefix" doc:"only those whose id begins so"`
	IDPart   string    `query:"id_part" doc:"only those whose id contains this"`
	Cursor   string    `query:"cursor" doc:"next of the page before, asked for with the same filters"`
	Limit    int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`

	labels map[string]string
}

// Resolve reads the labels, and refuses a parameter that is not known: a misspelt
// filter would otherwise list everything.
func (in *listInput) Resolve(ctx huma.Context) []error {
	known := []string{"state", "list_name", "tag_name", "failure_class", "since", "until", "id_prefix", "id_part", "cursor", "limit"}
	var faults []error
	refuse := func(name, why string) {
		faults = append(faults, &huma.ErrorDetail{Location: "query." + clip(name), Message: why})
	}
	asked := ctx.URL()
	for name, values := range asked.Query() {
		label, isLabel := strings.CutPrefix(name, labelParameter)
		switch {
		case !isLabel && !slices.Contains(known, name), isLabel && label == "":
			refuse(name, "unknown query parameter")
		case len(values) > 1 && name != "state":
			refuse(name, "is given twice")
		case isLabel:
			in.label(label, values[0])
		case name == "since" && in.Since.IsZero() && values[0] != "", name == "until" && in.Until.IsZero() && values[0] != "":
			refuse(name, errNoTime.Error())
		case name == "limit" && (in.Limit < 1 || in.Limit > 1000):
			refuse(name, "must be 1 to 1000")
		}
	}
	return faults
}

func (in *listInput) label(name, value string) {
	if in.labels == nil {
		in.labels = map[string]string{}
	}
	in.labels[name] = value
}

// lookFor is how long a page looks for what Redis has no index of: with the step that is
// under way then it answers within a fifth of a second, on a busy machine too.
const lookFor = 100 * time.Millisecond

func (in *listInput) filter() enqueue.Filter {
	f := enqueue.Filter{
		Account: in.Account, Labels: in.labels, ListName: in.List, TagName: in.Tag, FailureClass: campaign.FailureClass(in.Class),
		Since: in.Since, Until: in.Until, IDPrefix: in.IDPrefix, IDPart: in.IDPart, Cursor: in.Cursor, Limit: in.Limit, Within: lookFor,
	}
	for _, s := range in.State {
		f.States = append(f.States, campaign.State(s))
	}
	return f
}

// page is a part of a list.
type page struct {
	Items []known `json:"items"`
	Next  string  `json:"next,omitempty" doc:"the cursor of the next page; absent on the last"`
}

type pageAnswer struct{ Body page }

func (a *Endpoints) list(ctx context.Context, in *listInput) (*pageAnswer, error) {
	found, err := a.config.Client.List(ctx, in.filter())
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &pageAnswer{Body: page{Items: make([]known, len(found.Records)), Next: found.Next}}
	for i, r := range found.Records {
		answer.Body.Items[i].Record = r
	}
	return answer, nil
}

type ticketInput struct {
	AccountPath
	Ticket string `path:"ticket" doc:"as the campaign's record has it" example:"sms_5f3a"`
}

func (a *Endpoints) ticket(ctx context.Context, in *ticketInput) (*recordAnswer, error) {
	r, err := a.config.Client.ByTicket(ctx, in.Account, in.Ticket)
	answer, err := a.decided(r, err)
	return a.withResults(ctx, answer, err)
}
