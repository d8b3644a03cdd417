package task

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

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
