package result

import "time"

// Results are what the reports of a campaign's ticket come to. The JSON names are stable.
type Results struct {
	Delivered int `json:"delivered" doc:"contacts whose message has arrived: DELIVERED or READ"`
	Failed    int `json:"failed" doc:"contacts with another final status"`
	Pending   int `json:"pending" doc:"contacts without a final status so far"`
	// ByStatus counts numbers by the last word that was reported of each.
	ByStatus     map[DeliveryStatus]int `json:"by_status" doc:"numbers by the last status of each, in Octopush's words"`
	Replies      int                    `json:"replies"`
	OptOuts      int                    `json:"optouts"`
	LastReportAt time.Time              `json:"last_report_at,omitzero" doc:"when the last report came; absent before the first"`
}

// Of adds up what was counted of a campaign with so many contacts. Numbers without a
// final status are pending even where there are more of them than contacts.
func Of(byStatus map[DeliveryStatus]int, contacts int) Results {
	r := Results{ByStatus: map[DeliveryStatus]int{}}
	final, others := 0, 0
	for status, n := range byStatus {
		if n <= 0 {
			continue
		}
		r.ByStatus[status] = n
		switch {
		case status.Delivered():
			r.Delivered += n
			final += n
		case status.Final():
			r.Failed += n
			final += n
		default:
			others += n
		}
	}
	r.Pending = max(contacts-final, others, 0)
	return r
}
