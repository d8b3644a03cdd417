// Package webhook is what a webhook is, and the HTTP side of it: which events it wants,
// how a request is signed, when it is tried again, which addresses it may reach.
//
// Requests are signed as the Standard Webhooks specification says, version v1:
// HMAC-SHA-256 over "id.timestamp.body". Secrets are derived from a Key, so whatever
// keeps webhooks keeps no secret.
//
// Where webhooks are kept is left to package webhookstore, and when what is sent to
// package dispatch.
package webhook
