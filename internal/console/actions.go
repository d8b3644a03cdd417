package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

// verb is an act on each of many campaigns.
type verb struct{ Name, Text string }

// verbs are the acts that the caller may carry out in the account.
func (v *visit) verbs() []verb {
	var all []verb
	for _, one := range []verb{{"cancel", "Cancel"}, {"approve", "Approve"}, {"reject", "Reject"}, {"replay", "Replay"}, {"purge", "Purge"}} {
		if v.may(one.Name+"-campaign", v.account) {
			all = append(all, one)
		}
	}
	return all
}

// actionPlan is which campaigns an action would touch, as the API says it.
type actionPlan struct {
	Plan, Action, Account         string
	Campaigns, Contacts, Unpriced int
	Cost                          campaign.Money
	Sample                        []campaign.Record
	LeftOut                       int `json:"left_out"`
	Problems                      []untouched
}

// untouched is a campaign that an action does not touch, and why.
type untouched struct{ ID, Result, Detail string }

// actionsBody is the form of an action, and its dry run.
type actionsBody struct {
	Verbs  []verb
	Values url.Values // what the form shows
	Plan   *actionPlan
}

// Value is what the form shows of a field.
func (b actionsBody) Value(name string) string { return b.Values.Get(name) }

// actions shows the form, filled in as the address says.
func (v *visit) actions() error { return v.showActions(v.r.URL.Query(), nil, nil) }

func (v *visit) showActions(values url.Values, plan *actionPlan, alert *apiRefusal) error {
	accounts, err := v.choose()
	if err != nil {
		return err
	}
	body := actionsBody{Verbs: v.verbs(), Values: values, Plan: plan}
	return v.show("actions", pageView{Title: "Act on many campaigns", Accounts: accounts, Body: body, Alert: alert})
}

// plan makes a dry run: nothing is touched, and what would be is frozen as it is.
func (v *visit) plan() error {
	filter := map[string]any{}
	for _, name := range []string{"id_part", "list_name", "tag_name", "failure_class", "since", "until"} {
		if value := v.field(name); value != "" {
			filter[name] = value
		}
	}
	if state := v.field("state"); state != "" {
		filter["state"] = []string{state}
	}
	if key, value, given := strings.Cut(v.field("label"), "="); given {
		filter["labels"] = map[string]string{key: value}
	}
	body := map[string]any{"action": v.field("action"), "account": v.account, "filter": filter, "dry_run": true}
	if reason := v.field("reason"); reason != "" {
		body["reason"] = reason
	}
	plan := &actionPlan{}
	_, err := v.ask(apiRequest{method: http.MethodPost, path: "/v1/actions", body: body, into: plan})
	alert, err := refused(err)
	if err != nil {
		return err
	}
	if alert != nil {
		plan = nil
	}
	return v.showActions(v.r.PostForm, plan, alert)
}

// begin carries out a plan, which has each campaign as it was seen.
func (v *visit) begin() error {
	var begun struct{ ID string }
	_, err := v.ask(apiRequest{method: http.MethodPost, path: "/v1/actions", body: map[string]any{"plan": v.field("plan")}, into: &begun})
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showActions(v.r.PostForm, nil, alert)
	}
	return v.leadTo("/actions/"+begun.ID, nil)
}

// actionShown is how far an action has come, as the API says it.
type actionShown struct {
	ID, Action, Account, State, By string
	Total, Done, Skipped, Failed   int
	BegunAt                        time.Time `json:"begun_at"`
	EndedAt                        time.Time `json:"ended_at"`
	Problems                       []untouched
}

// Runs reports whether it goes on by itself.
func (a actionShown) Runs() bool { return a.State == "running" || a.State == "stopping" }

func (v *visit) action() error { return v.showAction(nil) }

func (v *visit) showAction(alert *apiRefusal) error {
	var a actionShown
	if _, err := v.ask(apiRequest{path: pathOf("actions", v.r.PathValue("action")), into: &a}); err != nil {
		return err
	}
	v.account = a.Account
	return v.show("action", pageView{Title: "Action", Body: a, Alert: alert})
}

func (v *visit) stopAction() error {
	id := v.r.PathValue("action")
	_, err := v.ask(apiRequest{method: http.MethodPost, path: pathOf("actions", id, "stop")})
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showAction(alert)
	}
	return v.leadTo("/actions/"+id, done("stop"))
}
