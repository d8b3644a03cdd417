// Package sweep is the use case of putting back what got stuck. It carries
// the guarantee that nothing accepted is lost: whatever crashed between a
// write to the ledger and the task that should follow it, a record that is
// not final and whose wake-up is gone gets a new one.
//
// Orphans, late tickets that are to be cancelled, have a wake-up of their own,
// which is put back likewise, whatever state their campaign is in.
//
// The sweep never decides what happens to a campaign. It raises the epoch of
// the step that the record waits for and queues that step again; the stages do
// the rest, under their own claims.
package sweep
