package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// The calls of the API, as rules and the journal name them.
const (
	CallAny     = "any" // in rules only
	CallCreate  = "create"
	CallStatus  = "status"
	CallSend    = "send"
	CallCancel  = "cancel"
	CallBalance = "balance"
	CallDraft   = "draft"
	// CallParameters reads and edits where an account's reports go.
	CallParameters = "parameters"
	// CallContacts adds contacts to a list.
	CallContacts = "contacts"
	CallUnknown  = "unknown" // in the journal only: no such path or method
)

// basePath is where the API lives: https://api.octopush.com/v1/public (doc).
const basePath = "/v1/public"

// endpoint is one service. Its run is called with the server's mutex held, for an account that was let in.
type endpoint struct {
	call   string
	method string
	onTag  bool
	run    func(*Server, *account, request, fault) answer
}

// endpointAt returns the service at a path below the base. All of them are documented (doc); that status and cancel
// serve tags by their on-list path too is documented as well, by there being no other (doc).
func endpointAt(path string) (endpoint, bool) {
	switch path {
	case "/sms-campaign-on-list/create":
		return endpoint{CallCreate, http.MethodPost, false, (*Server).create}, true
	case "/sms-campaign-on-tag/create":
		return endpoint{CallCreate, http.MethodPost, true, (*Server).create}, true
	case "/sms-campaign-on-list/status":
		return endpoint{CallStatus, http.MethodGet, false, (*Server).status}, true
	case "/sms-campaign-on-list/send":
		return endpoint{CallSend, http.MethodPost, false, (*Server).send}, true
	case "/sms-campaign-on-tag/send":
		return endpoint{CallSend, http.MethodPost, true, (*Server).send}, true
	case "/sms-campaign-on-list/cancel":
		return endpoint{CallCancel, http.MethodDelete, false, (*Server).cancel}, true
	case "/wallet/check-balance":
		return endpoint{CallBalance, http.MethodGet, false, (*Server).checkBalance}, true
	case "/sms-campaign/draft":
		return endpoint{CallDraft, http.MethodGet, false, (*Server).draft}, true
	}
	return accountServiceAt(path)
}

// accountServiceAt are the services of an account's settings and contacts (doc).
func accountServiceAt(path string) (endpoint, bool) {
	switch path {
	case "/contact/create":
		return endpoint{CallContacts, http.MethodPost, false, (*Server).addContacts}, true
	case "/user/campaign-parameters":
		return endpoint{CallParameters, http.MethodGet, false, (*Server).parameters}, true
	case "/user/campaign-parameters/edit":
		return endpoint{CallParameters, http.MethodPatch, false, (*Server).editParameters}, true
	}
	return endpoint{}, false
}

// route finds the service of a request, or the answer to a path or method that is wrong by a single character.
func route(r *http.Request) (endpoint, *answer) {
	path, below := strings.CutPrefix(r.URL.Path, basePath)
	ep, known := endpointAt(path)
	if !below || !known {
		a := refuse(http.StatusNotFound, 0, "There is nothing at this path.")
		return endpoint{call: CallUnknown}, &a
	}
	if r.Method != ep.method {
		a := refuse(http.StatusMethodNotAllowed, 0, "This path takes "+ep.method+" only.")
		return endpoint{call: CallUnknown, method: ep.method}, &a
	}
	return ep, nil
}

// isCall reports whether a rule may name the call.
func isCall(name string) bool {
	return slices.Contains([]string{
		CallAny, CallCreate, CallStatus, CallSend, CallCancel, CallBalance, CallDraft, CallParameters, CallContacts,
	}, name)
}
