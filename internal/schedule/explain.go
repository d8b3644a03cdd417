package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// explain says in a person's words what the parser refuses, and what to write
// instead: the parser's own words are those of a program.
func explain(fields []string, refused error) error {
	units := units()
	if len(fields) == len(units)-1 {
		units = units[1:]
	}
	if len(fields) != len(units) {
		return fmt.Errorf("it has %d fields; five are wanted, minute, hour, day of month, month and day of week, or six with the second in front", len(fields))
	}
	for i, field := range fields {
		for part := range strings.SplitSeq(field, ",") {
			if err := units[i].explain(part); err != nil {
				return err
			}
		}
	}
	return refused
}

// word is the expression of a word such as @daily, which octoq does not read.
func word(text string) error {
	const wanted = "five or six fields are wanted, without a zone and without words such as @daily"
	meant := map[string]string{
		"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
		"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
	}[strings.ToLower(strings.TrimSpace(text))]
	switch {
	case meant != "":
		return errors.New(wanted + ": write " + meant)
	case strings.Contains(text, "="):
		return errors.New(wanted + ": the zone is given apart from it (--zone)")
	default:
		return errors.New(wanted)
	}
}

// explain says what is wrong with a part of a field, nil if it finds nothing.
func (u unit) explain(part string) error {
	values, step, stepped := strings.Cut(part, "/")
	if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
		return fmt.Errorf("in the %s %s, %q is no step: a number from 1 on is wanted", u.name, part, step)
	}
	if values == "*" || values == "?" {
		return nil
	}
	from, to, isRange := strings.Cut(values, "-")
	for _, value := range []string{from, to} {
		if err := u.misread(value); err != nil && (isRange || value == from) {
			return err
		}
	}
	if isRange && u.number(from) > u.number(to) {
		return fmt.Errorf("the %s %s goes backwards: write %s-%d,%d-%s", u.name, values, from, u.last, u.first, to)
	}
	return nil
}

// misread says why a value is none of the unit, nil if it is one.
func (u unit) misread(value string) error {
	all := fmt.Sprintf("%d to %d", u.first, u.last)
	switch u.name {
	case "month":
		all += ", or jan to dec,"
	case "day of week":
		all += ", or sun to sat,"
	}
	n, err := strconv.Atoi(value)
	switch {
	case err == nil && u.first <= n && n <= u.last, err != nil && u.named(value):
		return nil
	case strings.ContainsAny(value, "LW#") && strings.HasPrefix(u.name, "day"):
		return fmt.Errorf("%q is no %s: %s are; L, W and # are those of other programs, and cron has none of them", value, u.name, all)
	case u.name == "day of week" && n == u.last+1:
		return fmt.Errorf("%q is no %s: %s are; Sunday is 0 or sun", value, u.name, all)
	default:
		return fmt.Errorf("%q is no %s: %s are", value, u.name, all)
	}
}
