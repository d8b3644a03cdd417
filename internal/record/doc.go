// Package record is the engine's currency: a campaign's record as the ledger keeps
// it, what the ledger says along with it (Snapshot), one write to it (Change) and
// what became of that (CommitResult), one call to the API (Request) and what it
// taught (Outcome), an account that is stopped (Hold), and the one table of legal
// moves between states.
//
// What a producer sees of all this is campaign.Record. The functions here are pure:
// the caller has to write a changed record against the one it was made from.
// What is decided, and when, is in internal/lifecycle.
package record
