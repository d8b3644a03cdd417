package engine

import (
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// alertRoom keeps the creates of an account's other campaigns back for a moment after an
// alert was refused because one of them was unconfirmed (126, 127). Else they would take turns
// with it for as long as there are any.
type alertRoom struct {
	mu    sync.Mutex
	until time.Time
}

// roomFor is how long others wait; an alert comes back within a second or two.
const roomFor = 3 * time.Second

// note looks at the outcome of a call.
func (a *alertRoom) note(call campaign.Call, alert bool, out record.Outcome, now time.Time) {
	if call != campaign.CallCreate || !alert {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.until = time.Time{}
	if out.BlocksCreate() {
		a.until = now.Add(roomFor)
	}
}

// keepsBack is until when a call waits for alerts; the zero time means that it does not.
func (a *alertRoom) keepsBack(call campaign.Call, alert bool, now time.Time) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if call != campaign.CallCreate || alert || !now.Before(a.until) {
		return time.Time{}
	}
	return a.until
}
