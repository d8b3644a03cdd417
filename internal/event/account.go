package event

import "github.com/octoq/octoq/internal/record"

// OfHold is the event of a hold that begins or ends, without its time, if the change
// of a hold is one of that: before is nil where there was none, after where there is
// none any more. token is unlike that of any other change.
func OfHold(account string, before, after *record.Hold, token string) (Event, bool) {
	e := Event{ID: idOf(account, "hold", token), Account: account}
	switch {
	case before == nil && after != nil:
		e.Type, e.Data = Held, holdData(*after)
	case before != nil && after == nil:
		e.Type, e.Data = Lifted, holdData(*before)
	default:
		return Event{}, false
	}
	return e, true
}

func holdData(h record.Hold) Data {
	return Data{Reason: string(h.Reason), Code: h.Code, Message: h.Message, By: h.By}
}

// OfRun is the event that another run of Redis keeps an account, without its time.
func OfRun(account, before, after string) Event {
	return Event{ID: idOf(account, "redis", before, after), Type: RedisChanged, Account: account}
}
