package task

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
)

// reflected is the payload as encoding/json writes it.
func reflected(t *testing.T, f First) []byte {
	t.Helper()
	c := f.Campaign
	c.ID, c.Account = "", ""
	b, err := write(firstPayload{
		Version: f.version(), At: f.EnqueuedAt.UnixMilli(), Origin: f.Origin, Nonce: f.Nonce, By: f.EnqueuedBy, Authors: f.Authors, Campaign: &c,
	}, "")
	if err != nil {
		t.Fatalf("encoding/json: %v", err)
	}
	if f.version() >= short {
		for _, usual := range []string{`"type":"sms_premium",`, `"purpose":"wholesale",`} {
			b = bytes.Replace(b, []byte(usual), nil, 1)
		}
	}
	return b
}

func compare(t *testing.T, f First) {
	t.Helper()
	got, err := appendFirst([]byte("before"), &f)
	if want := reflected(t, f); err != nil || !bytes.Equal(got, append([]byte("before"), want...)) {
		t.Errorf("got  %s (%v)\nwant %s behind \"before\"", got, err, want)
	}
}

// Each field of a campaign by itself, and all of them: one that campaigns get
// and the payload does not would be lost without a word.
func TestPayloadHoldsEveryField(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 6, 1, 12, 0, 0, 123456789, time.FixedZone("", 5*3600+1800))
	no := false
	var all First
	fields := reflect.TypeFor[campaign.Campaign]()
	for i := range fields.NumField() {
		var f First
		for _, c := range []*campaign.Campaign{&f.Campaign, &all.Campaign} {
			switch p := reflect.ValueOf(c).Elem().Field(i).Addr().Interface().(type) {
			case *string:
				*p = "value of " + fields.Field(i).Name
			case *bool:
				*p = true
			case **bool:
				*p = &no
			case *time.Time:
				*p = at
			case *campaign.Money:
				*p = 25_800
			case *map[string]string:
				*p = map[string]string{"b": "2", "a": "<1>", "": "\u2028"}
			default:
				t.Fatalf("%s has a type that this test does not know", fields.Field(i).Name)
			}
		}
		compare(t, f)
	}
	all.EnqueuedAt, all.Origin, all.Nonce = at, "f9ba06e11da8390f", "nonce"
	compare(t, all)
	all.EnqueuedBy = "schedule:<monday>"
	compare(t, all)
	all.Authors = []string{"user:anna", "Löwe \"x\""}
	compare(t, all)
}

// A short payload says what is not usual, and is read as it was written.
func TestWhatIsUsualIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, purpose, want string }{
		{campaign.TypePremium, campaign.PurposeWholesale, `{"v":4,"t":0,"b":"user:anna","c":{"text":"Hello","sender":"Shop"}}`},
		{campaign.TypeLowCost, campaign.PurposeWholesale, `{"v":4,"t":0,"b":"user:anna","c":{"text":"Hello","type":"sms_low_cost","sender":"Shop"}}`},
		{campaign.TypePremium, campaign.PurposeAlert, `{"v":4,"t":0,"b":"user:anna","c":{"text":"Hello","purpose":"alert","sender":"Shop"}}`},
		{"", campaign.PurposeWholesale, `{"v":3,"t":0,"b":"user:anna","c":{"text":"Hello","type":"","purpose":"wholesale","sender":"Shop"}}`},
		{campaign.TypePremium, "", `{"v":3,"t":0,"b":"user:anna","c":{"text":"Hello","type":"sms_premium","purpose":"","sender":"Shop"}}`},
	} {
		f := First{EnqueuedAt: time.UnixMilli(0).UTC(), EnqueuedBy: "user:anna", Campaign: campaign.Campaign{
			ID: "a", Account: "shop", Text: "Hello", Type: c.kind, Purpose: c.purpose, Sender: "Shop",
		}}
		compare(t, f)
		payload, err := appendFirst(nil, &f)
		if string(payload) != c.want || err != nil {
			t.Errorf("got %s, %v, want %s", payload, err, c.want)
		}
		read := Task{Account: "shop", ID: "a"}
		if err := read.readFirst(payload); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, *read.First); diff != "" {
			t.Errorf("%s: read otherwise (-want +got):\n%s", payload, diff)
		}
		if text := Readable(TypeName(campaign.StageCreate), payload); c.kind != "" && !strings.Contains(text, `"type": "`+c.kind+`"`) {
			t.Errorf("%s: people read %s, want its type in it", payload, text)
		}
	}
}

// FuzzAppendString compares with encoding/json.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\/<>&", "\x00\x1f\x7f\b\f\n\r\t", "é€😀", "\u2028\u2029\ufffd", "a\xffb\xc3", strings.Repeat("\"é", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got := append(appendString(nil, s), '\n'); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("got %q, want %q", got, want.Bytes())
		}
	})
}
