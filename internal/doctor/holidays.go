package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/octoq/octoq/internal/window"
)

// Holidays says how old the data is by which an account's window leaves out
// public holidays; nothing for a window that leaves out none. Laws change every
// year, so data from before this one is a warning.
func Holidays(account, text string, now time.Time) []Finding {
	w, err := window.Parse(text)
	if err != nil || len(w.Countries()) == 0 {
		return nil
	}
	what := fmt.Sprintf("the public holidays of %s are as of %s, checked for the years up to %d",
		strings.Join(w.Countries(), ", "), window.HolidaysOf, window.HolidaysUntil)
	f := ok(CheckHolidays, what)
	if year := now.UTC().Format("2006"); window.HolidaysOf < year {
		f = warning(CheckHolidays, what+"; laws of "+year+" are not in them",
			"Update octoq, or compare the days with the law: a new holiday would be open.")
	}
	f.Account = account
	return []Finding{f}
}
