package simulator

import (
	"cmp"
	"net/http"
	"time"
)

// fault is what befalls one call; the zero value is none.
type fault struct {
	kind   string
	rule   Rule // zero for a fault out of Config.Shares
	ruleID string
}

// carriesOut reports whether the call gets through to the service at all.
func (f fault) carriesOut() bool {
	switch f.kind {
	case FaultDropBefore:
		return false
	case FaultAnswer, Fault500, Fault503, Fault429, FaultUnauthorized, FaultNoCredit, FaultHang:
		return f.rule.CarryOut
	}
	return true
}

// waits returns how long the rule makes a call wait, before it is carried out and after.
func (f fault) waits() (before, after time.Duration) {
	if f.kind == FaultLatency && f.rule.CarryOut {
		return 0, f.rule.latency()
	}
	return f.rule.latency(), 0
}

// replace returns the answer that the fault gives instead of the service's own. The API is not known to send a 429 or a
// Retry-After (unknown); bodies without a code stand for what proxies and frameworks answer (inferred).
func (f fault) replace(own answer, cfg Config) answer {
	var a answer
	switch f.kind {
	case FaultAnswer:
		a = f.rule.answer()
	case Fault500:
		a = refuse(http.StatusInternalServerError, 0, "Server Error")
	case Fault503:
		a = refuse(http.StatusServiceUnavailable, 0, "Service Unavailable")
		a.retryAfter = f.rule.RetryAfter
	case Fault429:
		a = refuse(http.StatusTooManyRequests, 0, "Too Many Requests")
		a.retryAfter = cmp.Or(f.rule.RetryAfter, cfg.RetryAfter)
	case FaultUnauthorized:
		a = wrongCredentials()
	case FaultNoCredit:
		a = noCredit()
	default:
		return own
	}
	return a
}

// answer is the answer that a rule spells out. Bodies are left out where HTTP forbids them.
func (r Rule) answer() answer {
	a := refuse(r.HTTPStatus, r.Code, r.Message)
	a.retryAfter = r.RetryAfter
	if r.Body != "" {
		a.body = r.Body
	}
	if r.HTTPStatus == http.StatusNoContent || r.HTTPStatus == http.StatusNotModified {
		a.body = nil
	}
	return a
}
