// Package stage is the use case of bringing one campaign through the API: the
// four stages create, status, confirm and cancel, the cancel of orphans, and the
// replay of a dead letter.
//
// It decides nothing: internal/lifecycle holds every rule. A Runner loads the record,
// asks lifecycle what to do, and carries that out through the ports declared here. A
// step reads downwards: handle.go loads and plans, attempt.go passes the gate, claims
// and calls, settle.go writes the answer down, commit.go writes to the ledger, and
// enqueue.go stores the wake-up for the next step before this one is done. orphan.go,
// replay.go and reject.go begin beside handle.go and go on the same way.
//
// The package knows neither Redis nor HTTP nor asynq.
package stage
