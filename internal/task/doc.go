// Package task says what the queues hold: one task per wake-up of one
// campaign, its id, its type name and its payload.
//
// The first create carries the campaign, because until a worker touches it the
// task is the only record there is. A dead letter carries the campaign and its
// failure, because people read and edit it there. Every other task carries
// nothing: the ledger is the truth, and the id says which step is meant.
//
// Queues, Redis and asynq are left to internal/queue, the validity of a
// campaign to package campaign.
package task
