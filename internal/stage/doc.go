// Package stage is the use case of bringing one campaign through the API: the
// four stages create, status, confirm and cancel, and the replay of a dead
// letter.
//
// What is decided is decided by two pure functions. Open looks at a record
// before any call and says what to do: nothing, wait, write, or call. Settle
// looks at the record and at what the call came back with, and says what the
// record becomes. Together they are the decision table of docs/architecture.md,
// total over call and class. Runner is all the rest: it loads, claims, calls,
// settles and queues the next step, through ports declared here.
//
// The package knows neither Redis nor HTTP nor asynq.
package stage
