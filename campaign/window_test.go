package campaign_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
)

// days makes the days of a rule from a week's letters, Monday first.
func days(week string) (list [7]bool) {
	for i := range week {
		list[(i+1)%7] = week[i] != '-'
	}
	return list
}

func TestParseWindow(t *testing.T) {
	t.Parallel()
	rule := func(week string, minutes ...int) campaign.WindowRule {
		r := campaign.WindowRule{Days: days(week)}
		for i := 0; i < len(minutes); i += 2 {
			r.Spans = append(r.Spans, campaign.WindowSpan{From: minutes[i], To: minutes[i+1]})
		}
		return r
	}
	window := func(zone, country string, rules ...campaign.WindowRule) campaign.Window {
		w := campaign.Window{Zone: zone, Rules: rules}
		if country != "" {
			w.Holidays = strings.Split(country, " ")
		}
		return w
	}
	for text, want := range map[string]campaign.Window{
		"":                            {},
		" off ":                       {},
		"OFF":                         {},
		campaign.WindowSample:         window("Europe/Paris", "FR", rule("mtwtfs-", 480, 1200)),
		"08:00-24:00 UTC":             window("UTC", "", rule("mtwtfss", 480, 1440)),
		"mo,We,SU 00:00-00:01\tUTC":   window("UTC", "", rule("m-w---s", 0, 1)),
		"Sa-Mo 10:00-11:00 Etc/GMT+1": window("Etc/GMT+1", "", rule("m----ss", 600, 660)),
		"Mo 08:00-12:00,12:00-13:00 Mo 14:00-15:00 UTC": window("UTC", "", rule("m------", 480, 720, 720, 780), rule("m------", 840, 900)),
		"Mon-friday 08:00-12:00,14:00-18:00 Sa 10:00-12:00 America/Argentina/Buenos_Aires holidays=fr,DE": window(
			"America/Argentina/Buenos_Aires", "FR DE", rule("mtwtf--", 480, 720, 840, 1080), rule("-----s-", 600, 720)),
	} {
		got, err := campaign.ParseWindow(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
		if got.Always() != (len(want.Rules) == 0) {
			t.Errorf("%q: always %v", text, got.Always())
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
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), campaign.WindowSample) {
			t.Errorf("%q: got %v, want %q and the sample in it", text, err, says)
		}
	}
}

func FuzzParseWindow(f *testing.F) {
	f.Add(campaign.WindowSample)
	f.Add("Mo-Fr 08:00-12:00,14:00-18:00 Sa,Su 10:00-24:00 Etc/GMT+1 holidays=FR,DE")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := campaign.ParseWindow(text)
		if err != nil {
			return
		}
		for _, r := range w.Rules {
			for _, s := range r.Spans {
				if s.From < 0 || s.From >= s.To || s.To > 24*60 {
					t.Errorf("%q: span %+v", text, s)
				}
			}
		}
	})
}
