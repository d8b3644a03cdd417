package simulator

import "net/http"

// fieldFault is what is wrong with one field of a request. Code 0 is no code.
type fieldFault struct {
	field   string
	code    int
	message string
}

// invalidBody is `{"message":"The given data was invalid.","errors":{"sender":["…"]}}` (3rd).
type invalidBody struct {
	Message string              `json:"message"`
	Errors  map[string][]string `json:"errors"`
}

// invalid refuses a request for its faults: with the code of the first, or under StrictErrors with all of them by field.
func (q request) invalid(faults []fieldFault) answer {
	if !q.strict.has(StrictErrors) {
		return refused(faults[0].code, faults[0].message)
	}
	body := invalidBody{"The given data was invalid.", map[string][]string{}}
	for _, f := range faults {
		body.Errors[f.field] = append(body.Errors[f.field], f.message)
	}
	return answer{status: http.StatusUnprocessableEntity, body: body}
}

// unknownTicket refuses the ticket of a request. That a missing one is a validation fault is inferred.
func (q request) unknownTicket() answer {
	if q.ticket == "" && q.strict.has(StrictErrors) {
		return q.invalid([]fieldFault{{"ticket_number", codeUnknown, "The ticket number is missing."}})
	}
	return unknownTicket(q.ticket)
}
