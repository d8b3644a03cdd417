package octopush

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// classify is the one table over everything a complete or incomplete answer
// can be. The code is looked at first and the HTTP status second: 121 has been
// seen with 422, and errors may come with 200 (3rd).
func classify(call campaign.Call, status, code int, r reading) record.Class {
	if class, ok := classOfCode(code); ok {
		return class
	}
	return classOfStatus(call, status, code, r)
}

// classOfCode knows the codes of the API. Only 121 is documented for REST; the
// others come from the legacy API's list (sdk), 182, 401, 403, 438, 1340 and 1341
// from third parties (3rd). testdata/codes.txt lists the tables of public clients.
// 194 to 199 (doc) are missing on purpose: they belong to one-time passwords, which
// octoq never asks for, so the HTTP status decides.
func classOfCode(code int) (record.Class, bool) {
	switch code {
	case 401, 403, // credentials, in the body of an HTTP 400 (3rd)
		101, // wrong login
		record.CodeNoCredit, record.CodeNoCreditOrdered,
		108, 109, // credentials missing
		113, // account not validated
		114, // under review for fraud
		207, // feature not open
		300: // lists not open to the API
		return record.ClassAccount, true
	case 120, 133, 182:
		return record.ClassDuplicate, true
	case 127, 129, 130: // being computed, being built, not finished
		return record.ClassPending, true
	case record.CodeAlreadySent:
		return record.ClassDone, true
	case 125, // undefined
		record.CodeAwaitsApproval,
		153, // route congested
		206, // a credit transfer is running
		438, 500, 501:
		return record.ClassTransient, true
	}
	if rejectedCode(code) {
		return record.ClassRejected, true
	}
	return "", false
}

// rejectedCode knows the refusals that this campaign will always get.
func rejectedCode(code int) bool {
	switch code {
	case 100, 102, 103, 106, 107, 110, 111, 112, 115, 116, 117, 118, 119,
		record.CodeStopMissing, 122, 123, 124, 128, record.CodeUnknownCampaign,
		134, 139, 142, 150, 151, 152, 181, 189,
		201, 202, 203, 204, 205, 208, 209, 210,
		301, 302, 303, 304, 305, 306, 308,
		1340, 1341:
		return true
	}
	return false
}

// classOfStatus sorts answers without a code that octoq knows.
func classOfStatus(call campaign.Call, status, code int, r reading) record.Class {
	switch {
	case status >= 200 && status <= 299:
		return classOfSuccess(call, code, r)
	case status == 401, status == 403:
		return record.ClassAccount
	case status == 429:
		return record.ClassThrottled
	case status == 408, status == 425, status >= 500 && status <= 599:
		return record.ClassTransient
	case status >= 400 && status <= 499:
		return classOfRefusal(call, status, r)
	default: // a redirect that is not followed, a 101, a status beyond HTTP
		return unclear(call)
	}
}

// classOfSuccess: success is 2xx and a code that is absent or 0 (doc).
func classOfSuccess(call campaign.Call, code int, r reading) record.Class {
	e, _ := endpointOf(call)
	switch {
	case r == readWhole && code == 0, r == readEmpty && e.silent:
		return record.ClassOK
	case r == readWhole:
		return unclear(call)
	default:
		return record.ClassUnanswered
	}
}

// classOfRefusal: of a 4xx whose body was cut the code is not known, so the
// campaign must not die of it. A 400 without a known code is one of the two
// documented ways in which status says "not ready" (doc).
func classOfRefusal(call campaign.Call, status int, r reading) record.Class {
	switch {
	case r == readCut:
		return record.ClassUnanswered
	case call == campaign.CallStatus && status == 400:
		return record.ClassPending
	default:
		return record.ClassUnknown
	}
}

// unclear is for complete answers that leave open whether the call was
// carried out. It matters for calls that change something.
func unclear(call campaign.Call) record.Class {
	if e, _ := endpointOf(call); e.changes {
		return record.ClassUnanswered
	}
	return record.ClassTransient
}
