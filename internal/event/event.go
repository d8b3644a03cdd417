// Package event describes the events that octoq publishes, and which change of the
// ledger has which.
//
// An event says what happened to one campaign or account, once a state and not once a
// step. Its id follows from what happened, so that a reader that gets an event a
// second time knows it again. It holds nothing that a record does not: no text of a
// campaign and no recipient.
package event

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/result"
)

// Type says what happened.
type Type string

// The types.
const (
	AwaitingApproval Type = "campaign.awaiting_approval" // a person decides
	Sent             Type = "campaign.sent"
	Simulated        Type = "campaign.simulated"
	Dead             Type = "campaign.dead"
	Cancelled        Type = "campaign.cancelled"
	MaybeConfirmed   Type = "campaign.maybe_confirmed" // it is dead, and may have been sent
	Delivered        Type = "campaign.delivered"       // its results are final: nothing is pending, or too much time has passed
	OrphanSent       Type = "orphan.sent"              // a ticket that octoq never confirmed was sent
	Held             Type = "account.held"
	Lifted           Type = "account.lifted"
	ScheduleRefused  Type = "schedule.refused" // a tick of a schedule is not sent: its campaign is refused
	RedisChanged     Type = "redis.changed"    // the account's Redis may have forgotten something
	BudgetWarned     Type = "budget.warned"    // 80 % of a budget are spent or reserved in its period
	BudgetReached    Type = "budget.reached"   // all of it, or a campaign does not fit into what is left
	WebhookDisabled  Type = "webhook.disabled" // nothing that was sent to it succeeded; it concerns no account
)

// Types are all types.
func Types() []Type {
	return []Type{AwaitingApproval, Sent, Simulated, Dead, Cancelled, MaybeConfirmed, Delivered, OrphanSent, Held, Lifted, ScheduleRefused, RedisChanged, BudgetWarned, BudgetReached, WebhookDisabled}
}

// Event is one event. Campaign, Run and State are those of a campaign's.
type Event struct {
	ID       string         `json:"id"`
	Type     Type           `json:"type"`
	At       time.Time      `json:"at"` // by Redis's clock
	Account  string         `json:"account"`
	Campaign string         `json:"campaign,omitempty"`
	Run      int            `json:"run,omitempty"`
	State    campaign.State `json:"state,omitempty"`
	Data     Data           `json:"data"`
}

// Data is what is known beside, as far as it is known.
type Data struct {
	Ticket   string            `json:"ticket,omitempty"`
	Cost     string            `json:"cost,omitempty"` // in euros
	Contacts *int              `json:"number_of_contacts,omitempty"`
	Waiting  string            `json:"waiting,omitempty"` // what a person decides on
	Failure  *campaign.Failure `json:"failure,omitempty"`
	Results  *result.Results   `json:"results,omitempty"` // of campaign.delivered
	// Of holds: why, the API's code and message, and who set or lifted it.
	Reason  string `json:"reason,omitempty"`
	Code    int    `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	By      string `json:"by,omitempty"`
	Webhook string `json:"webhook,omitempty"` // of webhook.disabled: its id
	// Of a tick that is refused: the schedule, and when it was due. Message says why.
	Schedule string    `json:"schedule,omitempty"`
	Tick     time.Time `json:"tick,omitzero"`
	// Of budgets: its name, the value of its label if each has an amount of its own, the
	// period, and the amount of that.
	Budget string `json:"budget,omitempty"`
	Value  string `json:"value,omitempty"`
	Period string `json:"period,omitempty"`
	Amount string `json:"amount,omitempty"` // in euros
}
