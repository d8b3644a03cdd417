package record

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// CallContacts adds contacts to a list. It belongs to no campaign.
const CallContacts campaign.Call = "contacts"

// Class sorts everything a call can come back with into a closed set. The
// adapter of the API chooses it; internal/stage decides what follows.
type Class string

const (
	// ClassOK is a 2xx answer whose code is absent or 0, complete and readable.
	ClassOK Class = "ok"
	// ClassRejected is a code that will always be answered to this campaign.
	ClassRejected Class = "rejected"
	// ClassPending says that the campaign is not computed yet.
	ClassPending Class = "pending"
	// ClassDuplicate says that the request_id was seen before. The answer
	// carries no ticket as far as anyone knows.
	ClassDuplicate Class = "duplicate"
	// ClassDone says that the campaign was sent already (132).
	ClassDone Class = "done"
	// ClassAccount is a refusal that every campaign of the account would get.
	ClassAccount Class = "account"
	// ClassThrottled is HTTP 429.
	ClassThrottled Class = "throttled"
	// ClassTransient is a complete answer that asks for another try: 5xx, 408,
	// 425 and the codes known to pass.
	ClassTransient Class = "transient"
	// ClassUnanswered means that the request may have been carried out, and the API
	// did not say so: no answer, a cut or unreadable one, a 2xx create without a
	// ticket.
	ClassUnanswered Class = "unanswered"
	// ClassNotSent means that the request certainly never reached the API:
	// connection refused, DNS, TLS, given up before the first byte was written.
	ClassNotSent Class = "not_sent"
	// ClassUnknown is a 4xx without a code octoq knows.
	ClassUnknown Class = "unknown"
)

// Classes lists the closed set, for metrics and for tests of totality.
func Classes() []Class {
	return []Class{
		ClassOK, ClassRejected, ClassPending, ClassDuplicate, ClassDone, ClassAccount,
		ClassThrottled, ClassTransient, ClassUnanswered, ClassNotSent, ClassUnknown,
	}
}

// Progress is how far the API has come with a ticket.
type Progress string

// An unknown status value is read as ProgressUnknown, never as failed.
const (
	ProgressComputing Progress = "computing"
	ProgressReady     Progress = "ready"
	ProgressFailed    Progress = "failed"
	ProgressUnknown   Progress = "unknown"
)

// Outcome is what one call to the API taught.
type Outcome struct {
	Class      Class
	Code       int    // the API's code, 0 if none
	Message    string // for people: one line, at most 500 bytes, no secrets
	HTTPStatus int    // 0 if there was no answer
	RetryAfter time.Duration

	Ticket   string         // create
	Progress Progress       // status
	Contacts int            // status; 0 where it names none
	Cost     campaign.Money // status
	Balance  campaign.Money // balance
	// StatusWord is the API's own word, at most 64 bytes, where Progress is
	// ProgressUnknown; "" if it has none. (status)
	StatusWord string
	// NoContacts: it is ready, and would reach no one: the API says 0 contacts, or
	// names none at a cost of 0. (status)
	NoContacts bool
	// SendingDate is as the API wrote it, at most 64 bytes, and SendingAt the
	// moment it means; zero if it cannot be read as one. (confirm)
	SendingDate string
	SendingAt   time.Time
	// TicketOwner is the campaign that the ticket of a create belongs to, as the
	// ledger found when it was to be written down; "" if to no other. (create)
	TicketOwner string
}

// HTTP statuses that say "not now" of the whole API.
const (
	statusRequestTimeout = 408
	statusTooEarly       = 425
	statusServerError    = 500
)

// Unavailable reports whether the API did not work: no answer, a request that
// could not be sent, or an answer that says the server is in trouble. Codes
// such as 126 ("another campaign awaits approval") are transient too, but prove
// the API alive.
func (o Outcome) Unavailable() bool {
	switch o.Class {
	case ClassUnanswered, ClassNotSent:
		return true
	case ClassTransient:
		return o.HTTPStatus == 0 || o.HTTPStatus >= statusServerError ||
			o.HTTPStatus == statusRequestTimeout || o.HTTPStatus == statusTooEarly
	default:
		return false
	}
}

// BlocksCreate reports whether the outcome of a create says that another campaign of the
// account is not confirmed yet: it awaits approval (126), or is being computed (127).
func (o Outcome) BlocksCreate() bool {
	return o.Class == ClassTransient && o.Code == CodeAwaitsApproval || o.Class == ClassPending && o.Code == CodeBeingComputed
}

// Request is one call to be made.
type Request struct {
	Call      campaign.Call
	Account   string
	Campaign  campaign.Campaign // create: all of it; the others: which of list and tag
	RequestID string            // create
	Ticket    string            // all but create and balance
	// TraceID and TraceSpan are the record's. They are for spans, and not sent.
	TraceID, TraceSpan string
	// NotAfter is the end of the limiter's grant: a request that was not
	// written by then is not written at all (ClassNotSent). Zero means no end.
	NotAfter time.Time
}
