// Package webhookstore keeps webhooks in Redis: what they are, how far each has come in
// the stream of events, what waits to be sent, and what became of the rest.
//
// Events are queued in the same script that moves the webhook's cursor, so a process
// that dies loses none. What waits is in lanes, one for each campaign: the first of a
// lane alone may be taken. A process that takes one has it for a while; then it may be taken again.
//
// The webhook's keys, see key.Webhook:
//
//	meta        hash: cursor, sequence of the last event queued, since when all fails
//	deliveries  hash: each event by its id: sequence and time of its end (16 digits each), and a webhook.EventDelivery
//	order       sorted set: "lane sequence event" of what waits, in that order
//	due         sorted set: lanes in which something waits, by when their first one is due
//	delivered, failed  sorted sets: "time event" of what has ended, in that order
package webhookstore
