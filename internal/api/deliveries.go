package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/webhook"
)

// deliveryBody is one event on its way to a webhook.
type deliveryBody struct {
	Event    string     `json:"event" doc:"its id"`
	Type     event.Type `json:"type"`
	Account  string     `json:"account,omitempty"`
	Campaign string     `json:"campaign,omitempty"`
	State    string     `json:"state" enum:"waiting,delivered,failed"`
	Attempts int        `json:"attempts" doc:"since the event came, or was redelivered by hand"`
	FirstAt  time.Time  `json:"first_attempt_at,omitzero"`
	LastAt   time.Time  `json:"last_attempt_at,omitzero"`
	NextAt   time.Time  `json:"next_attempt_at,omitzero"`
	Status   int        `json:"status,omitempty" doc:"of the last answer"`
	Fault    string     `json:"fault,omitempty" doc:"why the last attempt was no success"`
}

func deliveryBodyOf(d webhook.EventDelivery) deliveryBody {
	return deliveryBody{
		Event: d.Event, Type: d.Type, Account: d.Account, Campaign: d.Campaign, State: string(d.State), Attempts: d.Attempts,
		FirstAt: d.FirstAt, LastAt: d.LastAt, NextAt: d.NextAt, Status: d.Status, Fault: d.Fault,
	}
}

type listDeliveriesInput struct {
	WebhookPath
	State  string `query:"state" enum:"waiting,delivered,failed" default:"failed" doc:"waiting: by campaign, in their order; else the latest first"`
	Cursor string `query:"cursor" maxLength:"500" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type deliveriesAnswer struct {
	Body struct {
		Items []deliveryBody `json:"items"`
		Next  string         `json:"next,omitempty" doc:"the cursor of the next page"`
	}
}

func (a *Endpoints) listDeliveries(ctx context.Context, in *listDeliveriesInput) (*deliveriesAnswer, error) {
	if _, err := a.config.Webhooks.Store.Get(ctx, in.ID); err != nil {
		return nil, a.problem(err)
	}
	page, err := a.config.Webhooks.Store.Deliveries(ctx, in.ID, webhook.DeliveryState(in.State), in.Cursor, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	answer := &deliveriesAnswer{}
	answer.Body.Items, answer.Body.Next = make([]deliveryBody, len(page.Items)), page.Next
	for i, d := range page.Items {
		answer.Body.Items[i] = deliveryBodyOf(d)
	}
	return answer, nil
}

type redeliverInput struct {
	WebhookPath
	Event string `path:"event" maxLength:"100"`
}

type deliveryAnswer struct{ Body deliveryBody }

func (a *Endpoints) redeliver(ctx context.Context, in *redeliverInput) (*deliveryAnswer, error) {
	w, err := a.config.Webhooks.Store.Get(ctx, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	if !w.Enabled {
		return nil, newProblem(http.StatusConflict, codeState, "Webhook "+w.ID+" is switched off: enable it first, and all that waits is sent.")
	}
	if err := a.noteWebhook(ctx, "redeliver", in.ID, clip(in.Event)); err != nil {
		return nil, err
	}
	d, err := a.config.Webhooks.Store.Redeliver(ctx, in.ID, in.Event, time.Now())
	if err != nil {
		return nil, a.problem(err)
	}
	return &deliveryAnswer{Body: deliveryBodyOf(d)}, nil
}

// testBody is what came of a test.
type testBody struct {
	OK           bool   `json:"ok"`
	Event        string `json:"event" doc:"the id of the event that was sent"`
	Status       int    `json:"status,omitempty" doc:"of the answer; none came without"`
	Fault        string `json:"fault,omitempty" doc:"why it is no success"`
	Milliseconds int64  `json:"milliseconds" doc:"how long it took"`
	Excerpt      string `json:"excerpt,omitempty" doc:"the first 512 bytes of the answer"`
}

type testAnswer struct{ Body testBody }

func (a *Endpoints) testWebhook(ctx context.Context, in *WebhookPath) (*testAnswer, error) {
	k, err := a.webhookKey()
	if err != nil {
		return nil, err
	}
	w, err := a.config.Webhooks.Store.Get(ctx, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	now := time.Now().UTC()
	secrets, err := k.Secrets(w, now)
	if err != nil {
		return nil, a.problem(err)
	}
	if err := a.noteWebhook(ctx, "test", in.ID, ""); err != nil {
		return nil, err
	}
	e := event.Event{ID: "evt_test_" + random.Token(), Type: event.WebhookTest, At: now, Data: event.Data{Webhook: w.ID}}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, a.problem(err)
	}
	got := a.config.Webhooks.Client.Send(ctx, w.URL, webhook.SignedMessage{ID: e.ID, At: now, Body: body, Secrets: secrets})
	return &testAnswer{Body: testBody{
		OK: got.OK(), Event: e.ID, Status: got.Status, Fault: got.Fault, Milliseconds: got.Took.Milliseconds(), Excerpt: got.Excerpt,
	}}, nil
}
