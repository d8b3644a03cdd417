// Package octopush is the HTTP client of Octopush's API: one call, one answer,
// classified.
//
// Do makes exactly one call and sorts what came of it into the closed set of
// campaign.Class. Its care goes to the difference on which money hangs: a
// request that handed no byte to a connection was certainly not sent;
// from the first byte on, only an answer says what became of it. A gate on
// the connection itself keeps these two apart, lets no request out after its
// time, and lets none out twice, whatever net/http does around it.
//
// Everything that comes back is bounded and distrusted: header and body size,
// time, redirects, compression, duplicate fields, prices that cannot be.
//
// What to do about an outcome is left to others: no retry, no limit, no log,
// no Redis, no decision.
package octopush
