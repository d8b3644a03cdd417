package api

import (
	"context"
	"net/http"
	"time"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/webhook"
)

type changeWebhookInput struct {
	WebhookPath
	Body struct {
		URL          string       `json:"url,omitempty"`
		Types        []event.Type `json:"types,omitempty" maxItems:"100"`
		Accounts     []string     `json:"accounts,omitempty" maxItems:"500"`
		Enabled      *bool        `json:"enabled,omitempty"`
		RotateSecret bool         `json:"rotate_secret,omitempty" doc:"true makes another secret"`
	}
}

func (a *Endpoints) changeWebhook(ctx context.Context, in *changeWebhookInput) (*secretAnswer, error) {
	b := in.Body
	if b.URL == "" && b.Types == nil && b.Accounts == nil && b.Enabled == nil && !b.RotateSecret {
		return nil, newProblem(http.StatusUnprocessableEntity, "", "Nothing is to be changed: give url, types, accounts, enabled or rotate_secret.")
	}
	var k webhook.Key
	var err error
	if b.RotateSecret {
		if k, err = a.webhookKey(); err != nil {
			return nil, err
		}
	}
	if _, err := a.config.Webhooks.Store.Get(ctx, in.ID); err != nil {
		return nil, a.problem(err)
	}
	given := webhookWish{URL: b.URL, Types: b.Types, Accounts: b.Accounts}
	if faults := given.faults(a.config.Webhooks.Guard); len(faults) > 0 {
		return nil, unprocessable("This is no webhook.", faults...)
	}
	if err := a.noteWebhook(ctx, "change", in.ID, in.detail()); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	changedBy := a.config.Caller(ctx).Name
	w, err := a.config.Webhooks.Store.Change(ctx, in.ID, now, func(w *webhook.Webhook) error {
		in.wish(*w).put(w)
		if b.Enabled != nil {
			w.Enabled, w.DisabledAt = *b.Enabled, time.Time{}
		}
		if b.RotateSecret {
			w.Rotate(k, now)
		}
		w.ChangedAt, w.ChangedBy = now, changedBy
		return nil
	})
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &secretAnswer{Body: secretBody{WebhookBody: webhookBodyOf(w)}}
	if b.RotateSecret {
		answer.Body.Secret = k.Secret(w).Text()
	}
	return answer, nil
}

// wish is what a webhook is to be after the change.
func (in *changeWebhookInput) wish(w webhook.Webhook) webhookWish {
	wish := webhookWish{URL: w.URL, Types: w.Types, Accounts: w.Accounts}
	if in.Body.URL != "" {
		wish.URL = in.Body.URL
	}
	if in.Body.Types != nil {
		wish.Types = in.Body.Types
	}
	if in.Body.Accounts != nil {
		wish.Accounts = in.Body.Accounts
	}
	return wish
}

// detail is what the audit log says of the change.
func (in *changeWebhookInput) detail() string {
	var text string
	for _, part := range []struct {
		is   bool
		what string
	}{
		{in.Body.URL != "", "url " + hostOf(in.Body.URL)},
		{in.Body.Types != nil, "types"},
		{in.Body.Accounts != nil, "accounts"},
		{in.Body.Enabled != nil && *in.Body.Enabled, "enabled"},
		{in.Body.Enabled != nil && !*in.Body.Enabled, "disabled"},
		{in.Body.RotateSecret, "secret"},
	} {
		if part.is && text != "" {
			text += ", "
		}
		if part.is {
			text += part.what
		}
	}
	return text
}
