package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// Webhooks is what the API needs to keep webhooks and to try them.
type Webhooks struct {
	Store  *webhookstore.Store
	Client *webhook.Client
	Guard  webhook.AddressGuard
	// Key is what secrets are derived from; without one no webhook can be added.
	Key webhook.Key
}

// webhooks registers what concerns webhooks.
func (a *Endpoints) webhooks() {
	operation := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Tags: []string{"webhooks"}, Summary: summary, Description: description,
			MaxBodyBytes: maxBody, Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	added := operation("add-webhook", http.MethodPost, "/v1/webhooks", "Add a webhook", "Events that happen from now on are sent to it. The answer has the secret that signs them, this once.")
	added.DefaultStatus = http.StatusCreated
	const one = "/v1/webhooks/{id}"
	huma.Register(a.huma, operation("list-webhooks", http.MethodGet, "/v1/webhooks", "List the webhooks", "The oldest first, without their secrets."), a.listWebhooks)
	huma.Register(a.huma, added, a.addWebhook)
	huma.Register(a.huma, operation("get-webhook", http.MethodGet, one, "Find a webhook", "With how much waits for it, and without its secret."), a.getWebhook)
	huma.Register(a.huma, operation("change-webhook", http.MethodPatch, one, "Change a webhook",
		"What is left out stays; an empty list is all. rotate_secret answers another secret, this once; for a day requests are signed by both. Once it is enabled again, all that waits is sent."), a.changeWebhook)
	huma.Register(a.huma, operation("remove-webhook", http.MethodDelete, one, "Remove a webhook", "And all that waits for it."), a.removeWebhook)
	huma.Register(a.huma, operation("list-deliveries", http.MethodGet, one+"/deliveries", "List what was sent, and what waits",
		"The last 1,000 that were delivered, what was given up for as long as events are kept, and all that waits in the webhook's queue."), a.listDeliveries)
	huma.Register(a.huma, operation("redeliver-event", http.MethodPost, one+"/deliveries/{event}/redeliver", "Send an event once more",
		"At once, or behind earlier events of its campaign that wait."), a.redeliver)
	huma.Register(a.huma, operation("test-webhook", http.MethodPost, one+"/test", "Send an event of the type webhook.test now",
		"Waits for the answer, and shows what came back. Nothing is sent again, and nothing is noted of the webhook."), a.testWebhook)
}

// WebhookBody is a webhook without its secret.
type WebhookBody struct {
	ID         string       `json:"id" example:"wh_2o3xk5q7mbv4wjzd"`
	URL        string       `json:"url"`
	Types      []event.Type `json:"types" doc:"of events; empty is all"`
	Accounts   []string     `json:"accounts" doc:"whose events; empty is all"`
	Enabled    bool         `json:"enabled"`
	CreatedAt  time.Time    `json:"created_at"`
	ChangedAt  time.Time    `json:"changed_at"`
	ChangedBy  string       `json:"changed_by"`
	DisabledAt time.Time    `json:"disabled_at,omitzero" doc:"when octoq switched it off, because nothing had succeeded for three days"`
	RotatedAt  time.Time    `json:"rotated_at,omitzero" doc:"when the secret was changed; the one before signs for a day from then on"`
}

// standingBody is a webhook, and how it stands.
type standingBody struct {
	WebhookBody
	Waiting      int       `json:"waiting" doc:"events in its queue, 20,000 at most; later ones wait in the stream of events"`
	FailingSince time.Time `json:"failing_since,omitzero" doc:"when the first attempt failed behind which none succeeded"`
}

// secretBody is WebhookBody with the secret, where there is a new one.
type secretBody struct {
	WebhookBody
	Secret string `json:"secret,omitempty" doc:"shown this once; requests are signed with it" example:"whsec_…"`
}

func webhookBodyOf(w webhook.Webhook) WebhookBody {
	return WebhookBody{
		ID: w.ID, URL: w.URL, Types: append([]event.Type{}, w.Types...), Accounts: append([]string{}, w.Accounts...), Enabled: w.Enabled,
		CreatedAt: w.CreatedAt, ChangedAt: w.ChangedAt, ChangedBy: w.ChangedBy, DisabledAt: w.DisabledAt, RotatedAt: w.RotatedAt,
	}
}

// errNoKey is returned where a secret is needed and there is nothing to derive it from.
var errNoKey = errors.New("webhooks need a key to sign with, and this octoq web has none: set OCTOQ_WEBHOOK_KEY or OCTOQ_WEBHOOK_KEY_FILE to 32 random bytes at least, and start it again")

// webhookProblem is the answer to an error of webhooks, nil for any other.
func webhookProblem(err error) *Problem {
	switch {
	case errors.Is(err, errNoKey):
		return newProblem(http.StatusServiceUnavailable, codeWebhookKey, capitalised(err.Error())+".")
	case errors.Is(err, webhookstore.ErrNoWebhook), errors.Is(err, webhookstore.ErrNoDelivery):
		return newProblem(http.StatusNotFound, "", capitalised(err.Error())+".")
	case errors.Is(err, webhookstore.ErrTooMany), errors.Is(err, webhook.ErrOtherKey):
		return newProblem(http.StatusConflict, codeState, capitalised(err.Error())+".")
	case errors.Is(err, webhookstore.ErrDeliveryCursor):
		return queryProblem(FieldFault{Field: "cursor", Detail: err.Error()})
	default:
		return nil
	}
}

// webhookKey is what signs, if there is one.
func (a *Endpoints) webhookKey() (webhook.Key, error) {
	if k := a.config.Webhooks.Key; k.Set() {
		return k, nil
	}
	return webhook.Key{}, a.problem(errNoKey)
}

// noteWebhook writes down the caller that is about to change a webhook: before that, so that no
// change is without its line.
func (a *Endpoints) noteWebhook(ctx context.Context, action, id, detail string) error {
	c := a.config.Caller(ctx)
	err := a.config.People.Store.As(c.Name, c.From).Note(ctx, accessstore.AuditEntry{Action: "webhook." + action, Subject: "webhook:" + id, Detail: detail})
	if err != nil {
		return a.problem(err)
	}
	return nil
}

type webhooksAnswer struct {
	Body struct {
		Items []WebhookBody `json:"items"`
	}
}

func (a *Endpoints) listWebhooks(ctx context.Context, _ *struct{}) (*webhooksAnswer, error) {
	all, err := a.config.Webhooks.Store.All(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &webhooksAnswer{}
	answer.Body.Items = make([]WebhookBody, len(all))
	for i, w := range all {
		answer.Body.Items[i] = webhookBodyOf(w)
	}
	return answer, nil
}

// webhookWish is what a webhook is to be.
type webhookWish struct {
	URL      string       `json:"url" minLength:"1" doc:"https; http for addresses of OCTOQ_WEBHOOK_ALLOW alone" example:"https://example.com/octoq"`
	Types    []event.Type `json:"types,omitempty" maxItems:"100" doc:"only events of these types"`
	Accounts []string     `json:"accounts,omitempty" maxItems:"500" doc:"only events of these accounts"`
}

// faults are what is wrong with a wish, whose URL may be left out.
func (w webhookWish) faults(g webhook.AddressGuard) []FieldFault {
	var faults []FieldFault
	if w.URL != "" {
		if err := g.CheckURL(w.URL); err != nil {
			faults = append(faults, fault("url", err.Error()))
		}
	}
	for i, t := range w.Types {
		if !slices.Contains(event.Types(), t) {
			faults = append(faults, fault(fmt.Sprintf("types.%d", i), fmt.Sprintf("%q is no type of an event", clip(string(t)))))
		}
	}
	for i, account := range w.Accounts {
		if !campaign.ValidAccount(account) {
			faults = append(faults, fault(fmt.Sprintf("accounts.%d", i), fmt.Sprintf("%q cannot be the name of an account", clip(account))))
		}
	}
	return faults
}

// put makes a webhook what it is to be, with each type and account once.
func (w webhookWish) put(into *webhook.Webhook) {
	into.URL = w.URL
	into.Types = slices.Compact(slices.Sorted(slices.Values(w.Types)))
	into.Accounts = slices.Compact(slices.Sorted(slices.Values(w.Accounts)))
}

type addWebhookInput struct{ Body webhookWish }

type secretAnswer struct{ Body secretBody }

func (a *Endpoints) addWebhook(ctx context.Context, in *addWebhookInput) (*secretAnswer, error) {
	k, err := a.webhookKey()
	if err != nil {
		return nil, err
	}
	if faults := in.Body.faults(a.config.Webhooks.Guard); len(faults) > 0 {
		return nil, unprocessable("This is no webhook.", faults...)
	}
	cursor, err := a.config.Events.End(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	now := time.Now().UTC()
	w := webhook.Webhook{ID: webhook.NewID(), Enabled: true, CreatedAt: now, ChangedAt: now, ChangedBy: a.config.Caller(ctx).Name}
	in.Body.put(&w)
	w.Rotate(k, time.Time{})
	if err := a.noteWebhook(ctx, "add", w.ID, hostOf(w.URL)); err != nil {
		return nil, err
	}
	if err := a.config.Webhooks.Store.Add(ctx, w, cursor); err != nil {
		return nil, a.problem(err)
	}
	return &secretAnswer{Body: secretBody{webhookBodyOf(w), k.Secret(w).Text()}}, nil
}

// hostOf is what of a URL may be written down: a path may be a secret.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// WebhookPath names a webhook in a path.
type WebhookPath struct {
	ID string `path:"id" maxLength:"64"`
}

type webhookAnswer struct{ Body standingBody }

func (a *Endpoints) getWebhook(ctx context.Context, in *WebhookPath) (*webhookAnswer, error) {
	w, err := a.config.Webhooks.Store.Get(ctx, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	backlog, err := a.config.Webhooks.Store.Backlog(ctx, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	return &webhookAnswer{Body: standingBody{webhookBodyOf(w), backlog.Waiting, backlog.FailingSince}}, nil
}

// idAnswer says which webhook a change concerned.
type idAnswer struct {
	Body struct {
		ID string `json:"id"`
	}
}

func (a *Endpoints) removeWebhook(ctx context.Context, in *WebhookPath) (*idAnswer, error) {
	if _, err := a.config.Webhooks.Store.Get(ctx, in.ID); err != nil {
		return nil, a.problem(err)
	}
	if err := a.noteWebhook(ctx, "remove", in.ID, ""); err != nil {
		return nil, err
	}
	if err := a.config.Webhooks.Store.Remove(ctx, in.ID); err != nil {
		return nil, a.problem(err)
	}
	answer := &idAnswer{}
	answer.Body.ID = in.ID
	return answer, nil
}
