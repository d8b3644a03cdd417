package limit

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// judge is what an outcome says of the API's health. A complete answer proves
// that it is there, even one that asks for another try, unless its status is
// that of a server in trouble.
func judge(call campaign.Call, o campaign.Outcome) verdict {
	switch {
	case o.Class == "":
		return verdictNone // no call was made
	case call == campaign.CallBalance:
		return verdictNone // a probe of octoq's own, of no campaign
	case o.Unavailable():
		return verdictDown
	default:
		return verdictAlive
	}
}

// seatAfter is how long a probe's campaign keeps the seat after an outcome:
// until its next call where there will be one, else not at all. Where the
// outcome decides the hold, the seat goes with it.
func seatAfter(o campaign.Outcome) time.Duration {
	switch o.Class {
	case campaign.ClassRejected, campaign.ClassUnknown, campaign.ClassDone:
		return 0
	default:
		return seatPause
	}
}
