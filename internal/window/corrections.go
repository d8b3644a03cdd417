package window

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/ua"
)

// HolidaysOf is the year and month in which the library's data and these
// corrections were last held against the laws, and HolidaysUntil the last year
// that was: later ones follow from the same rules. Both go on with the table of
// holidays_test.go alone.
const (
	HolidaysOf    = "2026-11"
	HolidaysUntil = 2028
)

// correction is what a country's law has otherwise than the library.
type correction struct{ without, with []*cal.Holiday }

// corrections are those of the library's release 2.1.26, by country. Sundays
// are listed where the law names them: windows may be open on Sundays.
func corrections() map[string]correction {
	return map[string]correction{
		"AR": argentina(),
		"BG": {with: []*cal.Holiday{orthodoxEaster(-1), orthodoxEaster(0)}},
		"BR": {with: elections()},
		"CH": {with: []*cal.Holiday{easter(0), easter(49), ch.Allerheiligen}},
		"DK": {with: []*cal.Holiday{easter(0), easter(49)}},
		"GR": {with: []*cal.Holiday{orthodoxEaster(0), orthodoxEaster(49)}},
		// Saint Francis: law 151 of 8 October 2025.
		"IT": {with: []*cal.Holiday{easter(0), since(2026, fixed(time.October, 4))}},
		// Mother's and Father's Day.
		"LT": {with: []*cal.Holiday{easter(0), nth(1, time.Sunday, time.May), nth(1, time.Sunday, time.June)}},
		"LV": {with: []*cal.Holiday{easter(49), nth(2, time.Sunday, time.May)}},
		"NL": {with: []*cal.Holiday{easter(0), easter(49)}},
		"NO": {with: []*cal.Holiday{easter(0), easter(49)}},
		"NZ": {with: []*cal.Holiday{{Name: "Matariki", Func: matariki}}},
		"PL": {with: []*cal.Holiday{easter(0), easter(49)}},
		"SE": {with: []*cal.Holiday{easter(0), easter(49)}},
		"UA": ukraine(),
	}
}

// argentina has Good Friday, where the library has the Thursday, and moves four
// days to a Monday (law 27.399). Belgrano's stays.
func argentina() correction {
	return correction{
		without: []*cal.Holiday{ar.EasternsDay, ar.GuemesDay, ar.BelgranoDay, ar.SanMartinDay, ar.DiversityDay, ar.SovereigntyDay},
		with: []*cal.Holiday{
			easter(-2), fixed(time.June, 20),
			toMonday(time.June, 17), toMonday(time.August, 17), toMonday(time.October, 12), toMonday(time.November, 20),
		},
	}
}

// elections are both rounds of Brazil's, which are national holidays by article
// 380 of the electoral code: the first and the last Sunday of October.
func elections() []*cal.Holiday {
	round := func(n int) *cal.Holiday {
		return &cal.Holiday{Func: func(_ *cal.Holiday, year int) time.Time {
			if year%2 != 0 {
				return time.Time{}
			}
			return cal.WeekdayN(year, time.October, time.Sunday, n)
		}}
	}
	return []*cal.Holiday{round(1), round(-1)}
}

// ukraine has the days of article 73 of the labour code since 2023: laws
// 3107-IX (8 May) and 3258-IX (Christmas, statehood, defenders).
func ukraine() correction {
	year2027 := fixed(time.May, 4) // 1 May and Easter are a Saturday and a Sunday then
	year2027.StartYear, year2027.EndYear = 2027, 2027
	return correction{
		without: ua.Holidays,
		with: []*cal.Holiday{
			moved(fixed(time.January, 1)), moved(fixed(time.March, 8)), moved(fixed(time.May, 1)), moved(fixed(time.May, 8)),
			moved(fixed(time.June, 28)), moved(fixed(time.July, 15)), moved(fixed(time.August, 24)), moved(fixed(time.October, 1)),
			moved(fixed(time.December, 25)), moved(orthodoxEaster(0)), moved(orthodoxEaster(49)), year2027,
		},
	}
}

// matariki is a Friday by the moon: schedule 1 of New Zealand's Te Kāhui o
// Matariki Public Holiday Act 2022 lists it to 2052.
func matariki(_ *cal.Holiday, year int) time.Time {
	const first = 2022
	days := []string{
		"06-24", "07-14", "06-28", "06-20", "07-10", "06-25", "07-14", "07-06", "06-21", "07-11", "07-02", "06-24", "07-07", "06-29", "07-18", "07-10",
		"06-25", "07-15", "07-06", "07-19", "07-11", "07-03", "06-24", "07-07", "06-29", "07-19", "07-03", "06-25", "07-15", "06-30", "06-21",
	}
	if year < first || year-first >= len(days) {
		return time.Time{}
	}
	day, err := time.Parse("01-02", days[year-first])
	if err != nil {
		return time.Time{}
	}
	return time.Date(year, day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
}
