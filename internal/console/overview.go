package console

import (
	"net/http"
	"time"

	"github.com/octoq/octoq/campaign"
)

// alert is what needs a person, as the API says it.
type alert struct {
	Kind, Account, What, Do string
	Count                   int64
	Since                   time.Time
}

// Page is where the console helps.
func (a alert) Page() string {
	of := "?account=" + a.Account
	switch a.Kind {
	case "approval_waiting":
		return "/approvals" + of
	case "letters":
		return "/letters" + of
	case "queue_paused":
		return "/monitoring/"
	case "budget":
		return "/accounts#budgets-" + a.Account
	default:
		return "/accounts#" + a.Account
	}
}

// accountStanding is how an account stands, as the API says it.
type accountStanding struct {
	Account string
	Workers []struct{ Name string }
	Limits  struct {
		Rate, Burst string
		MaxInFlight string `json:"max_in_flight"`
	}
	Window      string
	Differences []string
	Hold        *holdShown
	Paused      []campaign.Stage
	Counts      map[campaign.State]int64
	Waiting     int64
	Oldest      map[campaign.Stage]float64
	Replaced    []time.Time
	Balance     *struct {
		Amount campaign.Money
		At     time.Time
	}
	Rules   rulesShown
	Budgets []budgetShown
}

// holdShown is why an account is stopped. A form says by its tag which hold it lifts.
type holdShown struct {
	Reason, Phase, Message, By string
	Since                      time.Time
}

// count is how many campaigns are in a state.
type count struct {
	State campaign.State
	N     int64
}

// InStates are the counts that are not zero, in the order of a campaign's life.
func (s accountStanding) InStates() []count {
	var all []count
	for _, state := range campaign.States() {
		if n := s.Counts[state]; n > 0 {
			all = append(all, count{state, n})
		}
	}
	return all
}

// OldestDue is for how long the task that has been due longest has been so, in seconds.
func (s accountStanding) OldestDue() float64 {
	longest := 0.0
	for stage, waits := range s.Oldest {
		if stage != campaign.StageDead {
			longest = max(longest, waits)
		}
	}
	return longest
}

// overviewBody is what needs a person, and how the accounts stand.
type overviewBody struct {
	Alerts   []alert
	More     bool
	Accounts []accountStanding
	Figures  figuresShown
}

// shownAccounts bounds how many accounts a page shows as they stand.
const shownAccounts = 50

func (v *visit) overview() error {
	var alerts struct {
		Items []alert
		More  bool
	}
	if _, err := v.ask(apiRequest{path: "/v1/alerts", into: &alerts}); err != nil {
		return err
	}
	all, err := v.standings()
	if err != nil {
		return err
	}
	figures, err := v.figures(all)
	if err != nil {
		return err
	}
	return v.show("overview", pageView{Title: "Overview", Body: overviewBody{alerts.Items, alerts.More, all, figures}})
}

// standings is how the accounts stand that the caller may see.
func (v *visit) standings() ([]accountStanding, error) {
	names, err := v.accountNames()
	if err != nil {
		return nil, err
	}
	return v.standingsOf(names)
}

// standingsOf is how the first of some accounts stand.
func (v *visit) standingsOf(names []string) ([]accountStanding, error) {
	var all []accountStanding
	for _, name := range names[:min(len(names), shownAccounts)] {
		s, err := v.standing(name)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (v *visit) standing(account string) (accountStanding, error) {
	s := accountStanding{}
	_, err := v.ask(apiRequest{path: pathOf("accounts", account), into: &s})
	return s, err
}

// accountsBody is how accounts stand.
type accountsBody struct {
	Accounts []accountStanding
	Names    []string // of all that the caller may see, also beyond those that are shown
	Warnings []string // of what was done
}

// accounts shows limits, workers, holds and budgets.
func (v *visit) accounts() error { return v.showAccounts(accountsBody{}, nil) }

func (v *visit) showAccounts(body accountsBody, alert *apiRefusal) error {
	names, err := v.accountNames()
	if err != nil {
		return err
	}
	body.Names = names
	if body.Accounts, err = v.standingsOf(names); err != nil {
		return err
	}
	return v.show("accounts", pageView{Title: "Accounts", Body: body, Alert: alert})
}

// onAccount changes an account, if what the form was made from is still so.
func (v *visit) onAccount(what string, q apiRequest, state func(accountStanding) any) error {
	return v.onAccounts(what, q, func() (any, error) {
		s, err := v.standing(v.account)
		return state(s), err
	})
}

// onAccounts changes one account or all, if what the form was made from is still so; now
// reads what that is now.
func (v *visit) onAccounts(what string, q apiRequest, now func() (any, error)) error {
	tag, err := v.seenTag()
	if err == nil {
		var state any
		if state, err = now(); err == nil && tagOf(state) != tag {
			err = outdated()
		}
	}
	if err == nil {
		_, err = v.ask(q)
	}
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showAccounts(accountsBody{}, alert)
	}
	return v.leadTo("/accounts", done(what))
}

// outdated refuses a form that was made from what has changed since.
func outdated() *apiRefusal {
	return &apiRefusal{Status: http.StatusPreconditionFailed, Detail: "This has changed since the page was made. Nothing was done: look at it as it is now, and decide anew."}
}

func theHold(s accountStanding) any { return s.Hold }

func (v *visit) hold() error {
	body := map[string]any{}
	if message := v.field("message"); message != "" {
		body["message"] = message
	}
	return v.onAccount("hold", apiRequest{method: http.MethodPut, path: pathOf("accounts", v.account, "hold"), body: body}, theHold)
}

func (v *visit) lift() error {
	return v.onAccount("lift", apiRequest{method: http.MethodDelete, path: pathOf("accounts", v.account, "hold")}, theHold)
}

func (v *visit) vouch() error {
	q := apiRequest{method: http.MethodPost, path: pathOf("accounts", v.account, "vouch"), body: map[string]any{"reason": v.field("reason")}}
	return v.onAccount("vouch", q, func(s accountStanding) any { return s.Replaced })
}
