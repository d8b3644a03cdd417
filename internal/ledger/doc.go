// Package ledger keeps each campaign's record in Redis. The record is the
// truth about a campaign; tasks in queues only wake it up.
//
// Every decision is made elsewhere, by pure code on a [campaign.Record]. The
// ledger offers one write, [Store.Commit]: an atomic compare-and-set that is
// idempotent by its token. It knows which transitions are legal and nothing
// else about campaigns; it makes no calls, queues no tasks and reads no clock
// but Redis's.
//
// # Keys
//
// All keys of an account have its name as their hash tag, so each script runs
// on one node of a cluster. Package key spells the names; {a} is the account.
//
//	octoq:{a}:c:<id>           hash    the record: one field for each fact that is not zero
//	octoq:{a}:c:<id>:log       list    its timeline, JSON with at in unix milliseconds
//	octoq:{a}:state:<state>    zset    ids by their last change, unix milliseconds; a poll is no change
//	octoq:{a}:enqueued         zset    ids by enqueued_at, which never changes: the order of lists
//	octoq:{a}:ticket:<ticket>  string  the id that a ticket, orphans included, belongs to
//	octoq:{a}:meta             hash    run_id, since, before, seen; successes, creates
//	octoq:{a}:orphans          zset    ids with orphans not cancelled, by their last change; see spent
//	octoq:{a}:lead:<chore>     string  the process that does a chore
//	octoq:accounts             set     accounts ever written to, for listing only
//
// It reads and never writes octoq:{a}:hold (its field since, unix milliseconds)
// and octoq:{a}:held (milliseconds), which belong to the account's hold.
//
// # The record
//
// All values are readable in redis-cli: numbers, times as unix milliseconds,
// flags as 1, durations in milliseconds, money in 1/10,000 euro, and JSON for
// campaign, orphans, attempts, started, failure and last_refusal. A fact that
// is zero has no field. The ledger itself keeps
//
//	v           version of this form; a record of another one is never guessed at
//	revision    1 at the first write, and one more with each
//	updated_at  Redis's time at the last write
//	last        token of the last write, polls included
//	applied     tokens of the run's writes that are no polls, divided by spaces
//
// Records and timelines of sent, simulated and cancelled campaigns expire
// after the retention. Dead ones and tombstones stay. The key of a ticket
// expires the retention after it was learnt, or with the record if that is
// later; it stays as long as a dead record does. A write that would give a
// campaign a ticket whose key leads to another one is refused.
//
// # Packed records
//
// A campaign that is over, but for a dead one, is packed some time later ([Store.Pack]): its
// record is of version 5 then, and holds beside v only what scripts look at (state, revision,
// last, enqueued_at, counted), and in the fields 0, 1, 2… all other facts and the timeline,
// deflated with a dictionary that is a part of the form. It still is a hash, of fields of 64 bytes
// at most, for which Redis has a compact form; the list of the timeline is gone. Packing is a
// revision of its own, so that nobody writes on over it by what was read before; the next change
// writes the record out, in the version that it needs.
//
// A timeline has at most 1,000 entries: the first 100 and the last 900 are
// kept, because how it began and how it ended is what people ask.
//
// # Two histories
//
// A Redis that lost its tail may come to the same revision again by other
// writes, while a worker still holds the record of the lost one. So a write
// also names the run_id it was decided under, and the facts that decisions
// which cannot be taken back hang on (see newForm): all of them are compared.
//
// # What the moment costs
//
// Each answer has Redis's run_id (see package runid), which the script asks INFO
// for every time: a process that remembered it would not notice a Redis that was
// restarted or replaced behind its back. That takes some 8 microseconds of
// Redis's processor time within a script (BenchmarkInfo, Redis 7.0), some tenth
// of a Commit. Where INFO is forbidden (an ACL without it), a Redis that has
// forgotten something looks like one that has not: Load and Commit fail there (see
// runid.Missing), and nothing is written. What only reads goes on.
//
// The time at which a run_id was last seen is written every 30 seconds at
// most, and only while an account is used: Moment.Before may be that much, or
// an idle account's whole pause, too early. It is never too late.
package ledger
