package simulator

import "time"

// Call is one call as the server saw it. The key is never part of it.
type Call struct {
	Seq   int64     `json:"seq"`  // in order of arrival, from 1, over resets too
	Time  time.Time `json:"time"` // of arrival
	Login string    `json:"login,omitempty"`
	Call  string    `json:"call"` // one of the Call constants
	// Method and Path, without the query, are there for a CallUnknown only. Both are cut where they are very long.
	Method    string `json:"method,omitempty"`
	Path      string `json:"path,omitempty"`
	ListName  string `json:"list_name,omitempty"`
	TagName   string `json:"tag_name,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	Ticket    string `json:"ticket,omitempty"`
	// HTTPStatus and Code are what was answered: 0 if nothing was, or not yet, or without a code.
	HTTPStatus int    `json:"http_status"`
	Code       int    `json:"code"`
	Fault      string `json:"fault,omitempty"`
	RuleID     string `json:"rule_id,omitempty"`
	// CarriedOut says that the service did what was asked, whatever the client saw.
	CarriedOut bool `json:"carried_out"`
	// InFlight is how many calls of all logins were in flight at the arrival, this one included.
	InFlight int `json:"in_flight"`
	// Ended says that the call is over; Abandoned, that its client went away (or the server stopped) before an answer.
	Ended     bool `json:"ended"`
	Abandoned bool `json:"abandoned,omitempty"`

	began, over int64 // ticks of the journal, which order arrivals and ends
}
