package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Expression is a cron expression in a time zone.
//
// What it does where clocks change depends on its hours. With * as the hour
// field it goes by elapsed time: an hour that is repeated has its ticks twice,
// one that is left out has none. With any other hour field it goes by the
// clock on the wall, and each time of day has one tick a day: in a repeated
// hour the first one counts, and ticks of an hour that is left out are one tick
// at the moment when the clock is put forward.
type Expression struct {
	spec      *cron.SpecSchedule
	zone      *time.Location
	everyHour bool
}

// ParseExpression reads five fields (minute, hour, day of month, month, day of week)
// or six (second first). Days of week are 0 to 6 or sun to sat. Where both days
// are restricted, either is enough, as everywhere with cron. Zones inside the
// expression and words such as @daily are refused.
func ParseExpression(text string, zone *time.Location) (Expression, error) {
	if strings.Contains(text, "=") || strings.Contains(text, "@") {
		return Expression{}, word(text)
	}
	const longest = 256
	if len(text) > longest {
		return Expression{}, fmt.Errorf("it is longer than %d bytes", longest)
	}
	for field := range strings.FieldsSeq(text) {
		if err := checkField(field); err != nil {
			return Expression{}, err
		}
	}
	parser := cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(text)
	if err != nil {
		return Expression{}, explain(strings.Fields(text), err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Expression{}, errors.New("five or six fields are wanted")
	}
	spec.Location = time.UTC // times on the wall are computed as if they were UTC
	const hours = 1<<24 - 1
	return Expression{spec: spec, zone: zone, everyHour: spec.Hour&hours == hours}, nil
}

// checkField refuses what the parser takes for something else: "*-5" for "*",
// and an empty part of a list for nothing, which then never fires.
func checkField(field string) error {
	for part := range strings.SplitSeq(field, ",") {
		if part == "" {
			return fmt.Errorf("%q holds an empty part", field)
		}
		if (part[0] == '*' || part[0] == '?') && len(part) > 1 && part[1] != '/' {
			return fmt.Errorf("%q: only a step may follow %c", field, part[0])
		}
	}
	return nil
}

// Next is the first tick after a time, zero if there is none within five years.
// It looks at one stretch of a constant offset from UTC after the other.
func (e Expression) Next(after time.Time) time.Time {
	at := after.In(e.zone)
	floor := e.unrepeated(at, wall(at))
	const stretches = 40 // more than any zone has in five years
	for range stretches {
		w := e.spec.Next(floor)
		if w.IsZero() {
			return time.Time{}
		}
		tick := w.Add(-offset(at)).In(e.zone)
		_, end := at.ZoneBounds()
		if end.IsZero() || tick.Before(end) {
			return tick
		}
		at = end.In(e.zone)
		// A tick at or after the end of the old stretch that the new one's
		// clock has passed already stood in an hour that is left out.
		if !e.everyHour && w.Before(wall(at)) {
			return at
		}
		floor = e.unrepeated(at, wall(at).Add(-1))
	}
	return time.Time{}
}

// unrepeated raises a time on the wall to where the clock stood before it was
// put back at the beginning of at's stretch, if those times are not to count.
func (e Expression) unrepeated(at, w time.Time) time.Time {
	start, _ := at.ZoneBounds()
	if e.everyHour || start.IsZero() {
		return w
	}
	before := start.Add(-1).In(e.zone)
	if stood := wall(before); w.Before(stood) { // stood is a nanosecond before the change
		return stood
	}
	return w
}

// Latest is the last tick after a time and not after another, zero if there is
// none. It halves the span, so that its cost does not grow with the ticks in it.
func (e Expression) Latest(after, until time.Time) time.Time {
	reaches := func(from time.Time) bool {
		t := e.Next(from)
		return !t.IsZero() && !t.After(until)
	}
	if !reaches(after) {
		return time.Time{}
	}
	low, high := after, until // low reaches a tick, high does not
	for high.Sub(low) > time.Second {
		middle := low.Add(high.Sub(low) / 2)
		if reaches(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return e.Next(low)
}

// Local is a time in the expression's zone.
func (e Expression) Local(t time.Time) time.Time { return t.In(e.zone) }

// offset is how far a time's clock is before UTC.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// wall is what a time's clock shows, as if it stood in UTC.
func wall(t time.Time) time.Time { return t.UTC().Add(offset(t)) }
