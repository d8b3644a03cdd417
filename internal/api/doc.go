// Package api is octoq's HTTP API for backends in any language, below /v1: campaigns
// are enqueued, found, listed, approved, cancelled, replayed and purged, and accounts
// are held and vouched for. It has no rule of its own: enqueue and internal/admin
// decide, as they do for the commands.
//
// internal/web decides who may ask, and names the caller; what a caller does
// is on record under that name. Each operation is described where it is registered,
// and the OpenAPI document at /openapi.json is made from that.
package api
