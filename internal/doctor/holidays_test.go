package doctor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/window"
)

func TestHolidays(t *testing.T) {
	t.Parallel()
	of, err := time.Parse("2006-01", window.HolidaysOf)
	if err != nil {
		t.Fatal(err)
	}
	const text = "08:00-20:00 Europe/Paris holidays=FR,DE"
	next := time.Date(of.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
	for at, level := range map[time.Time]doctor.Level{of: doctor.OK, next.Add(-time.Second): doctor.OK, next: doctor.Warning} {
		found := doctor.Holidays("shop", text, at)
		if len(found) != 1 || found[0].Level != level || found[0].Account != "shop" ||
			!strings.Contains(found[0].What, "FR, DE are as of "+window.HolidaysOf) || (found[0].Do == "") != (level == doctor.OK) {
			t.Errorf("at %s: got %+v, want one finding, %s", at, found, level)
		}
	}
	for _, text := range []string{"", "off", "08:00-20:00 Europe/Paris", "noon"} {
		if found := doctor.Holidays("shop", text, next); len(found) != 0 {
			t.Errorf("%q: got %+v, want nothing", text, found)
		}
	}
}
