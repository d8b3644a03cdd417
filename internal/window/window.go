package window

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/zone"
)

// ahead is how far the next change of a window is looked for. In every year
// something changes, or nothing ever does.
const ahead = 367 * 24 * time.Hour

// span is a part of a day, in minutes since midnight: From is in it, To is not.
type span = struct{ From, To int }

// Window is a sending window that can be asked. Nil is always open. It is safe
// for concurrent use.
type Window struct {
	text      string
	zone      *time.Location
	days      [7][]span // by time.Weekday
	minutes   []int     // of the day, at which something may change; 0 is the first
	countries []string  // whose public holidays are left out
	calendars []calendar
}

// Parse reads a window, see campaign.ParseWindow, and looks up its zone and its
// countries. It returns nil for one that is always open.
func Parse(text string) (*Window, error) {
	parsed, err := campaign.ParseWindow(text)
	if err != nil || parsed.Zone == "" {
		return nil, err
	}
	w := &Window{text: strings.Join(strings.Fields(text), " "), days: parsed.Days, minutes: minutesOf(parsed)}
	if w.zone, err = zone.Load(parsed.Zone); err != nil {
		return nil, fmt.Errorf("%q is no window: there is no time zone %s; a name such as Europe/Paris or UTC is wanted", w.text, parsed.Zone)
	}
	for _, country := range parsed.Holidays {
		list := calendarOf(country)
		if len(list) == 0 {
			return nil, fmt.Errorf("%q is no window: the public holidays of %s are not known; those of %s are",
				w.text, country, strings.Join(Countries(), ", "))
		}
		w.countries, w.calendars = append(w.countries, country), append(w.calendars, list)
	}
	return w, nil
}

// minutesOf are the minutes of the day at which a window may open or close, in
// order; midnight is the first.
func minutesOf(parsed campaign.Window) []int {
	minutes := []int{0}
	for _, spans := range parsed.Days {
		for _, s := range spans {
			minutes = append(minutes, s.From, s.To)
		}
	}
	slices.Sort(minutes)
	return slices.Compact(minutes)
}

// String is the window as it was written.
func (w *Window) String() string {
	if w == nil {
		return campaign.WindowOff
	}
	return w.text
}

// Countries are those whose public holidays are left out.
func (w *Window) Countries() []string {
	if w == nil {
		return nil
	}
	return w.countries
}

// At reports whether the window is open at t, and when that changes next; the
// zero time means not within a year. What counts is the wall clock in the
// window's zone: an hour that comes twice when the clocks are put back is open
// twice, one that is left out in spring opens nothing.
func (w *Window) At(t time.Time) (open bool, change time.Time) {
	if w == nil {
		return true, time.Time{}
	}
	open = w.open(t)
	for from, last := t, t.Add(ahead); from.Before(last); {
		_, until := from.In(w.zone).ZoneBounds()
		if until.IsZero() || until.After(last) {
			until = last
		}
		if at, found := w.turn(open, from, until); found {
			return open, at
		}
		from = until
	}
	return open, time.Time{}
}

// turn finds when the window is first another than open, from right after from
// to until, between which the zone's offset does not change.
func (w *Window) turn(open bool, from, until time.Time) (time.Time, bool) {
	_, offset := from.In(w.zone).Zone()
	zone := time.FixedZone("", offset)
	year, month, day := from.In(zone).Date()
	for ; ; day++ {
		for _, minute := range w.minutes {
			at := time.Date(year, month, day, 0, minute, 0, 0, zone)
			switch {
			case !at.Before(until):
				return until, w.open(until) != open
			case at.After(from) && w.open(at) != open:
				return at.In(w.zone), true
			}
		}
	}
}

// open reports whether the window is open at t.
func (w *Window) open(t time.Time) bool {
	t = t.In(w.zone)
	minute := t.Hour()*60 + t.Minute()
	inSpan := slices.ContainsFunc(w.days[t.Weekday()], func(s span) bool {
		return s.From <= minute && minute < s.To
	})
	return inSpan && !w.holiday(t)
}

// holiday reports whether the day of t is a public holiday, or the day on which
// one is kept.
func (w *Window) holiday(t time.Time) bool {
	year, month, day := t.Date()
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return slices.ContainsFunc(w.calendars, func(c calendar) bool { return c.closed(date) })
}

// All is open while all of its windows are.
type All []*Window

// String names all of them.
func (a All) String() string {
	var texts []string
	for _, w := range a {
		if w != nil && !slices.Contains(texts, w.text) {
			texts = append(texts, w.text)
		}
	}
	if len(texts) == 0 {
		return campaign.WindowOff
	}
	return strings.Join(texts, " and ")
}

// At is that of one window.
func (a All) At(t time.Time) (open bool, change time.Time) {
	open = a.open(t)
	for at, last := t, t.Add(ahead); ; {
		if at = a.next(at); at.IsZero() || at.After(last) {
			return open, time.Time{}
		}
		if a.open(at) != open {
			return open, at
		}
	}
}

func (a All) open(t time.Time) bool {
	return !slices.ContainsFunc(a, func(w *Window) bool { return w != nil && !w.open(t) })
}

// next is when the first of them changes after t.
func (a All) next(t time.Time) time.Time {
	var first time.Time
	for _, w := range a {
		_, at := w.At(t)
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}
