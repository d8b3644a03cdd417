package campaign

import "time"

// FailureClass says why a campaign is dead; a closed set, used as a metric label.
type FailureClass string

const (
	// FailRejected: the API refused it with a code that is permanent.
	FailRejected FailureClass = "rejected"
	// FailUnknown: a 4xx without a code octoq knows.
	FailUnknown FailureClass = "unknown"
	// FailComputation: the API's status said failed, mostly without a reason.
	FailComputation FailureClass = "failed"
	// FailDeadline: the stage's deadline passed.
	FailDeadline FailureClass = "deadline"
	// FailExpired: expires_at passed before the confirm.
	FailExpired FailureClass = "expired"
	// FailLate: send_at had passed when its turn came, and late is "dead".
	FailLate FailureClass = "late"
	// FailWindow: send_at lies outside the sending window, or the window never opens.
	FailWindow FailureClass = "window"
	// FailNoCredit: it alone brought "no credit" back twice.
	FailNoCredit FailureClass = "no_credit"
	// FailDuplicate: the API says "seen before", and it is unknown whose ticket that
	// was.
	FailDuplicate FailureClass = "duplicate"
	// FailLostTicket: a ticket was lost and the setting is to park such campaigns,
	// or too many were in one run.
	FailLostTicket FailureClass = "lost_ticket"
	// FailTicketTaken: the API answered the create with a ticket that belongs to
	// another campaign, or with one of this campaign that was given up.
	FailTicketTaken FailureClass = "ticket_taken"
	// FailForgotten: Redis lost its memory and too much time has passed to ask
	// the API with the same request_id.
	FailForgotten FailureClass = "forgotten"
	// FailDeclined: a person rejected it after a confirm that may have arrived.
	FailDeclined FailureClass = "declined"
	// FailBudget: a budget of its account has not enough left, and what goes over it is
	// not to wait.
	FailBudget FailureClass = "budget"
	// FailInvalid: the payload could not be read or is no valid campaign.
	FailInvalid FailureClass = "invalid"
)

// Failure is why a campaign is dead, or what the last refusal of a living one was.
type Failure struct {
	Class          FailureClass `json:"class"`
	Code           int          `json:"code"`
	Message        string       `json:"message"`
	HTTPStatus     int          `json:"http_status"`
	Stage          Stage        `json:"stage"`
	Attempts       int          `json:"attempts"`
	At             time.Time    `json:"at"`
	Ticket         string       `json:"ticket,omitempty"`
	MaybeConfirmed bool         `json:"maybe_confirmed,omitempty"`
}
