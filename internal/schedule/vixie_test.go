package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/schedule"
)

// What ticks otherwise than in Vixie's cron, or than it reads, is refused with
// the remedy; before, it ticked as often as was says.
func TestCheckNew(t *testing.T) {
	t.Parallel()
	for cron, c := range map[string]struct {
		was  int // ticks of December 2026, in UTC
		says string
	}{
		"0 9 */2 * 1":        {18, "write 1-31/2 for days that are either"}, // cron: 2
		"0 9 1 * */2":        {18, "write 0-6/2 for days that are either"},  // cron: 1
		"0 9 */10 * */3":     {17, "write 1-31/10 for"},                     // cron: 0
		"0 0 9 ?/2 * mon":    {18, "write 1-31/2 for"},
		"0 9 */2,15 * 1":     {18, "write 1-31/2,15 for"},
		"0 9 15,* * 1":       {4, "holds *, which is every value"}, // cron: 31
		"*/90 9 * * *":       {31, "leaves only 0: write 0"},
		"*/60 9 * * *":       {31, "leaves only 0"},
		"0 */36 * * *":       {31, "in the hour */36"},
		"0 */24 * * *":       {31, "leaves only 0"},
		"0 9 */31 * *":       {1, "leaves only 1: write 1"},
		"0 9 1 */12 *":       {0, "in the month */12"},
		"0 9 * * */7":        {4, "leaves only 0"},
		"0 9 * * mon-wed/3":  {4, "in the day of week mon-wed/3"},
		"0 9 * oct-dec/3 *":  {0, "leaves only 10"},
		"*/90 0 9 * * *":     {31, "in the second */90"},
		"0 9-17/9 * * *":     {31, "leaves only 9"},
		"5/15 9 * * *":       {31 * 4, "write 5-59/15"}, // cron: 31
		"0 9 1/10 * *":       {4, "write 1-31/10"},
		"0 9 * * ? *":        {31 * 24, "? stands for days alone, and not in the month"}, // of EventBridge: 31
		"0 ? * * *":          {31 * 24, "write * for every hour"},
		"?/5 9 * * *":        {31 * 12, "and not in the minute"},
		"*/15 9 * * *":       {31 * 4, ""},
		"*/59 9 * * *":       {31 * 2, ""},
		"*/36 9 * * *":       {31 * 2, ""},
		"0 9 */2 * *":        {16, ""},
		"0 9 */1 * 1":        {4, ""},
		"0 9 ? * 1":          {4, ""},
		"0 9 1-31/2 * 1":     {18, ""},
		"0 9 13 * fri":       {5, ""},
		"0 9 15,*/10 * *":    {5, ""},
		"0 9 5-5/1 * *":      {1, ""},
		"30 0-23/12 * * 1-5": {23 * 2, ""},
	} {
		e, err := schedule.ParseExpression(cron, time.UTC)
		if err != nil {
			t.Errorf("%s: got %v, want it read, as stored schedules are", cron, err)
			continue
		}
		from := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		if got := len(between(e, from.Add(-1), from.AddDate(0, 1, 0).Add(-1))); got != c.was {
			t.Errorf("%s: got %d ticks, want %d", cron, got, c.was)
		}
		err = schedule.CheckNew(cron)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: got %v, want %q", cron, err, c.says)
		}
	}
}

// An expression that is accepted ticks as Vixie's cron does: see below.
func TestAcceptedDaysAreThoseOfVixiesCron(t *testing.T) {
	t.Parallel()
	doms := []string{"*", "?", "*/1", "*/2", "*/10", "1", "15", "1-7", "1-31", "1-31/2", "10,20", "15,*/10", "*/2,15", "15,*"}
	dows := []string{"*", "?", "*/1", "*/2", "1", "fri", "1-5", "0-6", "0,6", "*/3,1", "6,*"}
	accepted := 0
	for _, dom := range doms {
		for _, dow := range dows {
			cron := "0 9 " + dom + " * " + dow
			if schedule.CheckNew(cron) != nil {
				continue
			}
			accepted++
			e := expression(t, cron, "UTC")
			for day := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC); day.Month() == time.December; day = day.AddDate(0, 0, 1) {
				if got, want := e.Next(day.Add(-1)).Equal(day), vixie(dom, dow, day); got != want {
					t.Errorf("%s on %s: got a tick %v, want %v", cron, day.Format("Mon 2"), got, want)
				}
			}
		}
	}
	const fewest = 60
	if accepted < fewest {
		t.Errorf("accepted: got %d, want %d or more", accepted, fewest)
	}
}

// vixie is entry.c and cron.c of Vixie's cron: a day field that begins with * is
// starred, and days have to be both where one is, either where none is.
func vixie(dom, dow string, day time.Time) bool {
	star := func(field string) bool { return field[0] == '*' || field[0] == '?' }
	inDOM := inList(dom, 1, 31, day.Day())
	inDOW := inList(strings.ReplaceAll(dow, "fri", "5"), 0, 6, int(day.Weekday()))
	if star(dom) || star(dow) {
		return inDOM && inDOW
	}
	return inDOM || inDOW
}

func inList(field string, first, last, n int) bool {
	for part := range strings.SplitSeq(field, ",") {
		values, by, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			step = atoi(by)
		}
		from, to := first, last
		if values != "*" && values != "?" {
			low, high, isRange := strings.Cut(values, "-")
			if from, to = atoi(low), atoi(low); isRange {
				to = atoi(high)
			}
		}
		if from <= n && n <= to && (n-from)%step == 0 {
			return true
		}
	}
	return false
}

func atoi(text string) int {
	n := 0
	for _, digit := range text {
		n = n*10 + int(digit-'0')
	}
	return n
}

// A new schedule is refused with all of its faults; the same one that is stored
// goes on, with its ticks.
func TestNewIsStricterThanPlan(t *testing.T) {
	t.Parallel()
	s := schedule.Schedule{
		Name: "odd", Account: "default", Cron: "0 9 */2 * 1", Zone: "UTC", Missed: schedule.MissedSkip,
		Template: []byte(`{"id":"a-{{tick}}","list_name":"all","text":"x STOP au 30101","type":"sms_premium","purpose":"alert"}`),
	}
	if _, err := s.New(); err == nil || !strings.Contains(err.Error(), "cron: ") {
		t.Errorf("new: got %v, want a fault of cron", err)
	}
	if p, err := s.Plan(); err != nil || p.Next(time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)).Day() != 3 {
		t.Errorf("stored: got %v, want its ticks", err)
	}
	s.Missed = "twice"
	if _, err := s.New(); err == nil || !strings.Contains(err.Error(), "cron: ") || !strings.Contains(err.Error(), "missed: ") {
		t.Errorf("two faults: got %v, want both", err)
	}
	s.Cron, s.Missed = "0 9 1-7 * mon", schedule.MissedSkip
	p, err := s.New()
	if err != nil || len(p.DayWarnings()) != 1 {
		t.Errorf("the first Monday, as it is written by mistake: got %v, %v, want one warning", err, p.DayWarnings())
	}
	if p.Cron = "0 9 */2 * *"; len(p.DayWarnings()) != 0 {
		t.Errorf("one kind of days: got %v, want no warning", p.DayWarnings())
	}
}
