package simulator

import "strings"

// callbacks are where an account's reports go. The names are those of the service (doc).
type callbacks struct {
	Deliveries string `json:"callback_url_for_deliveries"`
	OptOuts    string `json:"callback_url_for_blacklisted_numbers"`
	Inbounds   string `json:"callback_url_for_inbounds"`
	Visits     string `json:"callback_url_for_visits"`
}

// callbacksBelow are those of an address that each sort of report stands below.
func callbacksBelow(base string) callbacks {
	if base == "" {
		return callbacks{}
	}
	base = strings.TrimSuffix(base, "/")
	return callbacks{Deliveries: base + "/deliveries", OptOuts: base + "/optouts", Inbounds: base + "/replies"}
}

// parameters answers GET /user/campaign-parameters (doc; that the answer has the names of
// the edit is inferred).
func (s *Server) parameters(acc *account, _ request, _ fault) answer {
	return answer{status: 200, body: acc.callbacks}
}

// editParameters answers PATCH /user/campaign-parameters/edit: fields that are not there
// stay as they are (inferred).
func (s *Server) editParameters(acc *account, q request, _ fault) answer {
	for name, to := range map[string]*string{
		"callback_url_for_deliveries": &acc.callbacks.Deliveries, "callback_url_for_blacklisted_numbers": &acc.callbacks.OptOuts,
		"callback_url_for_inbounds": &acc.callbacks.Inbounds, "callback_url_for_visits": &acc.callbacks.Visits,
	} {
		if _, given := q.fields[name]; given {
			*to = q.fields.text(name)
		}
	}
	return answer{status: 200, body: acc.callbacks}
}
