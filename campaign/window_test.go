package campaign_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
)

// windowSample is a window as it is written; errors show it.
const windowSample = "Mo-Sa 08:00-20:00 Europe/Paris holidays=FR"

// open opens a window on the days of a week's letters, Monday first.
type open func(*campaign.Window)

func on(week string, minutes ...int) open {
	return func(w *campaign.Window) {
		for i := range week {
			for m := 0; week[i] != '-' && m < len(minutes); m += 2 {
				day := &w.Days[(i+1)%7]
				*day = append(*day, struct{ From, To int }{minutes[m], minutes[m+1]})
			}
		}
	}
}

func TestParseWindow(t *testing.T) {
	t.Parallel()
	window := func(zone, country string, spans ...open) campaign.Window {
		w := campaign.Window{Zone: zone}
		for _, add := range spans {
			add(&w)
		}
		if country != "" {
			w.Holidays = strings.Split(country, " ")
		}
		return w
	}
	for text, want := range map[string]campaign.Window{
		"":                            {},
		" off ":                       {},
		"OFF":                         {},
		windowSample:                  window("Europe/Paris", "FR", on("mtwtfs-", 480, 1200)),
		"08:00-24:00 UTC":             window("UTC", "", on("mtwtfss", 480, 1440)),
		"mo,We,SU 00:00-00:01\tUTC":   window("UTC", "", on("m-w---s", 0, 1)),
		"Sa-Mo 10:00-11:00 Etc/GMT+1": window("Etc/GMT+1", "", on("m----ss", 600, 660)),
		"Mo 08:00-12:00,12:00-13:00 Mo 14:00-15:00 UTC": window("UTC", "", on("m------", 480, 720, 720, 780), on("m------", 840, 900)),
		"Mon-friday 08:00-12:00,14:00-18:00 Sa 10:00-12:00 America/Argentina/Buenos_Aires holidays=fr,DE": window(
			"America/Argentina/Buenos_Aires", "FR DE", on("mtwtf--", 480, 720, 840, 1080), on("-----s-", 600, 720)),
	} {
		got, err := campaign.ParseWindow(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// What is wrong is named, and the form is shown.
func TestParseWindowRefuses(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"by day":                                   "by",
		"Mo-Sa":                                    "hours are missing",
		"Mo-Sa Europe/Paris":                       `hours are missing between the days and "Europe/Paris"`,
		"Mo-Sa UTC":                                `hours are missing between the days and "UTC"`,
		"Mo-Sa 08:00-20:00 Sa 10:00-12:00 UTC":     "10:00-12:00 overlaps other hours of Saturday: give each day its hours once",
		"08:00-20:00 Su 19:59-21:00 UTC":           "overlaps other hours of Sunday",
		"Mo 08:00-12:00,11:00-14:00 UTC":           "11:00-14:00 overlaps other hours of Monday",
		"Mo 10:00-11:00 Mo-Fr 08:00-20:00 UTC":     "overlaps other hours of Monday",
		"Mo-Sa Tu 08:00-20:00 UTC":                 `"Tu" follows other days`,
		"08:00-20:00 UTC Mo":                       "behind the time zone",
		"08:00-20:00 Mo":                           "behind its last days",
		"Mo-Sa 08:00-20:00":                        "time zone is missing",
		"UTC":                                      "hours are missing",
		"holidays=FR":                              "hours are missing",
		"Mo-Xy 08:00-20:00 UTC":                    `"Mo-Xy" is neither`,
		"22:00-06:00 UTC":                          "write 22:00-24:00 and 00:00-06:00",
		"08:00-08:00 UTC":                          "is empty",
		"8:00-20:00 UTC":                           "8:00-20:00",
		"08:00-24:01 UTC":                          "08:00-24:01",
		"08:60-20:00 UTC":                          "08:60-20:00",
		"08:00 UTC":                                "no span",
		"08:00-12:00, 14:00-18:00 UTC":             `"" is no span`,
		"+8:00-20:00 UTC":                          "no span",
		"08:00-20:00 Local":                        `"Local" is neither`,
		"08:00-20:00 UTC Europe/Paris":             "behind the time zone",
		"08:00-20:00 UTC holidays=France":          `"FRANCE" is no country`,
		"08:00-20:00 UTC holidays=":                "is no country",
		"08:00-20:00 UTC holidays=F1":              "is no country",
		"08:00-20:00 UTC holidays=FR holidays=DE":  "twice",
		strings.Repeat("08:00-20:00 ", 20) + "UTC": "bytes",
	} {
		_, err := campaign.ParseWindow(text)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), windowSample) {
			t.Errorf("%q: got %v, want %q and the sample in it", text, err, says)
		}
	}
}

func FuzzParseWindow(f *testing.F) {
	f.Add(windowSample)
	f.Add("Mo-Fr 08:00-12:00,14:00-18:00 Sa,Su 10:00-24:00 Etc/GMT+1 holidays=FR,DE")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := campaign.ParseWindow(text)
		if err != nil {
			return
		}
		for _, spans := range w.Days {
			for _, s := range spans {
				if s.From < 0 || s.From >= s.To || s.To > 24*60 {
					t.Errorf("%q: span %+v", text, s)
				}
			}
		}
	})
}
