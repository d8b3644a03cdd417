package event

import "strconv"

// WebhookTest is the type of the event by which a webhook is tried. It is sent to that
// webhook alone, and is in no stream.
const WebhookTest Type = "webhook.test"

// OfWebhook is the event that a webhook was switched off, without its time. Since when
// all failed, in Unix milliseconds, distinguishes it from other times.
func OfWebhook(id string, since int64) Event {
	return Event{ID: idOf(id, "webhook", strconv.FormatInt(since, 10)), Type: WebhookDisabled, Data: Data{Webhook: id}}
}
