package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

// campaignList is a page of campaigns, as the API has it.
type campaignList struct {
	Items []campaign.Record `json:"items"`
	Next  string            `json:"next"`
}

// filterFields are the API's filters that forms have.
func filterFields() []string {
	return []string{"state", "id_part", "list_name", "tag_name", "failure_class", "since", "until"}
}

// campaignsBody is the list of campaigns.
type campaignsBody struct {
	campaignList
	NextPage string // its address; "" on the last
	// Untouched: those that no worker has touched are left out, since so many wait; the
	// address of these.
	Untouched string
}

// manyWait is how many tasks may wait before a list leaves those out that no worker has
// touched: when these were enqueued is read from each of them.
const manyWait = 5000

// leaveOut leaves those out of a list that no worker has touched, where many wait and no
// state is asked for. All pages of a list are read alike.
func (v *visit) leaveOut(query url.Values, body *campaignsBody) error {
	asked := v.r.URL.Query()
	if query.Has("state") || query.Has("cursor") && !asked.Has("untouched") {
		return nil
	}
	if !query.Has("cursor") {
		s, err := v.standing(v.account)
		if gone, trouble := refused(err); trouble != nil || gone != nil || s.Waiting <= manyWait {
			return trouble
		}
	}
	for _, state := range campaign.States() {
		if state != campaign.StateQueued {
			query.Add("state", string(state))
		}
	}
	asked.Del("cursor")
	asked.Del("untouched")
	asked.Set("state", string(campaign.StateQueued))
	body.Untouched = "/campaigns?" + asked.Encode()
	return nil
}

// campaigns lists campaigns by the API's filters.
func (v *visit) campaigns() error {
	accounts, err := v.choose()
	if err != nil {
		return err
	}
	p := pageView{Title: "Campaigns", Accounts: accounts}
	query := v.filter()
	query.Set("limit", "50")
	if cursor := v.r.URL.Query().Get("cursor"); cursor != "" {
		query.Set("cursor", cursor)
	}
	body := campaignsBody{}
	if err := v.leaveOut(query, &body); err != nil {
		return err
	}
	p.Alert, err = refused(v.list(query, &body.campaignList))
	if body.Next != "" {
		next := v.r.URL.Query()
		next.Set("cursor", body.Next)
		if body.Untouched != "" {
			next.Set("untouched", "hidden")
		}
		body.NextPage = "/campaigns?" + next.Encode()
	}
	p.Body = body
	if err != nil {
		return err
	}
	return v.show("campaigns", p)
}

// filter is what a page's address asks of the API's list. A label is KEY=VALUE.
func (v *visit) filter() url.Values {
	asked, query := v.r.URL.Query(), url.Values{}
	for _, name := range filterFields() {
		for _, value := range asked[name] {
			if value = trimmed(value); value != "" {
				query.Add(name, value)
			}
		}
	}
	if key, value, given := strings.Cut(trimmed(asked.Get("label")), "="); given {
		query.Set("label."+key, value)
	}
	return query
}

// list reads a page of the account's campaigns.
func (v *visit) list(query url.Values, into *campaignList) error {
	_, err := v.ask(apiRequest{path: pathOf("accounts", v.account, "campaigns") + "?" + query.Encode(), into: into})
	return err
}

// seenRecord is a campaign as a page shows it.
type seenRecord struct {
	campaign.Record
	// ETag is what forms say that they were made from. A campaign that no worker has
	// touched has an empty one.
	ETag     string
	Warnings []campaign.Warning
	Budgets  []budgetShown // that it waits for
	Results  *resultsShown // nil before the first report
	// ReportsSeen counts numbers with reports that prove nothing, while it is not known
	// whether the campaign was sent.
	ReportsSeen int `json:"reports_seen"`
}

// resultsShown are what Octopush reported of a campaign's messages.
type resultsShown struct {
	Delivered, Failed, Pending, Replies, OptOuts int

	ByStatus     map[string]int `json:"by_status"`
	LastReportAt time.Time      `json:"last_report_at"`
}

// record reads one campaign.
func (v *visit) record(id string) (seenRecord, error) {
	r := seenRecord{}
	header, err := v.ask(apiRequest{path: pathOf("accounts", v.account, "campaigns", id), into: &r})
	if err != nil {
		return r, err
	}
	if r.ETag = header.Get("ETag"); r.ETag == "" {
		r.ETag = `""`
	}
	err = v.nameBudgets(&r)
	return r, err
}

// Living reports whether octoq still does something by itself.
func (r seenRecord) Living() bool { return !r.State.Final() }

// Moves reports whether a worker may bring it further at any moment.
func (r seenRecord) Moves() bool { return r.Living() && !r.Waits() }

// Waits reports whether the campaign waits for a person's word, and has none yet.
func (r seenRecord) Waits() bool {
	return r.State == campaign.StateAwaitingApproval && !r.Approved && !r.CancelRequested
}

// Decided is what a person has asked of a living campaign, until a worker does it.
func (r seenRecord) Decided() string {
	switch {
	case !r.Living():
		return ""
	case r.CancelRequested:
		return "It is to be cancelled: a worker does the rest."
	case r.Approved:
		return "It is approved: a worker goes on with it."
	default:
		return ""
	}
}

// AsksBound reports whether a yes may be given before there is a price.
func (r seenRecord) AsksBound() bool {
	return r.Living() && r.State != campaign.StateAwaitingApproval && !r.Approved && !r.CancelRequested && !r.Priced()
}

// campaign shows one campaign.
func (v *visit) campaign() error { return v.showCampaign(nil) }

// showCampaign shows the campaign of the path, and why it was not changed.
func (v *visit) showCampaign(alert *apiRefusal) error {
	r, err := v.record(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.show("campaign", pageView{Title: "Campaign " + visible(r.ID()), Body: r, Alert: alert})
}

// refused is an error as what a page shows beside its forms, if the API refused what was
// asked; any other stays one.
func refused(err error) (*apiRefusal, error) {
	if p, ok := err.(*apiRefusal); ok && p.Status < http.StatusInternalServerError { //nolint:errorlint // ask returns it as it is
		return p, nil
	}
	return nil, err
}
