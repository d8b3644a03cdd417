package record

import "github.com/octoq/octoq/campaign"

// AttemptsOf is the count of one call's attempts.
func (r Record) AttemptsOf(c campaign.Call) int {
	if n := r.attemptsOf(c); n != nil {
		return *n
	}
	return 0
}

// CountAttempt counts one more attempt of a call.
func (r *Record) CountAttempt(c campaign.Call) {
	if n := r.attemptsOf(c); n != nil {
		*n++
	}
}

func (r *Record) attemptsOf(c campaign.Call) *int {
	switch c {
	case campaign.CallCreate:
		return &r.Attempts.Create
	case campaign.CallStatus:
		return &r.Attempts.Status
	case campaign.CallConfirm:
		return &r.Attempts.Confirm
	case campaign.CallCancel:
		return &r.Attempts.Cancel
	default:
		return nil
	}
}
