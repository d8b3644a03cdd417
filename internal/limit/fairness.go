package limit

import "github.com/octoq/octoq/campaign"

// createEvery: while creates wait, one grant in so many is theirs.
const createEvery = 10

// callOrder is the order of calls. The balance is a probe that everything waits
// for; a campaign that is nearly sent comes before one that is not created.
func callOrder() []campaign.Call {
	return []campaign.Call{
		campaign.CallBalance, campaign.CallConfirm, campaign.CallCancel, campaign.CallStatus, campaign.CallCreate,
	}
}

// fairness keeps the strict order from starving any call: creates keep a tenth,
// and polling for status takes at most half while others wait. It counts
// contested grants only, so no capacity is idle because of it.
type fairness struct {
	passedCreate int  // grants in a row that went past a waiting create
	statusServed bool // the last contested grant went to a status
}

// serve chooses the call that is served next, and counts it as served.
func (f *fairness) serve(waits func(campaign.Call) bool) (campaign.Call, bool) {
	call, ok := f.choose(waits)
	if !ok {
		return "", false
	}
	f.statusServed = call == campaign.CallStatus && waits(campaign.CallCreate)
	if call != campaign.CallCreate && waits(campaign.CallCreate) {
		f.passedCreate++
	} else {
		f.passedCreate = 0
	}
	return call, true
}

func (f *fairness) choose(waits func(campaign.Call) bool) (campaign.Call, bool) {
	create := waits(campaign.CallCreate)
	for _, c := range callOrder() {
		switch {
		case !waits(c):
		case c == campaign.CallBalance:
			return c, true
		case create && f.passedCreate >= createEvery-1:
			return campaign.CallCreate, true
		case c == campaign.CallStatus && create && f.statusServed:
			return campaign.CallCreate, true
		default:
			return c, true
		}
	}
	return "", false
}
