package doctor

import (
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Stopped warns of what keeps an account's campaigns waiting: its hold, nil for
// none, and queues that a person paused. Nothing is found when all goes on.
func Stopped(account string, h *record.Hold, paused []campaign.Stage) []Finding {
	var found []Finding
	if h != nil {
		found = append(found, warning(CheckStopped, fmt.Sprintf("on hold since %s (%s): %s", h.Since.Format(time.RFC3339), h.Reason, h.Message),
			"See octoq hold ls; octoq hold clear --account "+account+" lifts it."))
	}
	for _, stage := range paused {
		found = append(found, warning(CheckStopped, fmt.Sprintf("a person paused the queue %s: its campaigns wait", stage),
			"Resume it in asynq's page (octoq web, then /monitoring/)."))
	}
	for i := range found {
		found[i].Account = account
	}
	return found
}

// StoppedUnknown is the finding where that could not be read.
func StoppedUnknown(err error) Finding {
	return warning(CheckStopped, "octoq cannot see which accounts are on hold: "+err.Error(), "See octoq hold ls.")
}
