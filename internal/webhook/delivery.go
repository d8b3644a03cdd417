package webhook

import (
	"encoding/json"
	"time"

	"github.com/octoq/octoq/internal/event"
)

// DeliveryState is where an event stands for one webhook.
type DeliveryState string

// The states.
const (
	Waiting   DeliveryState = "waiting"   // to be sent, or sent again
	Delivered DeliveryState = "delivered" // the receiver has taken it
	Failed    DeliveryState = "failed"    // given up
)

// GiveUpAfter is how long an event that fails is tried, and how long a webhook may have
// no success at all.
const GiveUpAfter = 72 * time.Hour

// EventDelivery is one event on its way to one webhook.
type EventDelivery struct {
	Event    string        `json:"event"`
	Type     event.Type    `json:"type"`
	Account  string        `json:"account,omitempty"`
	Campaign string        `json:"campaign,omitempty"`
	State    DeliveryState `json:"state"`
	// Attempts counts the requests, since the event was queued or redelivered by hand.
	Attempts int       `json:"attempts"`
	FirstAt  time.Time `json:"first_at,omitzero"` // of the attempts
	LastAt   time.Time `json:"last_at,omitzero"`
	NextAt   time.Time `json:"next_at,omitzero"`
	// Status is that of the last answer, and Fault why it is no success.
	Status int    `json:"status,omitempty"`
	Fault  string `json:"fault,omitempty"`
	// Body is what is sent: the event.
	Body json.RawMessage `json:"body"`
}

// NewDelivery is an event that waits for its first attempt.
func NewDelivery(e event.Event) (EventDelivery, error) {
	body, err := json.Marshal(e)
	return EventDelivery{Event: e.ID, Type: e.Type, Account: e.Account, Campaign: e.Campaign, State: Waiting, Body: body}, err
}

// Lane is what a delivery is in order with: the events of its campaign, or of its
// account where it concerns no campaign.
func (d EventDelivery) Lane() string { return d.Account + "/" + d.Campaign }

// After is the delivery after an attempt.
func (d EventDelivery) After(a Answer, now time.Time) EventDelivery {
	d.Attempts++
	d.LastAt, d.Status, d.Fault = now, a.Status, a.Fault
	if d.FirstAt.IsZero() {
		d.FirstAt = now
	}
	end := d.FirstAt.Add(GiveUpAfter)
	switch {
	case a.OK():
		d.State, d.NextAt = Delivered, time.Time{}
	case !now.Before(end):
		d.State, d.NextAt = Failed, time.Time{}
	default:
		d.State, d.NextAt = Waiting, now.Add(pauseAfter(d.Attempts))
		if d.NextAt.After(end) {
			d.NextAt = end // the last attempt
		}
	}
	return d
}

// Again is the delivery when an admin asks for it once more.
func (d EventDelivery) Again() EventDelivery {
	d.State, d.Attempts = Waiting, 0
	d.FirstAt, d.NextAt, d.Status, d.Fault = time.Time{}, time.Time{}, 0, ""
	return d
}

// pauseAfter is how long to wait after the nth failed attempt.
func pauseAfter(n int) time.Duration {
	pauses := []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}
	if n <= len(pauses) {
		return pauses[max(n, 1)-1]
	}
	const later = 6 * time.Hour
	return later
}
