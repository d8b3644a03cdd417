package limit

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// apiHealth is what an outcome says of the API. The scripts know these words.
type apiHealth string

const (
	apiAlive   apiHealth = "alive" // it gave a complete answer
	apiDown    apiHealth = "down"  // it is unavailable
	apiUnknown apiHealth = "none"  // the outcome says nothing of it
)

// classifyHealth is what an outcome says of the API's health. A complete answer
// proves that it is there, even one that asks for another try, unless its status
// is that of a server in trouble.
func classifyHealth(call campaign.Call, o record.Outcome) apiHealth {
	switch {
	case o.Class == "":
		return apiUnknown // no call was made
	case call == campaign.CallBalance, call == record.CallContacts:
		return apiUnknown // it belongs to no campaign
	case o.Unavailable():
		return apiDown
	default:
		return apiAlive
	}
}

// seatPause is how long the probe's campaign keeps its seat between two calls.
const seatPause = 5 * time.Second

// seatAfter is how long a probe's campaign keeps the seat after an outcome:
// until its next call where there will be one, else not at all. Where the
// outcome decides the hold, the seat goes with it.
func seatAfter(o record.Outcome) time.Duration {
	switch o.Class {
	case record.ClassRejected, record.ClassUnknown, record.ClassDone:
		return 0
	default:
		return seatPause
	}
}
