package console

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/random"
)

// newBody is the page where campaigns are enqueued.
type newBody struct {
	// Key makes the form one campaign, however often it is sent.
	Key      string
	Measured *measured
	Upload   *uploaded
	Single   bool // the form of one campaign was sent
}

// measured is a text as it will be paid for.
type measured struct {
	Length   string
	Warnings []string
}

// measure says how long a text is and what is probably not meant, by the rules of every
// way into octoq.
func measureText(c campaign.Campaign) *measured {
	m := &measured{Length: campaign.Estimate(c.Text).String()}
	for _, w := range c.Warnings(time.Now()) {
		m.Warnings = append(m.Warnings, w.String())
	}
	return m
}

// newCampaign shows the empty form.
func (v *visit) newCampaign() error { return v.showNew(newBody{Key: random.Token()}, nil) }

func (v *visit) showNew(body newBody, alert *apiRefusal) error {
	accounts, err := v.choose()
	if err != nil {
		return err
	}
	return v.show("new", pageView{Title: "New campaign", Accounts: accounts, Body: body, Alert: alert})
}

// said is the campaign of the form, in the API's names. What is empty is left out.
func (v *visit) said() map[string]any {
	body := map[string]any{}
	for _, name := range append(textFields(), "id", "late") {
		if value := v.value(name); value != "" {
			body[name] = value
		}
	}
	if cost := v.field("max_cost"); cost != "" {
		body["max_cost"] = json.RawMessage(amountOf(cost))
	}
	for _, name := range []string{"simulation_mode", "with_replies"} {
		if v.field(name) != "" {
			body[name] = true
		}
	}
	return body
}

// amountOf is an amount as JSON: a number, or a text for the API to refuse.
func amountOf(text string) string {
	if m, err := campaign.ParseMoney(text); err == nil {
		b, err := m.MarshalJSON()
		if err == nil {
			return string(b)
		}
	}
	b, err := json.Marshal(text)
	if err != nil {
		return "null"
	}
	return string(b)
}

// preview is the campaign of the form, as far as warnings need it.
func (v *visit) preview() campaign.Campaign {
	c := campaign.Campaign{
		Text: v.value("text"), ListName: v.field("list_name"), TagName: v.field("tag_name"),
		Type: v.field("type"), Purpose: v.field("purpose"), Sender: v.field("sender"),
	}
	if at, err := time.Parse(time.RFC3339, v.field("send_at")); err == nil {
		c.SendAt = at
	}
	return c
}

// enqueue enqueues the campaign of the form, or checks it without enqueueing.
func (v *visit) enqueue() error {
	body := newBody{Key: v.field("key"), Measured: measureText(v.preview()), Single: true}
	if v.field("do") == "check" {
		return v.showNew(body, nil)
	}
	q := apiRequest{method: http.MethodPost, path: pathOf("accounts", v.account, "campaigns"), key: body.Key, body: v.said()}
	if id := v.field("id"); id != "" { // then the id makes it one campaign
		q.method, q.path, q.key = http.MethodPut, q.path+"/"+pathOf(id)[len("/v1/"):], ""
	}
	var made struct{ ID string }
	q.into = &made
	_, err := v.ask(q)
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showNew(body, alert)
	}
	return v.leadTo("/campaigns/"+v.account+"/"+made.ID, done("enqueue"))
}

// measure answers what stands below the text while a person types.
func (v *visit) measure() error {
	var b strings.Builder
	if err := v.console.pages["new"].ExecuteTemplate(&b, "measured", measureText(v.preview())); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := io.WriteString(v.w, b.String())
	return err
}
