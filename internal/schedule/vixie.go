package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// New is Plan for a schedule that is to be added: an expression that CheckNew
// refuses is a fault, too.
func (s Schedule) New(templateFaults ...campaign.Fault) (Plan, error) {
	p, err := s.Plan(templateFaults...)
	unlike := CheckNew(s.Cron)
	if unlike == nil {
		return p, err
	}
	faults := []campaign.Fault{{Field: "cron", Problem: fmt.Sprintf("%q: %v", s.Cron, unlike)}}
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		faults = append(faults, invalid.Faults...)
	}
	return Plan{}, &InvalidError{Name: s.Name, Faults: faults}
}

// CheckNew refuses expressions that tick otherwise than Vixie's cron takes them,
// or than they read: their authors do not mean what they do. Schedules that
// were added before go on as they did. What ParseExpression refuses is not its
// concern.
func CheckNew(expression string) error {
	fields := strings.Fields(expression)
	units := units()
	if len(fields) == len(units)-1 {
		units = units[1:]
	}
	if len(fields) != len(units) {
		return nil
	}
	for i, field := range fields {
		if err := units[i].check(field); err != nil {
			return err
		}
	}
	return checkDays(fields)
}

// unit is what a field counts, and from where to where.
type unit struct {
	name        string
	first, last int
}

func units() []unit {
	return []unit{{"second", 0, 59}, {"minute", 0, 59}, {"hour", 0, 23}, {"day of month", 1, 31}, {"month", 1, 12}, {"day of week", 0, 6}}
}

// check refuses a field with a step of which only the first value is left, with
// a step behind a single value, with * beside other values, and with ? where no
// day is: expressions of six fields of other programs have the year at the end, and
// "0 9 * * ? *" would tick each hour.
func (u unit) check(field string) error {
	parts := strings.Split(field, ",")
	for _, part := range parts {
		values, text, stepped := strings.Cut(part, "/")
		step, err := strconv.Atoi(text)
		every := values == "*" || values == "?"
		if strings.HasPrefix(values, "?") && !strings.HasPrefix(u.name, "day") {
			return fmt.Errorf("? stands for days alone, and not in the %s: write * for every %s. "+
				"Six fields begin with the second; where they end with a year, leave that out", u.name, u.name)
		}
		if len(parts) > 1 && every && (!stepped || step == 1) {
			return fmt.Errorf("the %s %s holds %s, which is every value, beside others: leave out the one or the others", u.name, field, part)
		}
		if !stepped || err != nil || step <= 1 {
			continue
		}
		first, last, isRange := u.bounds(values)
		switch {
		case !every && !isRange:
			return fmt.Errorf("cron does not take a step behind a single value, as in the %s %s: write %s-%d/%d", u.name, part, values, u.last, step)
		case step > last-first:
			return fmt.Errorf("in the %s %s, the step goes beyond the range, which leaves only %d: write %d if that is meant. "+
				"A longer interval is a matter of the larger fields, or of several schedules", u.name, part, first, first)
		}
	}
	return nil
}

// bounds are those of a range, such as 1-5, mon-fri or *.
func (u unit) bounds(values string) (first, last int, isRange bool) {
	from, to, isRange := strings.Cut(values, "-")
	if !isRange {
		return u.first, u.last, false
	}
	return u.number(from), u.number(to), true
}

// number is a value by its number, or by its name in English.
func (u unit) number(value string) int {
	if n, err := strconv.Atoi(value); err == nil {
		return n
	}
	return u.first + u.index(value)
}

// named reports whether a value is a name of the unit.
func (u unit) named(value string) bool { return u.index(value) >= 0 }

// index is the place of a name in English among the unit's, -1 if it is none.
func (u unit) index(name string) int {
	names := map[string][]string{
		"month":       {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
		"day of week": {"sun", "mon", "tue", "wed", "thu", "fri", "sat"},
	}
	return slices.Index(names[u.name], strings.ToLower(name))
}

// checkDays refuses days of month or of week that begin with * and leave some
// out, beside restricted days of the other kind. For that * cron takes only days
// that are both; the parser drops it and takes either.
func checkDays(fields []string) error {
	dom, dow := fields[len(fields)-3], fields[len(fields)-1]
	for _, days := range []struct{ field, other, instead string }{
		{dom, dow, "1-31" + strings.TrimLeft(dom, "*?")},
		{dow, dom, "0-6" + strings.TrimLeft(dow, "*?")},
	} {
		if starred(days.field) && !everyDay(days.field) && !everyDay(days.other) {
			return fmt.Errorf("%s together with %s means days that are both, in cron, which octoq does not offer: write %s for days that are either, "+
				"or restrict only one of the two", days.field, days.other, days.instead)
		}
	}
	return nil
}

func starred(days string) bool { return strings.HasPrefix(days, "*") || strings.HasPrefix(days, "?") }

func everyDay(days string) bool {
	return days == "*" || days == "?" || days == "*/1" || days == "?/1"
}

// DayWarnings warns where both kinds of days are restricted: either is enough,
// as with cron, which "0 9 1-7 * mon" for the first Monday does not mean.
func (s Schedule) DayWarnings() []campaign.Warning {
	fields := strings.Fields(s.Cron)
	if len(fields) < len(units())-1 {
		return nil
	}
	dom, dow := fields[len(fields)-3], fields[len(fields)-1]
	if starred(dom) || starred(dow) {
		return nil
	}
	return []campaign.Warning{{Field: "cron", Problem: fmt.Sprintf(
		"days of month (%s) and of week (%s) are both restricted, and either is enough: it ticks on all of both", dom, dow)}}
}
