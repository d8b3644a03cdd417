// Package hub is the stream of the events of all accounts.
//
// The scripts that write records and holds write an event into the outbox of its
// account, see key.Outbox, so neither exists without the other. A Relay copies the
// outboxes into one stream, at least once; one relay at a time does so, under a lease.
// A Reader gives the events to its callers, in the order of that stream.
//
// Another run of Redis may have forgotten the end of an outbox or of the stream. So the
// relay goes back by an hour when the run_id of either changes, and a reader does so
// when its cursor is of another run. What comes twice has the same id.
package hub
