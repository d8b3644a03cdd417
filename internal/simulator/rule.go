package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The kinds of faults that a Rule can bring about, and that the journal names.
const (
	FaultAnswer       = "answer"      // HTTPStatus with Code and Message, or with Body
	Fault500          = "500"         // HTTP 500
	Fault503          = "503"         // HTTP 503, with Retry-After if RetryAfter is set
	Fault429          = "429"         // HTTP 429 with Retry-After
	FaultHang         = "hang"        // no answer until the client goes away
	FaultDropBefore   = "drop_before" // connection reset, nothing carried out
	FaultDropAfter    = "drop_after"  // carried out, then connection reset
	FaultGarbage      = "garbage"     // carried out, answered with what is not JSON
	FaultHuge         = "huge"        // carried out, answered with Config.HugeSize bytes
	FaultUnauthorized = "401"         // HTTP 401 with code 101
	FaultNoCredit     = "no_credit"   // HTTP 400 with code 104
	FaultNeverReady   = "never_ready" // create: the ticket is computed for ever; status, send: not ready this time
	FaultFailed       = "failed"      // create: the ticket fails once computed; status: it fails now
	FaultLatency      = "latency"     // carried out LatencyMS later
	FaultCost         = "cost"        // create, status: the ticket has this Cost and these Contacts from now on
)

// ErrUnknownRule is returned when a rule is named that does not exist.
var ErrUnknownRule = errors.New("unknown rule")

// Rule brings a fault upon chosen calls. Rules are tried in the order in which they were added; the first that matches
// decides, and Config.Shares leave that call alone.
type Rule struct {
	// Call is which call is meant: one of the Call constants. Empty means CallAny: every call for which the fault makes
	// sense, which is create and send for no_credit.
	Call string `json:"call,omitempty"`
	// Login, ListName, TagName and Ticket must be equal, if set. Status, send and cancel are matched by the list, tag and
	// text of the ticket they name.
	Login    string `json:"login,omitempty"`
	ListName string `json:"list_name,omitempty"`
	TagName  string `json:"tag_name,omitempty"`
	Ticket   string `json:"ticket,omitempty"`
	// Text must be part of the campaign's text, if set.
	Text string `json:"text,omitempty"`
	// Times is how many calls the rule befalls. Zero means all of them until it is removed.
	Times int `json:"times,omitempty"`
	// Share is the part of the calls matched that the rule befalls, between 0 and 1. Zero means all of them.
	Share float64 `json:"share,omitempty"`

	// Fault is one of the Fault constants.
	Fault string `json:"fault"`
	// CarryOut carries the call out before a fault that would otherwise do without (answer, 500, 503, 429, 401,
	// no_credit, hang), and before the wait of a latency.
	CarryOut bool `json:"carry_out,omitempty"`
	// HTTPStatus, Code and Message make up an answer. Body, if set, replaces the JSON of code and message.
	HTTPStatus int    `json:"http_status,omitempty"`
	Code       int    `json:"code,omitempty"`
	Message    string `json:"message,omitempty"`
	Body       string `json:"body,omitempty"`
	// RetryAfter is a Retry-After header in seconds, for answer, 503 and 429 (there, zero means Config.RetryAfter).
	RetryAfter int `json:"retry_after,omitempty"`
	// LatencyMS is waited in addition to Config.Latency, with any fault, in milliseconds.
	LatencyMS int `json:"latency_ms,omitempty"`
	// Cost in euros and Contacts are for the cost fault; nil leaves the ticket's own.
	Cost     *float64 `json:"cost,omitempty"`
	Contacts *int     `json:"contacts,omitempty"`
}

// latency is the rule's own wait.
func (r Rule) latency() time.Duration { return time.Duration(r.LatencyMS) * time.Millisecond }

// validate reports every fault of a rule at once.
func (r Rule) validate() error {
	errs := []error{r.validateMatch(), r.validateNumbers()}
	if !isFault(r.Fault) {
		errs = append(errs, fmt.Errorf("fault %q is unknown", r.Fault))
	}
	if r.Fault == FaultAnswer && (r.HTTPStatus < 200 || r.HTTPStatus > 599) {
		errs = append(errs, fmt.Errorf("http_status must be from 200 to 599, got %d", r.HTTPStatus))
	}
	if r.Fault == FaultLatency && r.LatencyMS == 0 {
		errs = append(errs, errors.New("latency needs latency_ms"))
	}
	if r.Fault == FaultCost && r.Cost == nil && r.Contacts == nil {
		errs = append(errs, errors.New("cost needs cost or contacts"))
	}
	return errors.Join(errs...)
}

func (r Rule) validateMatch() error {
	if r.Call == "" || r.Call == CallAny {
		return nil
	}
	if !isCall(r.Call) {
		return fmt.Errorf("call %q is unknown", r.Call)
	}
	if only := callsOf(r.Fault); only != nil && r.Fault != FaultNoCredit && !slices.Contains(only, r.Call) {
		return fmt.Errorf("fault %s makes sense for %v only, got %s", r.Fault, only, r.Call)
	}
	return nil
}

func (r Rule) validateNumbers() error {
	var errs []error
	if r.Times < 0 || r.RetryAfter < 0 || r.LatencyMS < 0 {
		errs = append(errs, errors.New("times, retry_after and latency_ms must not be negative"))
	}
	if !isShare(r.Share) {
		errs = append(errs, fmt.Errorf("share must be between 0 and 1, got %v", r.Share))
	}
	if r.Cost != nil && !isAmount(*r.Cost) || r.Contacts != nil && *r.Contacts < 0 {
		errs = append(errs, errors.New("cost and contacts must be 0 or more"))
	}
	return errors.Join(errs...)
}

// isFault reports whether a rule may name the fault.
func isFault(name string) bool {
	return slices.Contains([]string{
		FaultAnswer, Fault500, Fault503, Fault429, FaultHang, FaultDropBefore, FaultDropAfter, FaultGarbage, FaultHuge,
		FaultUnauthorized, FaultNoCredit, FaultNeverReady, FaultFailed, FaultLatency, FaultCost,
	}, name)
}

// callsOf returns the calls that a fault is about, nil for all.
func callsOf(fault string) []string {
	switch fault {
	case FaultNeverReady:
		return []string{CallCreate, CallStatus, CallSend}
	case FaultFailed, FaultCost:
		return []string{CallCreate, CallStatus}
	case FaultNoCredit:
		return []string{CallCreate, CallSend}
	}
	return nil
}

// matches reports whether the rule means a call.
func (r Rule) matches(call string, q request) bool {
	return r.means(call) &&
		(r.Login == "" || r.Login == q.login) &&
		(r.ListName == "" || r.ListName == q.list) &&
		(r.TagName == "" || r.TagName == q.tag) &&
		(r.Ticket == "" || r.Ticket == q.ticket) &&
		strings.Contains(q.text, r.Text)
}

func (r Rule) means(call string) bool {
	if r.Call != "" && r.Call != CallAny {
		return r.Call == call
	}
	only := callsOf(r.Fault)
	return only == nil || slices.Contains(only, call)
}
