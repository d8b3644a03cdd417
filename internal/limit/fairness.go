package limit

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

const (
	// createEvery: while creates wait, one grant in so many is theirs.
	createEvery = 10
	// wholesaleEvery: while others than alerts wait, one grant in so many is theirs.
	// They keep a tenth so, and not a little less where a flood begins and ends.
	wholesaleEvery = 9
)

// callOrder is the order of calls. The balance is a probe that everything waits
// for; a campaign that is nearly sent comes before one that is not created, and
// all campaigns come before contacts.
func callOrder() []campaign.Call {
	return []campaign.Call{
		campaign.CallBalance, campaign.CallConfirm, campaign.CallCancel, campaign.CallStatus, campaign.CallCreate,
		record.CallContacts,
	}
}

// rank is what waiters are ordered by.
type rank struct {
	alert bool
	call  campaign.Call
}

// rankOrder is the order of waiters: the balance, then the calls of alerts, then all
// others, each in the order of calls.
func rankOrder() []rank {
	ranks := []rank{{call: campaign.CallBalance}}
	for _, alert := range []bool{true, false} {
		for _, c := range callOrder() {
			if c != campaign.CallBalance {
				ranks = append(ranks, rank{alert, c})
			}
		}
	}
	return ranks
}

// fairness keeps the order of waiters from starving any: whatever alerts wait, others
// keep a tenth, and within either, callFairness decides. It counts contested grants
// only, so no capacity is idle because of it.
type fairness struct {
	passedOthers   int // grants of alerts in a row that went past others
	alerts, others callFairness
}

// serve chooses the rank to serve next, and counts it as served.
func (f *fairness) serve(waits func(rank) bool) (rank, bool) {
	of := func(alert bool) func(campaign.Call) bool {
		return func(c campaign.Call) bool { return waits(rank{alert, c}) }
	}
	alerts, others := anyWaits(of(true)), anyWaits(of(false))
	if !alerts || waits(rank{call: campaign.CallBalance}) || others && f.passedOthers >= wholesaleEvery-1 {
		f.passedOthers = 0
		call, ok := f.others.serve(of(false))
		return rank{false, call}, ok
	}
	if others {
		f.passedOthers++
	}
	call, ok := f.alerts.serve(of(true))
	return rank{true, call}, ok
}

func anyWaits(waits func(campaign.Call) bool) bool {
	for _, c := range callOrder() {
		if waits(c) {
			return true
		}
	}
	return false
}

// callFairness keeps the order of calls from starving any: creates keep a tenth,
// and polling for status takes at most half while others wait.
type callFairness struct {
	passedCreate int  // grants in a row that went past a waiting create
	statusServed bool // the last contested grant went to a status
}

// serve chooses the call that is served next, and counts it as served.
func (f *callFairness) serve(waits func(campaign.Call) bool) (campaign.Call, bool) {
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

func (f *callFairness) choose(waits func(campaign.Call) bool) (campaign.Call, bool) {
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
