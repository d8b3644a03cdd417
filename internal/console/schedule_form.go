package console

import "net/http"

// scheduleForm is the form that changes a schedule.
type scheduleForm struct {
	Page     pageView
	Schedule recurring
}

func scheduleFormOf(p pageView, s recurring) scheduleForm { return scheduleForm{p, s} }

// Action is where the form is sent to.
func (f scheduleForm) Action() string {
	return "/schedules/" + f.Schedule.Account + "/" + f.Schedule.Name + "/change"
}

// Sent reports whether this form was sent, and nothing was done.
func (f scheduleForm) Sent() bool { return f.Page.Here() == f.Action() }

// Value is what the form says of a field: what was sent, or what the schedule has.
func (f scheduleForm) Value(name string) string {
	if f.Sent() {
		return f.Page.Field(name)
	}
	s, c := f.Schedule, f.Schedule.Campaign
	return map[string]string{
		"cron": s.Cron, "zone": s.Zone, "missed": s.Missed, "expires_after": s.ExpiresAfter, "id": c.ID, "text": c.Text,
		"list_name": c.ListName, "tag_name": c.TagName, "sender": c.Sender, "type": c.Type, "purpose": c.Purpose, "window": c.Window, "confirm": c.Confirm,
	}[name]
}

// changeSchedule gives the schedule of the path what the form says. What the form does not
// have of its campaign, such as labels, stays.
func (v *visit) changeSchedule() error {
	err := v.unchanged()
	if err != nil {
		return v.scheduled("", err, false)
	}
	var known struct{ Campaign map[string]any }
	if _, err := v.ask(apiRequest{path: v.schedulePath(), into: &known}); err != nil {
		return err
	}
	body := map[string]any{"cron": v.field("cron"), "zone": v.field("zone"), "campaign": v.overlaid(known.Campaign)}
	for _, field := range []string{"missed", "expires_after"} {
		if value := v.field(field); value != "" {
			body[field] = value
		}
	}
	_, err = v.ask(apiRequest{method: http.MethodPut, path: v.schedulePath(), body: body})
	return v.scheduled("schedule", err, false)
}

// overlaid is a campaign with the fields that the form has; an empty one is left out.
func (v *visit) overlaid(c map[string]any) map[string]any {
	for _, name := range append(textFields(), "id") {
		if _, given := v.r.PostForm[name]; !given {
			continue
		}
		if c[name] = v.value(name); c[name] == "" {
			delete(c, name)
		}
	}
	delete(c, "account") // the path says it
	return c
}
