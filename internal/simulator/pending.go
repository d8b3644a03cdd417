package simulator

import "time"

// occupied refuses a create while the account has a campaign that was neither sent nor cancelled; nil if it has none. The
// codes and their meaning are the legacy API's (sdk). That a failed or simulated campaign blocks no other is inferred.
func (a *account) occupied(now time.Time) *answer {
	for i := len(a.order) - 1; i >= 0; i-- {
		t := a.order[i]
		if t.simulated {
			continue
		}
		switch t.state(now) {
		case StateComputing:
			refusal := refused(codeComputing, "An SMS campaign is already being processed. "+
				"You must wait for processing to be completed in order to start another.")
			return &refusal
		case StateReady:
			refusal := refused(codeAwaiting, "An SMS campaign is already waiting for approval to send. "+
				"You must validate or cancel it in order to start another.")
			return &refusal
		}
	}
	return nil
}
