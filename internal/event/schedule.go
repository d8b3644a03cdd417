package event

import (
	"strconv"
	"time"
)

// OfTick is the event that a tick of a schedule is not sent, without its time: its
// campaign, "" where there is none, is refused for a reason. Each worker that refuses it
// publishes the same event.
func OfTick(account, schedule string, tick time.Time, campaign, why string) Event {
	return Event{
		ID: idOf(account, "tick", schedule, strconv.FormatInt(tick.Unix(), 10)), Type: ScheduleRefused, Account: account, Campaign: campaign,
		Data: Data{Schedule: schedule, Tick: tick.UTC(), Message: why},
	}
}
