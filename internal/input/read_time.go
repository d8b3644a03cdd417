package input

import (
	"errors"
	"strings"
	"time"
)

// DateOrder says how dates such as 03/12/2026 are meant.
type DateOrder string

// Orders of dates. Without one such a date is refused.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

// TimeReader reads times as programs and people write them, and never guesses:
// what could be two moments is refused, with what to do about it. The zero
// TimeReader reads ISO 8601 times with an offset from UTC: 2026-12-03T09:00:00+01:00,
// also with a space or t for T, z for Z, without seconds, with fractions of
// them, and with the offsets +01, +0100 and +01:00, as PostgreSQL writes them.
type TimeReader struct {
	// Zone is where times without an offset are meant; nil refuses them. One that
	// the zone's clocks show twice or never is refused.
	Zone *time.Location
	// Dates is the order of dates with the year behind; empty refuses them.
	Dates DateOrder
	// Optional says that the author of the text can choose Zone and Dates:
	// remedies name them then.
	Optional bool
}

// Read reads a time, with its offset. The error says what is wrong and what to
// write instead.
func (r TimeReader) Read(text string) (time.Time, error) {
	t, f := r.read(text)
	if f.problem != "" {
		return time.Time{}, errors.New(f.String())
	}
	return t, nil
}

// timeSample shows the wanted form; it is the API documentation's own.
const timeSample = "2018-10-03T07:42:39-07:00"

func (r TimeReader) read(text string) (time.Time, flaw) {
	s := strings.TrimSpace(text)
	if strings.HasPrefix(s, noDate) {
		return time.Time{}, noTime(s)
	}
	// UTC as the location keeps the machine's own zone out of the result.
	t, err := time.ParseInLocation(time.RFC3339, s, time.UTC)
	var f flaw
	switch {
	case err != nil:
		t, f = r.readParts(s)
	case s[len(s)-1] != 'Z' && !offsetThere(s[len(s)-len("+01:00"):]):
		f = r.noOffset()
	}
	switch {
	case f.problem != "":
		f.problem = quote(s) + " " + f.problem
		return time.Time{}, f
	case t.Year() <= 1:
		return time.Time{}, noTime(s)
	}
	return t, flaw{}
}

// offsetThere reports whether clocks have an offset, which is written as +01:00:
// -12:00 to +14:00. What is farther is a slip of the pen, as is +01:60, which Go
// takes for +02:00.
func offsetThere(offset string) bool {
	farthest := "14:00"
	if offset[0] == '-' {
		farthest = "12:00"
	}
	return offset[1:] <= farthest && offset[len("+01:")] < '6'
}

func (r TimeReader) noOffset() flaw {
	return flaw{"has an offset that no clock has", "-12:00 to +14:00 are there; " + r.writeIt()}
}

// noDate is what MySQL writes for no date.
const noDate = "0000-00-00"

// noTime refuses what stands for no time at all. Read as a time it has passed:
// the campaign would be sent at once.
func noTime(s string) flaw {
	return flaw{quote(s) + " is the time that programs write for none", "leave the field out, or give the time that is meant"}
}

// readParts reads what is not RFC 3339: a date, a time of day and an offset.
func (r TimeReader) readParts(s string) (time.Time, flaw) {
	date, clock, offset := splitTime(s)
	if clock == "" && offset == "" && number(date) {
		return time.Time{}, flaw{"is no time but a number, as spreadsheets and programs keep times", "format the cells as date and time, or " + r.writeIt()}
	}
	day, f := r.readDate(date)
	if f.problem != "" {
		return time.Time{}, f
	}
	if clock == "" {
		if offset != "" {
			return time.Time{}, flaw{"is no time", r.writeIt()}
		}
		return time.Time{}, flaw{"has no offset from UTC and no time of day", r.writeIt()}
	}
	since, ok := readClock(clock)
	if !ok {
		return time.Time{}, flaw{"is no time that can be read: its time of day is not written like 09:00 or 09:00:00, or is none", r.writeIt()}
	}
	if offset == "" {
		return r.local(day.Add(since))
	}
	east, ok := readOffset(offset)
	if !ok {
		if strings.Contains(offset, "[") {
			return time.Time{}, flaw{"has a zone in brackets, which is not read", "leave the brackets out, if the offset stands before them"}
		}
		return time.Time{}, flaw{"has no offset that can be read", r.writeIt()}
	}
	if digits := strings.ReplaceAll(offset, ":", "") + "00"; east != 0 && !offsetThere(digits[:3]+":"+digits[3:5]) {
		return time.Time{}, r.noOffset()
	}
	return day.Add(since - east).In(fixed(east)), flaw{}
}

func (r TimeReader) writeIt() string { return "write it as " + timeSample }

// splitTime takes a time apart at the space or the T behind the date, which may
// have a comma, and at the offset behind the time of day.
func splitTime(s string) (date, clock, offset string) {
	at := strings.IndexFunc(s, func(c rune) bool { return isBlank(c) || c == 'T' || c == 't' })
	if at < 0 {
		return s, "", ""
	}
	date, clock = strings.TrimSuffix(s[:at], ","), s[at:]
	if clock[0] == 'T' || clock[0] == 't' {
		clock = clock[1:]
	}
	if inUTC, found := strings.CutSuffix(clock, " UTC"); found { // as BigQuery writes it
		return date, strings.TrimFunc(inUTC, isBlank), "Z"
	}
	if at = strings.IndexAny(clock, "+-Zz"); at >= 0 {
		clock, offset = clock[:at], clock[at:]
	}
	return date, strings.TrimFunc(clock, isBlank), offset
}

// isBlank knows the spaces that spreadsheets write, too: before AM, say.
func isBlank(c rune) bool { return c == ' ' || c == '\u00a0' || c == '\u202f' }

// readDate reads a date as midnight in UTC.
func (r TimeReader) readDate(s string) (time.Time, flaw) {
	for _, layout := range []string{"2006-1-2", "2006/1/2"} {
		t, err := time.ParseInLocation(layout, s, time.UTC)
		if err == nil {
			return t, flaw{}
		}
		if outside, ok := errors.AsType[*time.ParseError](err); ok && strings.HasSuffix(outside.Message, "out of range") {
			return time.Time{}, flaw{"is no time: there is no such day", "check the date"}
		}
	}
	parts := splitDate(s)
	switch {
	case parts == nil:
		return time.Time{}, flaw{"is no time that can be read", r.writeIt()}
	case r.Dates == "":
		return time.Time{}, r.unordered()
	case len(parts[2]) != len("2026"):
		return time.Time{}, flaw{"has a year of two digits", "write the year with four"}
	}
	layout, words := "2/1/2006", "day, month and year"
	if r.Dates == MonthFirst {
		layout, words = "1/2/2006", "month, day and year"
	}
	t, err := time.ParseInLocation(layout, strings.Join(parts, "/"), time.UTC)
	if err != nil {
		return t, flaw{"is no date of " + words, "check the date, and that all dates of the file are in this order"}
	}
	return t, flaw{}
}

// number reports whether s is digits, with a decimal point or comma at most.
func number(s string) bool {
	whole, fraction, decimals := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	return allDigits(whole) && (!decimals || allDigits(fraction))
}

// splitDate takes a date with the year behind apart, into three numbers; nil if it is
// none.
func splitDate(s string) []string {
	at := strings.IndexAny(s, "/.-")
	if at < 0 {
		return nil
	}
	parts := strings.Split(s, s[at:at+1])
	if len(parts) != 3 || len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts[2]) != 2 && len(parts[2]) != 4 {
		return nil
	}
	if !allDigits(parts[0]) || !allDigits(parts[1]) || !allDigits(parts[2]) {
		return nil
	}
	return parts
}

// unordered is the flaw of a date in an order that nothing says.
func (r TimeReader) unordered() flaw {
	remedy := r.writeIt()
	if r.Optional {
		remedy = "say which it is for the whole file (--dates dmy or --dates mdy), or " + remedy
	}
	return flaw{"does not say whether the day or the month comes first", remedy}
}

// readClock reads a time of day, which may be one of a twelve-hour clock.
func readClock(s string) (time.Duration, bool) {
	s = strings.ToUpper(strings.Join(strings.FieldsFunc(s, isBlank), ""))
	if hour, minute, ok := strings.Cut(s, "H"); ok && len(minute) == len("00") { // 9h30, as the French write it
		s = hour + ":" + minute
	}
	if strings.HasSuffix(s, "PM") && (strings.HasPrefix(s, "0:") || strings.HasPrefix(s, "00:")) {
		return 0, false // noon, or midnight?
	}
	for _, layout := range []string{"15:04:05", "15:04", "3:04:05PM", "3:04PM"} {
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return t.Sub(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)), true
		}
	}
	return 0, false
}

// readOffset reads +01, +0100, +01:00 and z.
func readOffset(s string) (time.Duration, bool) {
	if s == "z" || s == "Z" {
		return 0, true
	}
	for _, layout := range []string{"-07", "-0700", "-07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			_, seconds := t.Zone()
			return time.Duration(seconds) * time.Second, true
		}
	}
	return 0, false
}

// fixed is a zone of one offset; UTC where that is none.
func fixed(east time.Duration) *time.Location {
	if east == 0 {
		return time.UTC
	}
	return time.FixedZone("", int(east/time.Second))
}

// local is the moment when the clocks of the zone show a time, which is given
// as if it was one of UTC.
func (r TimeReader) local(shown time.Time) (time.Time, flaw) {
	if r.Zone == nil {
		remedy := r.writeIt()
		if r.Optional {
			remedy = "name the zone of local times (--zone Europe/Paris), or " + remedy
		}
		return time.Time{}, flaw{"has no offset from UTC", remedy}
	}
	moments := momentsOf(shown, r.Zone)
	switch len(moments) {
	case 1:
		return moments[0], flaw{}
	case 0:
		return time.Time{}, flaw{"never comes in " + r.Zone.String() + ", where clocks are put forward past it", "write the time that is meant"}
	default:
		return time.Time{}, flaw{"comes twice in " + r.Zone.String() + ", where clocks are put back",
			"write the one that is meant: " + written(moments)}
	}
}

func written(moments []time.Time) string {
	all := make([]string, len(moments))
	for i, t := range moments {
		all[i] = t.Format(time.RFC3339)
	}
	return strings.Join(all, " or ")
}

// momentsOf are the moments at which clocks of a zone show a time, in order.
func momentsOf(shown time.Time, zone *time.Location) []time.Time {
	const farthest = 26 * time.Hour // no offset is as large
	var moments []time.Time
	for at := shown.Add(-farthest); at.Before(shown.Add(farthest)); {
		_, seconds := at.In(zone).Zone()
		from, to := at.In(zone).ZoneBounds()
		t := shown.Add(-time.Duration(seconds) * time.Second)
		if (from.IsZero() || !t.Before(from)) && (to.IsZero() || t.Before(to)) {
			moments = append(moments, t.In(fixed(time.Duration(seconds)*time.Second)))
		}
		if to.IsZero() {
			break
		}
		at = to
	}
	return moments
}
