package limit

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// renewAfter is how long a call has to be under way before its slot is renewed:
// most calls end before.
const renewAfter = 500 * time.Millisecond

// activeCall is a call that was admitted and is not released yet.
type activeCall struct {
	token     string
	call      campaign.Call
	id        string
	since     time.Time // when it was admitted
	notAfter  time.Time
	probe     bool
	unlimited bool // it takes no slot
}

// activeCalls are the calls under way in this process, by token.
type activeCalls map[string]*activeCall

func (a activeCalls) add(c *activeCall) { a[c.token] = c }

func (a activeCalls) remove(c *activeCall) { delete(a, c.token) }

// renewable lists the slots of calls that began a while ago, and the campaign
// of the probe among them.
func (a activeCalls) renewable(now time.Time) (tokens []string, seat string) {
	for token, c := range a {
		if c.unlimited || now.Sub(c.since) < renewAfter {
			continue
		}
		tokens = append(tokens, token)
		if c.probe {
			seat = c.id
		}
	}
	return tokens, seat
}
