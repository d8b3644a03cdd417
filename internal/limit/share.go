package limit

import "github.com/octoq/octoq/campaign"

// createEvery: while creates wait, one grant in so many is theirs.
const createEvery = 10

// share keeps the strict order from starving anyone: creates keep a tenth, and
// polling for status takes at most half while others wait. It counts contested
// grants only, so no capacity is idle because of it.
type share struct {
	others int  // grants in a row that went past a waiting create
	status bool // the last contested grant went to a status
}

// turn says which call is next, and counts it as served.
func (s *share) turn(waits func(campaign.Call) bool) (campaign.Call, bool) {
	call, ok := s.pick(waits)
	if !ok {
		return "", false
	}
	s.status = call == campaign.CallStatus && waits(campaign.CallCreate)
	if call != campaign.CallCreate && waits(campaign.CallCreate) {
		s.others++
	} else {
		s.others = 0
	}
	return call, true
}

func (s *share) pick(waits func(campaign.Call) bool) (campaign.Call, bool) {
	create := waits(campaign.CallCreate)
	for _, c := range order() {
		switch {
		case !waits(c):
		case c == campaign.CallBalance:
			return c, true
		case create && s.others >= createEvery-1:
			return campaign.CallCreate, true
		case c == campaign.CallStatus && create && s.status:
			return campaign.CallCreate, true
		default:
			return c, true
		}
	}
	return "", false
}
