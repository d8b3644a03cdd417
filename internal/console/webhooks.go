package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// hook is a webhook, as the API says it.
type hook struct {
	ID, URL      string
	Types        []string
	Accounts     []string
	Enabled      bool
	ChangedAt    time.Time `json:"changed_at"`
	ChangedBy    string    `json:"changed_by"`
	DisabledAt   time.Time `json:"disabled_at"`
	Waiting      int
	FailingSince time.Time `json:"failing_since"`
}

// ETag names what the webhook is, whatever waits for it.
func (h hook) ETag() string {
	h.Waiting, h.FailingSince = 0, time.Time{}
	return tagOf(h)
}

// webhooksBody are the webhooks.
type webhooksBody struct {
	Items   []hook
	Secret  string // of a new one, this once
	Rotated bool   // it takes the place of another
	Tried   *hookTry
}

// hookTry is what came back of a test.
type hookTry struct {
	OK           bool
	Status       int
	Fault        string
	Milliseconds int64
}

func (v *visit) webhooks() error { return v.showWebhooks(webhooksBody{}, nil) }

func (v *visit) showWebhooks(body webhooksBody, alert *apiRefusal) error {
	var all struct{ Items []hook }
	if _, err := v.ask(apiRequest{path: "/v1/webhooks", into: &all}); err != nil {
		return err
	}
	body.Items = all.Items
	return v.show("webhooks", pageView{Title: "Webhooks", Body: body, Alert: alert})
}

// hooked leads back to the webhooks, or shows why nothing was done.
func (v *visit) hooked(what string, err error) error {
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showWebhooks(webhooksBody{}, alert)
	}
	return v.leadTo("/admin/webhooks", done(what))
}

// addWebhook makes a webhook, and shows its secret this once.
func (v *visit) addWebhook() error {
	body := map[string]any{"url": v.field("url")}
	for _, name := range []string{"types", "accounts"} {
		if all := strings.FieldsFunc(v.field(name), func(r rune) bool { return r == ' ' || r == ',' }); len(all) > 0 {
			body[name] = all
		}
	}
	var made struct{ Secret string }
	if _, err := v.ask(apiRequest{method: http.MethodPost, path: "/v1/webhooks", body: body, into: &made}); err != nil {
		return v.hooked("", err)
	}
	return v.showWebhooks(webhooksBody{Secret: made.Secret}, nil)
}

// sameHook is a refusal if the webhook of the path is not as the form was made from.
func (v *visit) sameHook() error {
	tag, err := v.seenTag()
	if err != nil {
		return err
	}
	var h hook
	if _, err := v.ask(apiRequest{path: v.hookPath(), into: &h}); err != nil {
		return err
	}
	if h.ETag() != tag {
		return outdated()
	}
	return nil
}

func (v *visit) hookPath() string { return pathOf("webhooks", v.r.PathValue("id")) }

func (v *visit) testWebhook() error {
	tried := &hookTry{}
	_, err := v.ask(apiRequest{method: http.MethodPost, path: v.hookPath() + "/test", into: tried})
	if err != nil {
		return v.hooked("", err)
	}
	return v.showWebhooks(webhooksBody{Tried: tried}, nil)
}

// switchWebhook switches the webhook of the path on or off.
func switchWebhook(on bool) func(*visit) error {
	return func(v *visit) error {
		err := v.sameHook()
		if err == nil {
			_, err = v.ask(apiRequest{method: http.MethodPatch, path: v.hookPath(), body: map[string]any{"enabled": on}})
		}
		return v.hooked("webhook", err)
	}
}

func (v *visit) removeWebhook() error {
	err := v.sameHook()
	if err == nil {
		_, err = v.ask(apiRequest{method: http.MethodDelete, path: v.hookPath()})
	}
	return v.hooked("webhook-remove", err)
}

// encoded is a query.
func encoded(values map[string][]string) string { return url.Values(values).Encode() }
