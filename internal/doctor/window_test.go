package doctor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/doctor"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		level doctor.Level
		says  string
	}{
		"":                               {doctor.OK, "at any hour"},
		"08:00-20:00 Europe/Paris":       {doctor.OK, "open until 2026-03-02T20:00:00+01:00"},
		"Tu 08:00-20:00 Europe/Paris":    {doctor.OK, "closed until 2026-03-03T08:00:00+01:00"},
		"00:00-24:00 UTC":                {doctor.OK, "always open"},
		"by day":                         {doctor.Fault, "is no window"},
		"08:00-20:00 UTC holidays=XX":    {doctor.Fault, "XX"},
		"08:00-20:00 Europe/Lutetia-Sur": {doctor.Fault, "Lutetia"},
	} {
		f := doctor.Window("shop", text, now)
		if f.Level != want.level || f.Account != "shop" || !strings.Contains(f.What, want.says) {
			t.Errorf("%q: got %+v, want %s with %q", text, f, want.level, want.says)
		}
	}
}
