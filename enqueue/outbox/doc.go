// Package outbox lets a backend enqueue campaigns inside its own PostgreSQL
// transaction: a campaign goes to Redis if, and only if, the transaction commits.
//
//	tx, err := pool.Begin(ctx)
//	...
//	receipt, err := outbox.Enqueue(ctx, tx, campaign.Campaign{...})
//	...
//	err = tx.Commit(ctx)
//
// With database/sql, Enqueue takes outbox.SQL(tx). It validates the campaign and
// writes it into the table octoq_outbox. A Relay takes it from there, enqueues it
// in Redis and deletes its row. A relay that dies between the two enqueues the
// campaign again, which its id, the idempotency key, makes a duplicate that
// changes nothing. So each committed campaign is enqueued exactly once.
//
// The program octoq-outbox, in cmd, runs a Relay; docs/outbox.md has the table,
// the rights of each side, and what to watch.
//
// The package is a module of its own, so that producers without PostgreSQL need no
// driver. Its version is that of github.com/octoq/octoq.
package outbox
