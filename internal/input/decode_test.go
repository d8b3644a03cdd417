package input_test

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/campaigntest"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/input"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	emoji := campaigntest.Documented()
	emoji.ListName = `\👍!`
	tests := map[string]struct {
		in   string
		want campaign.Campaign
	}{
		"the documented example": {campaigntest.DocumentedJSON, campaigntest.Documented()},
		"every field":            {campaigntest.FullJSON, campaigntest.Full()},
		"an amount as a string":  {strings.Replace(campaigntest.FullJSON, "12.5", `"12.5"`, 1), campaigntest.Full()},
		"an escaped emoji":       {strings.Replace(campaigntest.DocumentedJSON, "my_list", `\\\ud83d\udc4d\u0021`, 1), emoji},
	}
	for name, tt := range tests {
		got, err := input.Decode([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDecodingKeepsTheOffset(t *testing.T) {
	t.Parallel()
	got, err := input.Decode([]byte(campaigntest.FullJSON))
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"2030-10-03T07:42:39-07:00"`, `"2030-10-01T00:00:00Z"`, `"2030-10-04T00:00:00.5+05:30"`} {
		if !strings.Contains(string(again), want) {
			t.Errorf("got %s, want %s in it", again, want)
		}
	}
}

// with is the documented example with more fields.
func with(fields string) string {
	return strings.TrimSuffix(campaigntest.DocumentedJSON, "}") + "," + fields + "}"
}

// refusal is a text that is no campaign, and why.
type refusal struct {
	in   string
	want []string // field: part of the problem
}

func undecodable() map[string]refusal {
	return map[string]refusal{
		"an unknown field":         {with(`"colour":"red"`), []string{"colour: is no field of a campaign"}},
		"a single label":           {with(`"labels.shop":"x"`), []string{"labels.shop: is no field of a campaign"}},
		"a duplicate":              {with(`"text":"other"`), []string{"text: twice"}},
		"an escaped duplicate":     {with(`"\u0074ext":"other"`), []string{"text: twice"}},
		"null":                     {with(`"send_at":null`), []string{"send_at: is null: leave the field out"}},
		"a null text":              {`{"list_name":"a","type":"sms_premium","purpose":"alert","text":null}`, []string{"text: is null: leave the field out"}},
		"a number for a string":    {with(`"id":7`), []string{"id: is a number: a string is wanted"}},
		"a string for a bool":      {with(`"simulation_mode":"true"`), []string{"simulation_mode: is a string: true or false is wanted"}},
		"a number for a bool":      {with(`"auto_optimize_text":0`), []string{"auto_optimize_text: is a number"}},
		"a number for a time":      {with(`"send_at":1700000000`), []string{"send_at: is a number"}},
		"an array for money":       {with(`"max_cost":[1]`), []string{"max_cost: is an array: an amount"}},
		"too many decimals":        {with(`"max_cost":0.00001`), []string{`max_cost: "0.00001" has more than four decimals`}},
		"a negative amount":        {with(`"max_cost":-1`), []string{"max_cost: negative"}},
		"an array for labels":      {with(`"labels":["a"]`), []string{"labels: is an array: an object is wanted"}},
		"a number as a label":      {with(`"labels":{"shop":3}`), []string{"labels: shop is a number: a string is wanted"}},
		"a null label":             {with(`"labels":{"shop":null}`), []string{"labels: shop is null"}},
		"a duplicate label":        {with(`"labels":{"shop":"3","\u0073hop":"4"}`), []string{"labels: hold shop twice"}},
		"a time without an offset": {with(`"send_at":"2030-10-03T07:42:39"`), []string{`send_at: "2030-10-03T07:42:39" has no offset`}},
		"a date":                   {with(`"not_before":"2030-10-03"`), []string{"not_before: has no offset"}},
		"no time":                  {with(`"expires_at":"tomorrow"`), []string{"expires_at: is no time"}},
		"an empty time":            {with(`"expires_at":""`), []string{"expires_at: is no time"}},
		"an impossible date":       {with(`"send_at":"2030-02-30T00:00:00Z"`), []string{"send_at: is no time"}},
		"half a character":         {with(`"tag_name":"\ud83d"`), []string{`tag_name: holds \ud83d`}},
		"half and something else":  {with(`"id":"\ud83d\u0041"`), []string{`id: holds \ud83d`}},
		"the other half":           {with(`"id":"a\\\udc4d"`), []string{`id: holds \udc4d`}},
		"several at once": {
			`{"tag_name":7,"text":"","sender":"x","purpos":"alert","send_at":"now"}`,
			[]string{"tag_name: is a number", "purpos: did you mean purpose?", "send_at: is no time", "text: missing", "type: missing", "purpose: missing", "sender: 1 character:"},
		},
		"an array":            {`[]`, []string{": an array: an object is wanted"}},
		"null alone":          {`null`, []string{": null"}},
		"nothing":             {"", []string{": empty"}},
		"white space":         {" \n", []string{": empty"}},
		"something behind":    {campaigntest.DocumentedJSON + `{}`, []string{": nothing else"}},
		"an unfinished one":   {campaigntest.DocumentedJSON[:40], []string{": unexpected end of JSON input (byte 40)"}},
		"a comma too many":    {`{"text":"x",}`, []string{": (byte 13)"}},
		"no JSON":             {`text=x`, []string{": one complete JSON object"}},
		"broken UTF-8":        {with(`"id":"caf` + "\xe9" + `"`), []string{": not valid UTF-8"}},
		"a raw control":       {with("\"id\":\"a\nb\""), []string{": invalid character"}},
		"an escaped control":  {with(`"id":"x","account":"a","segmentation":"\u0000"`), []string{"segmentation: not known"}},
		"too deep":            {strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), []string{": exceeded max depth"}},
		"too long":            {with(`"id":"` + strings.Repeat("x", input.MaxSize) + `"`), []string{": longer than 1048576 bytes"}},
		"an unprintable name": {with(`"a\nb":1`), []string{`"a\nb": is no field`}},
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range undecodable() {
		got, err := input.Decode([]byte(tt.in))
		if diff := cmp.Diff(campaign.Campaign{}, got); diff != "" {
			t.Errorf("%s: a refused campaign is not empty:\n%s", name, diff)
		}
		checkFaults(t, name, err, tt.want)
	}
}

func TestUnknownField(t *testing.T) {
	t.Parallel()
	const unknown = "is no field of a campaign"
	tests := map[string]string{
		"colour":                unknown,
		"simulation_mod":        unknown + "; did you mean simulation_mode?",
		"simulation_modes":      unknown + "; did you mean simulation_mode?",
		"taxt":                  unknown + "; did you mean text?",
		"purpsoe":               unknown + "; did you mean purpose?",
		"tpye":                  unknown + "; did you mean type?",
		"sendAt":                unknown + "; did you mean send_at?",
		"Send-At":               unknown + "; did you mean send_at?",
		"Labels":                unknown + "; did you mean labels?",
		"ID":                    unknown + "; did you mean id?",
		"ip":                    unknown,
		"simulation":            unknown + "; did you mean simulation_mode?",
		"auto":                  unknown, // two fields begin so
		"te":                    unknown,
		"":                      unknown,
		strings.Repeat("x", 99): unknown,
		"request_id":            "is octoq's own: give your idempotency key as id",
	}
	for name, want := range tests {
		if got := input.UnknownField(name).Problem; got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func checkFaults(t *testing.T, name string, err error, want []string) {
	t.Helper()
	invalid, ok := errors.AsType[*campaign.ValidationError](err)
	if !ok || !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("%s: got %v, want a ValidationError", name, err)
		return
	}
	if len(invalid.Faults) != len(want) {
		t.Errorf("%s: got %d faults %v, want %d", name, len(invalid.Faults), invalid.Faults, len(want))
		return
	}
	for i, f := range invalid.Faults {
		field, part, _ := strings.Cut(want[i], ": ")
		if field = strings.TrimSuffix(field, ":"); f.Field != field || !strings.Contains(f.Problem, part) {
			t.Errorf("%s: got %v, want %s", name, f, want[i])
		}
	}
}

func TestDecodingNamesTheCampaign(t *testing.T) {
	t.Parallel()
	_, err := input.Decode([]byte(`{"text":"x","id":"monday-1"}`))
	if invalid, ok := errors.AsType[*campaign.ValidationError](err); !ok || invalid.ID != "monday-1" {
		t.Errorf("got %v, want the id monday-1 in it", err)
	}
}

func TestManyFaultsAreCounted(t *testing.T) {
	t.Parallel()
	rubbish := strings.Repeat(`"unknown":1,`, 80_000)
	_, err := input.Decode([]byte("{" + rubbish + campaigntest.DocumentedJSON[1:]))
	invalid, ok := errors.AsType[*campaign.ValidationError](err)
	if !ok || len(invalid.Faults) != 51 {
		t.Fatalf("got %v, want 51 faults", err)
	}
	if got, want := invalid.Faults[50].String(), "and 79950 more faults"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryJSONFieldCanBeRead(t *testing.T) {
	t.Parallel()
	var names []string
	for f := range reflect.TypeFor[campaign.Campaign]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(input.Fields()))); diff != "" {
		t.Errorf("struct and table differ (-struct +table):\n%s", diff)
	}
	for _, f := range input.Fields() {
		var c campaign.Campaign
		if value, ok := campaigntest.FullText()[f]; ok {
			c = build(t, f, value)
		} else {
			c = build(t, f, "my_list")
		}
		fields := map[string]any{}
		data, err := json.Marshal(c)
		if err != nil || json.Unmarshal(data, &fields) != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if _, ok := fields[f]; !ok {
			t.Errorf("%s was set, but is not in %s", f, data)
		}
	}
}

// build sets one field of an otherwise valid campaign.
func build(t *testing.T, field, value string) campaign.Campaign {
	t.Helper()
	c := campaigntest.Documented()
	if field == "tag_name" {
		c.ListName = ""
	}
	b := input.Edit(c)
	b.Set(field, value)
	got, err := b.Campaign()
	if err != nil {
		t.Fatalf("set %s: %v", field, err)
	}
	return got
}

func TestBuilderReadsText(t *testing.T) {
	t.Parallel()
	var b input.Builder
	for name, value := range campaigntest.FullText() {
		b.Set(name, value)
	}
	got, err := b.Campaign()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(campaigntest.Full(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBuilderRefusesText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ field, value, want string }{
		"a number for a bool":    {"simulation_mode", "2", `simulation_mode: "2" is neither true nor false`},
		"a word for a bool":      {"auto_optimize_text", "maybe", "auto_optimize_text: neither"},
		"a local time":           {"send_at", "2030-10-03 07:42", "send_at: has no offset"},
		"two amounts in one":     {"max_cost", "2,580", "max_cost: could be 2580 or 2 and a fraction"},
		"labels that are no map": {"labels", "shop=3", "labels: is no JSON object"},
		"labels in an array":     {"labels", `["a"]`, "labels: is an array"},
		"an unknown field":       {"txt", "x", "txt: did you mean text?"},
		"a label without a name": {"labels.", "x", `labels."": has no name`},
		"a label too long":       {"labels.shop", strings.Repeat("x", 257), "labels.shop: 257 bytes"},
	}
	for name, tt := range tests {
		b := input.Edit(campaigntest.Documented())
		b.Set(tt.field, tt.value)
		_, err := b.Campaign()
		checkFaults(t, name, err, []string{tt.want})
	}
}

func TestEditLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()
	original := campaigntest.Full()
	b := input.Edit(original)
	for _, f := range input.Fields() {
		if f != "text" && f != "type" && f != "purpose" && f != "tag_name" && f != "labels" {
			b.Set(f, "")
		}
	}
	b.Set("labels.shop", "4")
	b.Set("labels.team", "")
	b.Set("labels.new", "x")
	got, err := b.Campaign()
	if err != nil {
		t.Fatal(err)
	}
	want := campaign.Campaign{
		TagName: original.TagName, Text: original.Text, Type: original.Type, Purpose: original.Purpose,
		Labels: map[string]string{"shop": "4", "new": "x"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("edited (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(campaigntest.Full(), original); diff != "" {
		t.Errorf("original (-want +got):\n%s", diff)
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	a, b := campaigntest.Full(), campaigntest.Full()
	b.ID, b.Account = "other", "other"
	b.SendAt, b.ExpiresAt = b.SendAt.UTC(), b.ExpiresAt.Local()
	if !content.Same(a, b) || !content.Same(b, a) {
		t.Error("got different, want the same: only id, account and offsets differ")
	}
	if c := campaigntest.Documented(); !content.Same(c, campaigntest.Documented()) || content.Same(c, a) {
		t.Error("the documented example is itself and nothing else")
	}
	other := maps.Clone(campaigntest.FullText())
	maps.Copy(other, map[string]string{
		"tag_name": "others", "text": "Other STOP", "type": "sms_premium", "purpose": "wholesale", "sender": "Other",
		"send_at": "2030-10-03T07:42:40-07:00", "not_before": "2030-10-01T00:00:01Z", "expires_at": "2030-10-04T00:00:00.6+05:30",
		"segmentation": "group", "confirm": "auto", "late": "dead", "window": "08:00-20:01 UTC", "max_cost": "12.51", "labels": `{"shop":"3"}`,
	})
	for _, f := range input.Fields() {
		if f == "id" || f == "account" || f == "list_name" {
			continue
		}
		for _, value := range []string{other[f], ""} {
			if value == campaigntest.FullText()[f] {
				value = "" // booleans: cleared
			}
			if f == "auto_optimize_text" && value == "" {
				value = "yes"
			}
			if required := slices.Contains([]string{"tag_name", "text", "type", "purpose"}, f); required && value == "" {
				continue
			}
			e := input.Edit(campaigntest.Full())
			e.Set(f, value)
			changed, err := e.Campaign()
			if err != nil {
				t.Fatalf("%s=%q: %v", f, value, err)
			}
			if content.Same(a, changed) {
				t.Errorf("%s=%q: got the same, want a difference", f, value)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		campaigntest.DocumentedJSON, campaigntest.FullJSON, `{"text":"\ud83d\udc4d \ud83d"}`, `{"labels":{"a":{"b":["}",1]},"a":"\""}}`, `{"max_cost":1e-999}`,
		`{"a":1}{`, `{"":""}`, `[`, "{}\x00", `{"send_at":"2030-10-03T07:42:39+24:00"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := input.Decode(data)
		if err != nil {
			if !errors.Is(err, campaign.ErrInvalid) {
				t.Fatalf("got %v, want ErrInvalid", err)
			}
			return
		}
		checkRoundTrip(t, c)
	})
}

// checkRoundTrip checks that a campaign that was accepted is valid, and the
// same again after it was written and read.
func checkRoundTrip(t *testing.T, c campaign.Campaign) {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatalf("accepted, but %v", err)
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatalf("accepted, but cannot be written: %v", err)
	}
	again, err := input.Decode(data)
	if err != nil || !content.Same(c, again) || c.ID != again.ID || c.Account != again.Account {
		t.Fatalf("got %+v, %v after writing %s", again, err, data)
	}
}

func BenchmarkDecode(b *testing.B) {
	data := []byte(campaigntest.DocumentedJSON)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := input.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	c := campaigntest.Full()
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}
