package limit

import (
	"time"

	"github.com/octoq/octoq/internal/record"
)

// slotRelease gives one or more slots back, with what was learnt.
type slotRelease struct {
	tokens    []string
	health    apiHealth
	id        string
	cool      time.Duration
	throttled bool
	seat      bool          // the campaign held the probe's seat
	keep      time.Duration // and keeps it so long; 0 frees it
}

// releaseOf gives back the slot of a call that has ended.
func releaseOf(c *activeCall, health apiHealth, o record.Outcome) slotRelease {
	return slotRelease{
		tokens: []string{c.token}, health: health, id: c.id, cool: o.RetryAfter,
		throttled: o.Class == record.ClassThrottled, seat: c.probe, keep: seatAfter(o),
	}
}

// unusedSlots are slots that no call used. The next round trip to Redis gives
// them back.
type unusedSlots []slotRelease

// addGrant adds the slot of a grant that was not used.
func (u *unusedSlots) addGrant(g grant) { u.add(g.token, g.campaign(), g.probe) }

// addCall adds the slot of a call that is not made.
func (u *unusedSlots) addCall(c *activeCall) { u.add(c.token, c.id, c.probe) }

func (u *unusedSlots) add(token, id string, seat bool) {
	*u = append(*u, slotRelease{tokens: []string{token}, health: apiUnknown, id: id, seat: seat})
}

// addLost adds all slots of a request whose answer was lost: it may have been
// carried out all the same.
func (u *unusedSlots) addLost(r grantRequest) {
	if r.want == 0 {
		return
	}
	lost := slotRelease{health: apiUnknown}
	for i := range r.want {
		lost.tokens = append(lost.tokens, slotToken(r.token, i+1))
	}
	*u = append(*u, lost)
}

func (u *unusedSlots) takeAll() []slotRelease {
	all := *u
	*u = nil
	return all
}
