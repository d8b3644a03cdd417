package dispatch

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// attempt makes one request, and writes down what came of it.
func (d *Dispatcher) attempt(ctx context.Context, w webhook.Webhook, t webhookstore.Taken) error {
	secrets, err := d.Key.Secrets(w, d.Now())
	if err != nil {
		return err
	}
	answer := d.Client.Send(ctx, w.URL, webhook.SignedMessage{ID: t.Event, At: d.Now(), Body: t.Body, Secrets: secrets})
	stopped := ctx.Err() != nil
	// What the receiver has said is written down although this process is to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	now := d.Now()
	if stopped && !answer.OK() {
		return d.Store.Release(ctx, w.ID, t, now)
	}
	becomes := t.After(answer, now)
	settled, err := d.Store.Settle(ctx, w.ID, t, becomes, now)
	if err != nil || !settled.Done {
		return err
	}
	d.Metrics.Attempted(w.ID, result(becomes.State))
	return d.disableIfHopeless(ctx, w, settled.FailingSince, now)
}

// result is how an attempt is counted.
func result(s webhook.DeliveryState) string {
	if s == webhook.Waiting {
		return "retried"
	}
	return string(s)
}

// disableIfHopeless switches a webhook off when nothing succeeded for three days.
func (d *Dispatcher) disableIfHopeless(ctx context.Context, w webhook.Webhook, since, now time.Time) error {
	if since.IsZero() || now.Sub(since) < webhook.GiveUpAfter {
		return nil
	}
	if err := d.Store.Disable(ctx, w.ID, now, event.OfWebhook(w.ID, since.UnixMilli())); err != nil {
		return err
	}
	d.report(fmt.Errorf("webhook %s is switched off: nothing that was sent to it since %s succeeded", w.ID, since.Format(time.RFC3339)))
	return nil
}
