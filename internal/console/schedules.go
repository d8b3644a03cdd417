package console

import (
	"net/http"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/random"
)

// recurring is a recurring campaign, as the API says it.
type recurring struct {
	Name, Account, Cron, Zone, Missed string
	ExpiresAfter                      string `json:"expires_after"`
	Campaign                          campaign.Campaign
	CreatedBy                         string `json:"created_by"`
	Paused                            bool
	Last                              *time.Time
	Next                              []time.Time
	Error                             string
	Warnings                          []campaign.Warning
}

// ETag names what the schedule is, whatever its ticks.
func (s recurring) ETag() string {
	s.Last, s.Next, s.Warnings = nil, nil, nil
	return tagOf(s)
}

// Key makes running it now one campaign, however often the button is pressed.
func (s recurring) Key() string { return random.Token() }

// schedulesBody are the schedules of an account, and when they tick.
type schedulesBody struct {
	Items []recurring
	Weeks [][]calendarDay
	Form  bool // the form was sent
}

// nearTicks is how many ticks a schedule names itself; calendarTicks is how many the
// calendar asks for of each.
const (
	nearTicks     = 3
	calendarTicks = "100"
)

func (v *visit) schedules() error { return v.showSchedules(nil, false) }

func (v *visit) showSchedules(alert *apiRefusal, form bool) error {
	accounts, err := v.choose()
	if err != nil {
		return err
	}
	body := schedulesBody{Form: form}
	if err := v.readSchedules(&body.Items); err != nil {
		return err
	}
	var ticks []tick
	for i, s := range body.Items {
		for _, at := range s.Next {
			ticks = append(ticks, tick{s.Name, at})
		}
		body.Items[i].Next = s.Next[:min(len(s.Next), nearTicks)]
	}
	if len(ticks) > 0 {
		body.Weeks = calendarOf(ticks, time.Now())
	}
	return v.show("schedules", pageView{Title: "Schedules", Accounts: accounts, Body: body, Alert: alert})
}

func (v *visit) readSchedules(into *[]recurring) error {
	var all struct{ Items []recurring }
	_, err := v.ask(apiRequest{path: pathOf("accounts", v.account, "schedules") + "?ticks=" + calendarTicks, into: &all})
	*into = all.Items
	return err
}

// setSchedule adds the schedule of the form. One that is there is left to be removed
// first: the form does not know it.
func (v *visit) setSchedule() error {
	var all []recurring
	if err := v.readSchedules(&all); err != nil {
		return err
	}
	name := v.field("name")
	for _, s := range all {
		if s.Name == name {
			return v.showSchedules(&apiRefusal{Status: http.StatusConflict, Detail: "There is a schedule " + visible(name) + ": give another name, or remove it first."}, true)
		}
	}
	body := map[string]any{"cron": v.field("cron"), "zone": v.field("zone"), "campaign": v.said()}
	for _, field := range []string{"missed", "expires_after"} {
		if value := v.field(field); value != "" {
			body[field] = value
		}
	}
	path := pathOf("accounts", v.account, "schedules", name)
	_, err := v.ask(apiRequest{method: http.MethodPut, path: path, body: body})
	return v.scheduled("schedule", err, true)
}

// scheduled leads back to the schedules, or shows why nothing was done.
func (v *visit) scheduled(what string, err error, form bool) error {
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showSchedules(alert, form)
	}
	query := done(what)
	query.Set("account", v.account)
	return v.leadTo("/schedules", query)
}

// unchanged is a refusal if the schedule of the path is not what the form was made from.
func (v *visit) unchanged() error {
	tag, err := v.seenTag()
	if err != nil {
		return err
	}
	var s recurring
	if _, err := v.ask(apiRequest{path: v.schedulePath(), into: &s}); err != nil {
		return err
	}
	if s.ETag() != tag {
		return outdated()
	}
	return nil
}

func (v *visit) schedulePath() string {
	return pathOf("accounts", v.account, "schedules", v.r.PathValue("name"))
}

// onSchedule does something to the schedule of the path.
func onSchedule(method, below string) func(*visit) error {
	return func(v *visit) error {
		what := "delete"
		if below != "" {
			what = below[1:]
		}
		err := v.unchanged()
		if err == nil {
			_, err = v.ask(apiRequest{method: method, path: v.schedulePath() + below})
		}
		return v.scheduled(what, err, false)
	}
}

func (v *visit) runSchedule() error {
	err := v.unchanged()
	if err == nil {
		_, err = v.ask(apiRequest{method: http.MethodPost, path: v.schedulePath() + "/run", key: v.field("key")})
	}
	return v.scheduled("run", err, false)
}
