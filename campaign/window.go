package campaign

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a window may say besides its days and hours, and how it is written.
const (
	// WindowOff is a window that is always open, as an empty one is.
	WindowOff = "off"
	// windowSample is a window as it is written: days, hours, zone and the
	// country whose public holidays are left out.
	windowSample = "Mo-Sa 08:00-20:00 Europe/Paris holidays=FR"
	// MaxWindow is the length of the longest window, in bytes.
	MaxWindow = 200
)

// minutesADay is where the last span of a day may end.
const minutesADay = 24 * 60

// Window is a sending window as it is written: when wholesale campaigns may
// go out. The zone's and the countries' names are not looked up here. The zero
// Window, which alone has no Zone, is always open.
type Window struct {
	// Days are the parts of each day, by time.Weekday, in minutes since midnight:
	// From is in it, To, at most 1440, is not.
	Days [7][]struct{ From, To int }
	// Zone is a name of the IANA database, such as Europe/Paris.
	Zone string
	// Holidays are two-letter names of countries, in upper case.
	Holidays []string
}

// ParseWindow reads a window: any number of days and hours, then a zone, then,
// if they are to be left out, the public holidays of one or more countries.
//
//	Mo-Sa 08:00-20:00 Europe/Paris holidays=FR
//	Mo-Fr 08:00-12:00,14:00-18:00 Sa 10:00-12:00 Europe/Paris
//	08:00-24:00 UTC
//
// Days are Mo to Su, as ranges and lists; left out, every day is meant. Hours
// are of the wall clock in the zone, from the first minute to right before the
// last; 24:00 is the end of the day, and no span passes it. Spans of one day do not
// overlap. Empty and "off" are
// always open. The error names what is wrong and shows the form.
func ParseWindow(text string) (Window, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.EqualFold(text, WindowOff) {
		return Window{}, nil
	}
	w, err := parseWindow(text)
	if err != nil {
		return Window{}, fmt.Errorf("%s is no window: %w; write it like %q, or %q", quote(text), err, windowSample, WindowOff)
	}
	return w, nil
}

func parseWindow(text string) (Window, error) {
	if len(text) > MaxWindow {
		return Window{}, fmt.Errorf("it has %d bytes, at most %d are allowed", len(text), MaxWindow)
	}
	var p windowParser
	for _, word := range strings.Fields(text) {
		if err := p.take(word); err != nil {
			return Window{}, err
		}
	}
	switch {
	case p.days != nil:
		return Window{}, errors.New("hours are missing behind its last days")
	case len(p.rules) == 0:
		return Window{}, errors.New("hours are missing")
	case p.w.Zone == "":
		return Window{}, errors.New("the time zone is missing")
	}
	for _, rule := range p.rules {
		for day, open := range rule.days {
			if open {
				p.w.Days[day] = append(p.w.Days[day], rule.spans...)
			}
		}
	}
	return p.w, nil
}

// windowParser takes a window word by word.
type windowParser struct {
	w     Window
	rules []windowRule
	days  *[7]bool // those that wait for their hours
}

// windowRule says when a window is open on some days of the week.
type windowRule struct {
	days  [7]bool // by time.Weekday
	spans []windowSpan
}

// windowSpan is a part of a day, see Window.Days.
type windowSpan = struct{ From, To int }

func (p *windowParser) take(word string) error {
	if list, ok := strings.CutPrefix(word, "holidays="); ok {
		return p.holidays(list)
	}
	if p.w.Zone != "" {
		return fmt.Errorf("%s stands behind the time zone, where only holidays= may", quote(word))
	}
	switch days, isDays := windowDays(word); {
	case strings.Contains(word, ":"):
		return p.spans(word)
	case isDays && p.days != nil:
		return fmt.Errorf("%s follows other days: hours are wanted in between", quote(word))
	case isDays:
		p.days = &days
		return nil
	case zoneName(word) && p.days == nil:
		p.w.Zone = word
		return nil
	case zoneName(word):
		return fmt.Errorf("hours are missing between the days and %s", quote(word))
	default:
		return fmt.Errorf("%s is neither days (Mo-Fr,Su), hours (08:00-20:00), a time zone (Europe/Paris, UTC) nor holidays (holidays=FR)", quote(word))
	}
}

func (p *windowParser) spans(word string) error {
	rule := windowRule{days: [7]bool{true, true, true, true, true, true, true}}
	if p.days != nil {
		rule.days = *p.days
	}
	for text := range strings.SplitSeq(word, ",") {
		span, err := parseSpan(text)
		if err != nil {
			return err
		}
		if day, twice := p.openBy(rule, span); twice {
			return fmt.Errorf("%s overlaps other hours of %s: give each day its hours once, as in %s", text, day, "Mo-Fr 08:00-20:00 Sa 10:00-12:00 Europe/Paris")
		}
		rule.spans = append(rule.spans, span)
	}
	p.rules, p.days = append(p.rules, rule), nil
	return nil
}

// openBy finds a day of a rule on which a span overlaps another one. Some read the
// later hours as those of an exception, "Mo-Sa 08:00-20:00 Sa 10:00-12:00" as a short
// Saturday: taken together they would send on its evening.
func (p *windowParser) openBy(rule windowRule, span windowSpan) (time.Weekday, bool) {
	for _, other := range append(p.rules, rule) {
		for day := range rule.days {
			both := rule.days[day] && other.days[day]
			if both && slices.ContainsFunc(other.spans, func(s windowSpan) bool { return s.From < span.To && span.From < s.To }) {
				return time.Weekday(day), true
			}
		}
	}
	return 0, false
}

func (p *windowParser) holidays(list string) error {
	if p.w.Holidays != nil {
		return errors.New("it has holidays= twice")
	}
	for country := range strings.SplitSeq(list, ",") {
		country = strings.ToUpper(country)
		if len(country) != 2 || !only(country, func(b byte) bool { return b >= 'A' && b <= 'Z' }) {
			return fmt.Errorf("%s is no country: two letters are wanted, such as FR", quote(country))
		}
		p.w.Holidays = append(p.w.Holidays, country)
	}
	return nil
}

// parseSpan reads hours such as 08:00-20:00.
func parseSpan(text string) (windowSpan, error) {
	from, to, found := strings.Cut(text, "-")
	begin, ok1 := clockMinutes(from)
	end, ok2 := clockMinutes(to)
	switch {
	case !found || !ok1 || !ok2:
		return windowSpan{}, fmt.Errorf("%s is no span of hours: 08:00-20:00 is one, several are joined by commas without spaces", quote(text))
	case begin > end:
		return windowSpan{}, fmt.Errorf("the span %s passes midnight: write %s-24:00 and 00:00-%s, on the days that are meant", text, from, to)
	case begin == end:
		return windowSpan{}, fmt.Errorf("the span %s is empty: a whole day is 00:00-24:00", text)
	}
	return windowSpan{From: begin, To: end}, nil
}

// clockMinutes reads 08:00 as minutes since midnight, up to 24:00.
func clockMinutes(text string) (int, bool) {
	if len(text) != len("08:00") || text[2] != ':' {
		return 0, false
	}
	h, err1 := strconv.ParseUint(text[:2], 10, 8)
	m, err2 := strconv.ParseUint(text[3:], 10, 8)
	total := int(h)*60 + int(m)
	return total, err1 == nil && err2 == nil && m < 60 && total <= minutesADay
}

// windowDays reads days of the week: ranges, which may pass Sunday, and lists.
func windowDays(word string) (days [7]bool, ok bool) {
	for part := range strings.SplitSeq(word, ",") {
		from, to, found := strings.Cut(part, "-")
		if !found {
			to = from
		}
		first, last := weekday(from), weekday(to)
		if first < 0 || last < 0 {
			return days, false
		}
		days[last] = true
		for d := first; d != last; d = (d + 1) % len(days) {
			days[d] = true
		}
	}
	return days, true
}

// weekday is the number of a day by time.Weekday, -1 if the word names none.
// Mo, Mon and Monday are one.
func weekday(word string) int {
	names := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	word = strings.ToLower(word)
	return slices.IndexFunc(names, func(name string) bool {
		return word == name || word == name[:2] || word == name[:3]
	})
}

// zoneName reports whether a word may name a time zone of the IANA database.
func zoneName(word string) bool {
	return word == "UTC" || strings.Contains(word, "/") && only(word, func(b byte) bool {
		return letterOrDigit(b) || b == '/' || b == '_' || b == '-' || b == '+'
	})
}

// windowProblem says what is wrong with a window that is set.
func windowProblem(text string) string {
	if p := charactersProblem(text, ""); p != "" {
		return p
	}
	if _, err := ParseWindow(text); err != nil {
		return err.Error()
	}
	return ""
}
