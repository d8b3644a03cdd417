package schedule

import (
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/window"
)

// daysAhead is how far the ticks of a new schedule are held against its sending
// window: every day of the week, from any hour on.
const daysAhead = 8

// WindowWarnings warns when a tick of the coming days, or the next one if that
// is later, is outside the sending window: that of the account, "" if it is not
// known, and the campaign's own. Campaigns of such ticks wait for the opening,
// and all that wait then go out together. One that expires was thought of.
func (p Plan) WindowWarnings(account string) ([]campaign.Warning, error) {
	first := p.Next(p.CreatedAt)
	c, err := p.Campaign(first)
	if err != nil {
		return nil, err
	}
	var both window.All
	for _, text := range []string{account, c.Window} {
		w, err := window.Parse(text)
		if err != nil {
			return nil, err
		}
		both = append(both, w)
	}
	if p.ExpiresAfter > 0 || c.Purpose == campaign.PurposeAlert || c.SimulationMode {
		return nil, nil
	}
	tick, opens := p.closedAt(both, first)
	switch {
	case tick.IsZero():
		return nil, nil
	case opens.IsZero():
		return []campaign.Warning{{Field: "window", Problem: "the sending window, " + both.String() + ", never opens: no campaign will be sent"}}, nil
	}
	const form = "Mon 2006-01-02 15:04:05 MST"
	return []campaign.Warning{{Field: "window", Problem: fmt.Sprintf(
		"the tick of %s is outside the sending window, %s: its campaign waits until %s, and all that wait then go out together to the same recipients. "+
			"Choose a cron expression within the window, or let what waits too long expire, such as by --expires-after 1h",
		tick.Format(form), both, p.Local(opens).Format(form))}}, nil
}

// closedAt is the first tick at which the window is closed, and when it opens
// then; zero if there is none. Ticks up to a closing are passed over at once, so
// that a schedule of every second costs no more than another.
func (p Plan) closedAt(w window.All, first time.Time) (tick, opens time.Time) {
	last := p.CreatedAt.AddDate(0, 0, daysAhead)
	for tick = first; ; {
		open, change := w.At(tick)
		if !open {
			return tick, change
		}
		if change.IsZero() {
			return time.Time{}, time.Time{}
		}
		if tick = p.Next(change.Add(-1)); tick.IsZero() || tick.After(last) {
			return time.Time{}, time.Time{}
		}
	}
}
