// Package lifecycle decides about a campaign's life. Every rule that a step goes by
// is here and nowhere else; the table of legal transitions, and what operators may
// ask of a record, are in internal/record.
//
// Two functions make the decision table of docs/architecture.md, total over call
// and class of answer. PlanStep looks at a record before any call and says what to
// do: nothing, wait, write, or call. Settle looks at the record and at what the call
// came back with, and says what the record becomes. PlanReplay does the same for a
// dead campaign that is replayed, DueAt says when the next step is due, and NeedsTask
// whether there should be a task for it.
//
// The package is pure. It decides from a record, the moment in which that was read
// and the account's Policy, and knows no ports: neither Redis nor the API nor a clock.
// internal/stage carries out what is decided here.
package lifecycle
