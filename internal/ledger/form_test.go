package ledger

import (
	"encoding/json"
	"errors"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// A field of Record that the form forgets, or a part of one, would be lost
// with the next load.
func TestFormKeepsEveryFact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := draw(t, func(string) bool { return true })
		for name, field := range facts(&want) {
			if field.IsZero() {
				t.Fatalf("the generator left %s zero", name)
			}
		}
		got, err := newForm().decode(hashIn(t, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("record differs (-want +got):\n%s", diff)
		}
	})
}

// Whatever is zero leaves no trace, and a write turns one hash into the other.
func TestDeltaTurnsBeforeIntoAfter(t *testing.T) {
	t.Parallel()
	f := newForm()
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) bool { return name == "State" || rapid.Bool().Draw(t, name) }
		before := draw(t, some)
		after := draw(t, some)
		if rapid.Bool().Draw(t, "alike") {
			after.Campaign, after.Started, after.Failure = before.Campaign, before.Started, before.Failure
		}
		d, err := f.compare(&before, after)
		if err != nil {
			t.Fatal(err)
		}
		got := hashIn(t, before)
		for i := 0; i < len(d.set); i += 2 {
			// The version is written each time: the record may be of an older one.
			if got[d.set[i]] == d.set[i+1] && d.set[i] != versionField {
				t.Errorf("%s is set to what it is: %s", d.set[i], d.set[i+1])
			}
			got[d.set[i]] = d.set[i+1]
		}
		for _, name := range d.remove {
			if _, ok := got[name]; !ok {
				t.Errorf("%s is removed and was not there", name)
			}
			delete(got, name)
		}
		want := hashIn(t, after)
		for _, name := range []string{"revision", "last", "updated_at", "applied"} {
			delete(got, name)
			delete(want, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("hash differs (-want +got):\n%s", diff)
		}
	})
}

func TestEntriesKeepEveryFact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var want campaign.Entry
		fill(t, reflect.ValueOf(&want).Elem())
		items, err := encodeEntries([]campaign.Entry{want})
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeEntries([]string{`{"at":` + items[0] + `,` + items[1][1:]})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]campaign.Entry{want}, got); diff != "" {
			t.Fatalf("entry differs (-want +got):\n%s", diff)
		}
	})
}

func TestDecodeRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	f := newForm()
	good := map[string]string{"v": "1", "state": "queued", "campaign": "{}"}
	if _, err := f.decode(good); err != nil {
		t.Fatalf("good hash: %v", err)
	}
	for name, value := range map[string]string{
		"run": "one", "updated_at": "now", "approved": "yes", "failure": "{", "idle": "1h", "claim_deadline": "x",
	} {
		hash := map[string]string{name: value}
		for k, v := range good {
			hash[k] = v
		}
		_, err := f.decode(hash)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: got %v, want an error that names the field", name, value, err)
		}
	}
	for _, v := range []string{"", "0", strconv.Itoa(record.NewestVersion + 1)} {
		if _, err := f.decode(map[string]string{"v": v, "state": "queued"}); !errors.Is(err, campaign.ErrVersion) {
			t.Errorf("version %q: got %v, want %v", v, err, campaign.ErrVersion)
		}
	}
}

// FuzzDecode reads whatever Redis holds without a panic.
func FuzzDecode(f *testing.F) {
	f.Add(`{"v":"1","state":"dead","failure":"{}","claim_token":"x","started":"{\"create\":{}}"}`)
	f.Add(`{"v":"1","state":"queued","orphans":"[null]","applied":" a  b"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var hash map[string]string
		if json.Unmarshal([]byte(text), &hash) != nil {
			return
		}
		r, err := newForm().decode(hash)
		if err == nil && !r.State.Valid() {
			t.Errorf("got a record in the state %q", r.State)
		}
	})
}

// hashIn is the hash that a record makes.
func hashIn(t *rapid.T, r record.Record) map[string]string {
	f := newForm()
	hash := map[string]string{"v": "1"}
	if r.Campaign.Late != "" || r.Campaign.Window != "" {
		hash["v"] = "2"
	}
	if r.AskRun != 0 || r.Cover != nil {
		hash["v"] = "3"
	}
	if r.Removal != "" || r.Removals != 0 || r.PolicyRevision != 0 || len(r.Reserved) > 0 || r.SentOrphan != "" {
		hash["v"] = "4"
	}
	for _, fd := range f {
		value, err := fd.put(&r)
		if err != nil {
			t.Fatal(err)
		}
		if value != "" {
			hash[fd.name] = value
		}
	}
	return hash
}

// draw makes a record in which the chosen facts are not zero, whatever fields
// Record may have by then.
func draw(t *rapid.T, chosen func(field string) bool) record.Record {
	var r record.Record
	for name, field := range facts(&r) {
		if chosen(name) {
			fill(t, field)
		}
	}
	r.State = rapid.SampledFrom(campaign.States()).Draw(t, "state")
	return r
}

// facts are the fields of a record, those that producers see among them, but for the
// timeline, which is stored by itself, and for what is packed.
func facts(r *record.Record) iter.Seq2[string, reflect.Value] {
	v := reflect.ValueOf(r).Elem()
	return func(yield func(string, reflect.Value) bool) {
		for _, f := range reflect.VisibleFields(v.Type()) {
			if !f.Anonymous && f.Name != "Timeline" && f.Name != "Packed" && !yield(f.Name, v.FieldByIndex(f.Index)) {
				return
			}
		}
	}
}

// fill makes a value and all its parts something else than zero, to the
// precision of the ledger.
func fill(t *rapid.T, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, "time")).UTC()
		return
	case *time.Duration:
		*p = time.Duration(rapid.Int64Range(1, 1e10).Draw(t, "span")) * time.Millisecond
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.StringMatching(`[a-z"<é\\{]{1,6}`).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.OneOf(rapid.Int64Range(1, 1e15), rapid.Int64Range(-1e15, -1)).Draw(t, "number"))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(1, 2).Draw(t, "length"), 2))
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Map:
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, k)
		fill(t, e)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(k, e)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("the generator knows no %s", v.Type())
	}
}
