package input_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/campaigntest"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/zone"
)

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := zone.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestReadTime(t *testing.T) {
	t.Parallel()
	paris := location(t, "Europe/Paris")
	french := input.TimeReader{Zone: paris, Dates: input.DayFirst}
	american := input.TimeReader{Zone: location(t, "America/New_York"), Dates: input.MonthFirst}
	for text, tt := range map[string]struct {
		reader input.TimeReader
		want   string
	}{
		"2026-12-03T09:00:00+01:00":         {input.TimeReader{}, "2026-12-03T09:00:00+01:00"},
		"2026-12-03T09:00:00+01":            {input.TimeReader{}, "2026-12-03T09:00:00+01:00"},
		"2026-12-03T09:00:00+0100":          {input.TimeReader{}, "2026-12-03T09:00:00+01:00"},
		"2026-12-03 09:00:00+01":            {input.TimeReader{}, "2026-12-03T09:00:00+01:00"},
		"2026-12-03 09:00:00.25-03:30":      {input.TimeReader{}, "2026-12-03T09:00:00.25-03:30"},
		"2026-12-03t09:00:00z":              {input.TimeReader{}, "2026-12-03T09:00:00Z"},
		"2026-12-03T09:00Z":                 {input.TimeReader{}, "2026-12-03T09:00:00Z"},
		"2026-12-03 09:00 +00":              {input.TimeReader{}, "2026-12-03T09:00:00Z"},
		"2026-12-03 09:00:00 ":              {input.TimeReader{Zone: paris}, "2026-12-03T09:00:00+01:00"},
		"2026-07-03T09:00":                  {input.TimeReader{Zone: paris}, "2026-07-03T09:00:00+02:00"},
		"2026/07/03 9:00":                   {input.TimeReader{Zone: paris}, "2026-07-03T09:00:00+02:00"},
		"2026-07-03 09:00Z":                 {input.TimeReader{Zone: paris}, "2026-07-03T09:00:00Z"},
		"03/12/2026 09:00":                  {french, "2026-12-03T09:00:00+01:00"},
		"3.12.2026 9:00:30":                 {french, "2026-12-03T09:00:30+01:00"},
		"03-12-2026 09:00+00":               {french, "2026-12-03T09:00:00Z"},
		"12/3/2026 9:00\u202fAM":            {american, "2026-12-03T09:00:00-05:00"},
		"12/3/2026 12:05:00 pm":             {american, "2026-12-03T12:05:00-05:00"},
		"03.12.2026, 09:00":                 {french, "2026-12-03T09:00:00+01:00"},
		"12/3/2026, 9:00:00\u202fPM":        {american, "2026-12-03T21:00:00-05:00"},
		"03/12/2026 9h30":                   {french, "2026-12-03T09:30:00+01:00"},
		"2026-12-3 9:05":                    {french, "2026-12-03T09:05:00+01:00"},
		"2026-12-03 00:30 AM":               {french, "2026-12-03T00:30:00+01:00"},
		"2026-12-03 09:00:00.5 UTC":         {french, "2026-12-03T09:00:00.5Z"},
		"2026-12-03T09:00:06Z":              {french, "2026-12-03T09:00:06Z"},
		"2026-12-03 09:00:00.61":            {french, "2026-12-03T09:00:00.61+01:00"},
		"2026-12-03T09:00:06.61Z":           {french, "2026-12-03T09:00:06.61Z"},
		"2026-12-03T09:00:00+14:00":         {french, "2026-12-03T09:00:00+14:00"},
		"2026-12-03T09:00:00-12:00":         {french, "2026-12-03T09:00:00-12:00"},
		"2026-10-25 01:59:59":               {input.TimeReader{Zone: paris}, "2026-10-25T01:59:59+02:00"},
		"2026-10-25 03:00:00":               {input.TimeReader{Zone: paris}, "2026-10-25T03:00:00+01:00"},
		"2026-10-04 01:59 ":                 {input.TimeReader{Zone: location(t, "Australia/Lord_Howe")}, "2026-10-04T01:59:00+10:30"},
		"2026-10-04 02:30":                  {input.TimeReader{Zone: location(t, "Australia/Lord_Howe")}, "2026-10-04T02:30:00+11:00"},
		"2026-03-29 02:00 ":                 {input.TimeReader{Zone: location(t, "UTC")}, "2026-03-29T02:00:00Z"},
		"\u00a02026-12-03\u00a009:00+01:00": {input.TimeReader{}, "2026-12-03T09:00:00+01:00"},
	} {
		got, err := tt.reader.Read(text)
		if err != nil || got.Format(time.RFC3339Nano) != tt.want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, tt.want)
		}
	}
}

func TestReadTimeRefuses(t *testing.T) {
	t.Parallel()
	paris := location(t, "Europe/Paris")
	local := input.TimeReader{Zone: paris, Optional: true}
	french := input.TimeReader{Zone: paris, Dates: input.DayFirst}
	for _, tt := range []struct {
		text   string
		reader input.TimeReader
		want   string // parts of the error, with … between them
	}{
		{"2026-12-03 09:00", input.TimeReader{}, "has no offset from UTC: write it as 2018-"},
		{"2026-12-03 09:00", input.TimeReader{Optional: true}, "has no offset from UTC: name the zone of local times (--zone …write it as"},
		{"2026-12-03", local, "no time of day"},
		{"03/12/2026", french, "no time of day"},
		{"03/12/2026 09:00", local, "whether the day or the month comes first: say which it is for the whole file (--dates dmy or --dates mdy)"},
		{"25/12/2026 09:00", local, "whether the day or the month comes first"},
		{"03.12.2026 09:00", input.TimeReader{}, "the month comes first: write it as"},
		{"12/25/2026 09:00", french, "is no date of day, month and year"},
		{"03/12/26 09:00", french, "a year of two digits: write the year with four"},
		{"2026-03-29 02:30", local, "never comes in Europe/Paris"},
		{"2026-10-25 02:30", local, "comes twice in Europe/Paris…2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"},
		{"2026-10-25 02:00:00", local, "comes twice"},
		{"2026-04-05 01:45", input.TimeReader{Zone: location(t, "Australia/Lord_Howe")}, "2026-04-05T01:45:00+11:00 or 2026-04-05T01:45:00+10:30"},
		{"2011-12-30 12:00", input.TimeReader{Zone: location(t, "Pacific/Apia")}, "never comes in Pacific/Apia"},
		{"0001-01-01T00:00:00Z", input.TimeReader{}, "is the time that programs write for none: leave the field out"},
		{"0000-00-00 00:00:00", local, "is the time that programs write for none: leave the field out"},
		{"0000-00-00", input.TimeReader{}, "is the time that programs write for none"},
		{"0001-01-01 01:00:00+01", input.TimeReader{}, "is the time that programs write for none"},
		{"0001-01-01 00:00:00", local, "is the time that programs write for none"},
		{"0001-01-01 00:00:00", input.TimeReader{Zone: time.UTC}, "is the time that programs write for none"},
		{"2026-12-03T09:00:00+01:60", local, "an offset that no clock has: -12:00 to +14:00"},
		{"2026-12-03 09:00+0160", local, "an offset that no clock has"},
		{"2026-12-03T09:00:00+19:00", local, "an offset that no clock has"},
		{"2026-12-03 09:00-13", local, "an offset that no clock has"},
		{"2026-12-03 0:30 PM", local, "is no time that can be read"},
		{"2026-12-03 24:00", local, "its time of day is not written like 09:00"},
		{"2026-12-31T23:59:60Z", local, "its time of day is not written like"},
		{"2026-12-03 9h", local, "its time of day is not written like 09:00"},
		{"2026-12-03 09:00 GMT", local, "its time of day is not written like 09:00"},
		{"2026-12-03T09:00:00+01:00[Europe/Paris]", local, "leave the brackets out"},
		{"2026-13-03 09:00", local, "there is no such day: check the date"},
		{"2026-02-29T09:00:00Z", local, "there is no such day"},
		{"20261203T090000Z", local, "is no time that can be read"},
		{"2026.12.03 09:00", local, "is no time that can be read"},
		{"1796288400", local, "is no time but a number"},
		{"1796288400000", local, "is no time but a number"},
		{"2026-12-03 25:00+01", input.TimeReader{}, "is no time"},
		{"2026-12-03 09:00+1", input.TimeReader{}, "no offset that can be read"},
		{"2026-02-30 09:00+01", input.TimeReader{}, "is no time"},
		{"2026-12-03 9:00 XM", local, "is no time"},
		{"13:00", local, "is no time"},
		{"T", local, "is no time"},
		{"", local, "is no time"},
		{"infinity", local, "is no time"},
		{"46359.375", local, "is no time but a number…format the cells"}, // as a spreadsheet keeps it
		{"########", local, "is no time"},                                // as a narrow column shows it
	} {
		got, err := tt.reader.Read(tt.text)
		ok := err != nil && got.IsZero()
		for part := range strings.SplitSeq(tt.want, "…") {
			ok = ok && strings.Contains(err.Error(), part)
		}
		if !ok {
			t.Errorf("%q: got %v, %v, want an error with %q", tt.text, got, err, tt.want)
		}
	}
}

// Whatever is read is shown by the zone's clocks at that one moment only.
func FuzzReadTime(f *testing.F) {
	for _, seed := range []string{"2026-12-03 09:00", "03/12/2026 9:00 AM", "2026-10-25 02:30", "2026-03-29T02:30:00", "2026-12-03T09:00:00+01", "T", "+", "1/1/0001 0:00"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	paris, err := zone.Load("Europe/Paris")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, dayFirst bool) {
		r := input.TimeReader{Zone: paris, Dates: input.MonthFirst, Optional: true}
		if dayFirst {
			r.Dates = input.DayFirst
		}
		got, err := r.Read(text)
		if err != nil {
			return
		}
		if got.IsZero() {
			t.Fatalf("%q: got no time and no error", text)
		}
		again, err := input.TimeReader{}.Read(got.Format(time.RFC3339Nano))
		if _, seconds := got.Zone(); seconds%60 == 0 && (err != nil || !again.Equal(got)) {
			t.Fatalf("%q: got %v, and then %v, %v", text, got, again, err)
		}
	})
}

func TestBuilderReadsWhatSpreadsheetsWrite(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]campaign.Money{
		"2,58": 25_800, "12,5": 125_000, "2.58": 25_800, "0,125": 1250, "0.125": 1250, "1250": 12_500_000, "1 250": 12_500_000,
		"1\u202f250,50 €": 12_505_000, "1.250,50": 12_505_000, "1,250.50": 12_505_000, "€12.50": 125_000, "1 250,50 EUR": 12_505_000, "1’250.50": 12_505_000, "1,250,000": 12_500_000_000,
		"1234,567": 12_345_670, "1 234,567": 12_345_670, "1e2": 1_000_000, "2,5800": 25_800,
	} {
		if got := build(t, "max_cost", text); got.MaxCost != want {
			t.Errorf("%q: got %v, want %v", text, got.MaxCost, want)
		}
	}
	for _, text := range []string{"1,250", "1.250", "12.500", "1,250.500,00", "1 25", "1,25,0", "12,", ",5", "1.2.3", "$12", "12 EURO", "EUR", "12'50", "1’25", "1 2,5", "€", "-", "1,250,00"} {
		b := input.Edit(campaigntest.Documented())
		b.Set("max_cost", text)
		if got, err := b.Campaign(); err == nil {
			t.Errorf("%q: got %v, want it refused", text, got.MaxCost)
		}
	}
	for text, want := range map[string]bool{
		"OUI": true, "Non": false, "VRAI": true, "FAUX": false, "Ja": true, "NEIN": false, "WAHR": true, "FALSCH": false,
		"TRUE": true, "false": false, "t": true, "f": false, " 1 ": true, "0": false,
	} {
		if got := build(t, "with_replies", text); got.WithReplies != want {
			t.Errorf("%q: got %v, want %v", text, got.WithReplies, want)
		}
	}
}

func TestDecoderNamesFields(t *testing.T) {
	t.Parallel()
	d := input.Decoder{
		Times:  input.TimeReader{Zone: location(t, "Europe/Paris")},
		Fields: map[string]string{"Liste": "list_name", "Notes": "", "Shop": "labels.shop", "Envoi": "send_at"},
	}
	const rest = `"text":"x","type":"sms_premium","purpose":"alert"`
	got, err := d.Decode([]byte(`{"Liste":"l","Notes":null,"Shop":"3","Envoi":"2026-12-03 09:00",` + rest + `}`))
	if err != nil || got.ListName != "l" || got.Labels["shop"] != "3" || got.SendAt.Format(time.RFC3339) != "2026-12-03T09:00:00+01:00" {
		t.Errorf("got %+v, %v, want all of it", got, err)
	}
	for name, tt := range map[string]struct{ in, want string }{
		"both names":       {`{"Liste":"l","list_name":"l",` + rest + `}`, "list_name: twice"},
		"a label twice":    {`{"list_name":"l","Shop":"3","Shop":"3",` + rest + `}`, "labels.shop: twice"},
		"a number":         {`{"list_name":"l","Shop":3,` + rest + `}`, "labels.shop: is a number"},
		"labels both ways": {`{"list_name":"l","Shop":"3","labels":{"a":"b"},` + rest + `}`, "labels: are given both"},
		"and the reverse":  {`{"list_name":"l","labels":{"a":"b"},"Shop":"3",` + rest + `}`, "labels.shop: are given both"},
	} {
		_, err := d.Decode([]byte(tt.in))
		checkFaults(t, name, err, []string{tt.want})
	}
}
