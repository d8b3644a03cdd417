package console

import (
	"net/http"
	"net/url"
	"time"
)

// hookDelivery is an event on its way to a webhook, as the API says it.
type hookDelivery struct {
	Event, Type, Account, Campaign, State string
	Attempts, Status                      int
	LastAt                                time.Time `json:"last_attempt_at"`
	NextAt                                time.Time `json:"next_attempt_at"`
	Fault                                 string
}

// deliveriesBody is a page of what was sent to a webhook, of one state.
type deliveriesBody struct {
	Hook     hook
	State    string
	Items    []hookDelivery
	NextPage string // its address; "" on the last
}

// States are those that a page can be of.
func (deliveriesBody) States() []string { return []string{"failed", "waiting", "delivered"} }

func (v *visit) deliveries() error { return v.showDeliveries(nil) }

func (v *visit) showDeliveries(alert *apiRefusal) error {
	asked := v.r.URL.Query()
	body := deliveriesBody{State: asked.Get("state")}
	if body.State == "" {
		body.State = "failed"
	}
	if _, err := v.ask(apiRequest{path: v.hookPath(), into: &body.Hook}); err != nil {
		return err
	}
	query := url.Values{"state": {body.State}, "limit": {"100"}}
	if cursor := asked.Get("cursor"); cursor != "" {
		query.Set("cursor", cursor)
	}
	var page struct {
		Items []hookDelivery
		Next  string
	}
	fault, err := refused(second(v.ask(apiRequest{path: v.hookPath() + "/deliveries?" + query.Encode(), into: &page})))
	if err != nil {
		return err
	}
	if alert == nil {
		alert = fault
	}
	body.Items = page.Items
	if page.Next != "" {
		body.NextPage = "/admin/webhooks/" + body.Hook.ID + "/deliveries?" + encoded(url.Values{"state": {body.State}, "cursor": {page.Next}})
	}
	return v.show("deliveries", pageView{Title: "Deliveries", Body: body, Alert: alert})
}

// second leaves out a header.
func second(_ http.Header, err error) error { return err }

// redeliver sends an event once more.
func (v *visit) redeliver() error {
	err := v.sameHook()
	if err == nil {
		_, err = v.ask(apiRequest{method: http.MethodPost, path: v.hookPath() + "/deliveries/" + url.PathEscape(v.r.PathValue("event")) + "/redeliver"})
	}
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showDeliveries(alert)
	}
	query := done("redeliver")
	query.Set("state", "waiting")
	return v.leadTo("/admin/webhooks/"+v.r.PathValue("id")+"/deliveries", query)
}

// rotateSecret gives the webhook of the path another secret, and shows it this once.
func (v *visit) rotateSecret() error {
	if err := v.sameHook(); err != nil {
		return v.hooked("", err)
	}
	var changed struct{ Secret string }
	_, err := v.ask(apiRequest{method: http.MethodPatch, path: v.hookPath(), body: map[string]any{"rotate_secret": true}, into: &changed})
	if err != nil {
		return v.hooked("", err)
	}
	return v.showWebhooks(webhooksBody{Secret: changed.Secret, Rotated: true}, nil)
}
