// Package key names everything octoq keeps in Redis. All keys of one account
// have one hash tag, so a transition is one atomic script, also on a cluster.
// The names of asynq's own keys follow from the queue names given here.
package key

import (
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Accounts is the set of accounts that were ever used; for listing only.
const Accounts = "octoq:accounts"

// Workers is the set of worker processes.
const Workers = "octoq:workers"

// Worker is the set of the accounts that a worker process serves.
func Worker(id string) string { return "octoq:worker:" + id }

// WorkerAsleep is the set of those of them that sleep: the worker looks after them, and
// starts nothing until there is something to do.
func WorkerAsleep(id string) string { return Worker(id) + ":asleep" }

func of(account string) string { return "octoq:{" + account + "}:" }

// Record is the hash of one campaign's record.
func Record(account, id string) string { return of(account) + "c:" + id }

// Log is the list of one campaign's timeline.
func Log(account, id string) string { return of(account) + "c:" + id + ":log" }

// State is the sorted set of the ids in a state, by the time of their last change.
func State(account string, s campaign.State) string { return of(account) + "state:" + string(s) }

// Enqueued is the sorted set of the ids that have a record, by when they were
// enqueued: the order of lists.
func Enqueued(account string) string { return of(account) + "enqueued" }

// Ticket leads from a ticket to the campaign's id.
func Ticket(account, ticket string) string { return of(account) + "ticket:" + ticket }

// Meta is the hash of what the ledger knows of Redis itself (run_ids) and of
// the account (counters).
func Meta(account string) string { return of(account) + "meta" }

// Limit is the hash of the limiter: rate, cool-down, streaks.
func Limit(account string) string { return of(account) + "limit" }

// Slots is the sorted set of calls in flight, by the end of their lease.
func Slots(account string) string { return of(account) + "slots" }

// Hold is the hash of the account's hold; there is none when it does not exist.
func Hold(account string) string { return of(account) + "hold" }

// Held is the sum of all past holds in milliseconds.
func Held(account string) string { return of(account) + "held" }

// Outbox is the stream of the account's events that a relay copies into HubEvents.
func Outbox(account string) string { return of(account) + "outbox" }

// Figures is the list of what campaigns came to that is not yet in the account's Stats.
func Figures(account string) string { return of(account) + "figures" }

// Stats is the hash of what campaigns came to in one minute, hour or day. Without an index it
// is what all names of that kind begin with.
func Stats(account, per, index string) string { return of(account) + "stats:" + per + ":" + index }

// Reports is the list of what Octopush reported that is not yet counted in Results.
func Reports(account string) string { return of(account) + "reports" }

// ReportsMeta is the hash of what holds for all reports of the account: the fingerprint of
// the key that numbers are hashed with, and counters.
func ReportsMeta(account string) string { return of(account) + "reports:meta" }

// UnknownTickets is the sorted set of tickets that were reported on and that no campaign
// has, by when the first report came.
func UnknownTickets(account string) string { return of(account) + "reports:unknown" }

// OpenResults is the sorted set of the tickets whose campaigns have no final results yet,
// by when they are to be looked at.
func OpenResults(account string) string { return of(account) + "reports:open" }

// Results is the hash of what the reports of a ticket come to. Without a ticket it is what
// all names of that kind begin with.
func Results(account, ticket string) string { return of(account) + "results:" + ticket }

// ResultsDetail is the hash of the last status of each number of a ticket.
func ResultsDetail(account, ticket string) string { return Results(account, ticket) + ":detail" }

// Replies is the hash of the replies of recipients.
func Replies(account string) string { return of(account) + "replies" }

// RepliesByTime is the sorted set of the names of replies, by when they came.
func RepliesByTime(account string) string { return of(account) + "replies:at" }

// OptOuts is the hash of the numbers that want no more messages, by their keyed hash.
func OptOuts(account string) string { return of(account) + "optouts" }

// OptOutsByTime is the sorted set of these hashes, by when they came.
func OptOutsByTime(account string) string { return of(account) + "optouts:at" }

// Quotes is the sorted set of the account's quotes, by when they end.
func Quotes(account string) string { return of(account) + "quotes" }

// What is kept beside all accounts has one hash tag of its own. HubEvents is the stream
// of the events of all accounts, and HubCopied the hash of how far each outbox was
// copied.
const (
	HubEvents = "octoq-hub:{hub}:events"
	HubCopied = "octoq-hub:{hub}:copied"
	HubLease  = "octoq-hub:{hub}:lead:relay"
)

// Webhooks is the hash of the webhooks, by id, and WebhookLease the lease of the process that sends
// to them. Both have the hash tag of HubEvents.
const (
	Webhooks     = "octoq-hub:{hub}:webhooks"
	WebhookLease = "octoq-hub:{hub}:lead:webhooks"
)

// Webhook is what is kept of one webhook under a name.
func Webhook(id, name string) string { return "octoq-hub:{hub}:webhook:" + id + ":" + name }

// Lease is the lease of the one worker at a time that does something for the account.
func Lease(account, name string) string { return of(account) + "lead:" + name }

// Action is the hash of a plan, and of the action that it becomes. What else is kept of
// it has this name and a part more.
func Action(account, id string) string { return of(account) + "action:" + id }

// Plans is the sorted set of the newest plans of an account, by when they were made.
func Plans(account string) string { return of(account) + "plans" }

// Actions is the sorted set of the actions of all accounts that were begun and have not
// ended, by when they were begun.
const Actions = "octoq:actions"

// Orphans is the set of campaigns with orphaned tickets, by time.
func Orphans(account string) string { return of(account) + "orphans" }

// Policy is the hash of an account's rules and budgets. Its revision stands in Meta, too.
func Policy(account string) string { return of(account) + "policy" }

// Spent is the hash of the counters of one budget and period.
func Spent(account, budget, period string) string {
	return of(account) + "spent:" + budget + ":" + period
}

// Balance is the hash of what credit the account had when a worker last asked.
func Balance(account string) string { return of(account) + "balance" }

// Schedules is the hash of the account's recurring campaigns, by name.
func Schedules(account string) string { return of(account) + "schedules" }

// ScheduleCursors is the hash of how far each schedule has come.
func ScheduleCursors(account string) string { return of(account) + "schedules:last" }

// WorkerSettings is the hash of what the account's living workers say by which
// settings they work, by worker.
func WorkerSettings(account string) string { return of(account) + "workers:settings" }

// Released is the channel on which freed slots and changed holds are announced.
func Released(account string) string { return of(account) + "released" }

// Trial is a key that is written only to see whether that is allowed, and
// TrialOfAsynq is one beside asynq's. No account and no queue has their name.
func Trial(name string) string { return of(":trial:" + name) }

// TrialOfAsynq is Trial for the keys of asynq.
func TrialOfAsynq(name string) string { return "asynq:{:trial:" + name + "}" }

// Queue is asynq's queue of one stage of one account.
func Queue(account string, s campaign.Stage) string { return account + "." + string(s) }

// SplitQueue is the reverse of Queue; ok is false for a queue that is not octoq's.
func SplitQueue(queue string) (account string, s campaign.Stage, ok bool) {
	account, stage, found := strings.Cut(queue, ".")
	s = campaign.Stage(stage)
	for _, known := range record.Stages() {
		if found && account != "" && s == known {
			return account, s, true
		}
	}
	return "", "", false
}

// Wake is the channel on which new work for a queue is announced.
func Wake(queue string) string { return "octoq:wake:" + queue }

// Alerts is the list of a queue's tasks that are due and whose campaigns are alerts.
// It stands beside asynq's pending list, on the same node of a cluster.
func Alerts(queue string) string { return "octoq:{" + queue + "}:alerts" }

// Kept is written behind tasks of a queue by a producer that wants to know
// whether Redis has them on disk; it expires.
func Kept(queue string) string { return "octoq:{" + queue + "}:kept" }
