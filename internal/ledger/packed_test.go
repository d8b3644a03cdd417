package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// newStore is a ledger that reads and writes hashes alone.
func newStore() *Store { return &Store{form: newForm(), compression: newCompression()} }

// packedHash is the packed form of a hash and a timeline.
func packedHash(t rapid.TB, hash map[string]string, log []string) map[string]string {
	t.Helper()
	fields, err := newCompression().pack(hash, log)
	if err != nil {
		t.Fatal(err)
	}
	return hashOf(fields)
}

// deflated is a compressed text.
func deflated(t rapid.TB, text ...byte) string {
	t.Helper()
	packed, err := newCompression().deflate(text)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// hashOf makes a hash of fields and values.
func hashOf(fields []string) map[string]string {
	hash := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		hash[fields[i]] = fields[i+1]
	}
	return hash
}

// A packed record has every fact of the record, those that a later octoq has added as
// well, and its timeline; only the tokens of its writes are gone.
func TestPackedKeepsEveryFact(t *testing.T) {
	t.Parallel()
	s := newStore()
	rapid.Check(t, func(t *rapid.T) {
		hash := hashIn(t, draw(t, func(name string) bool { return name == "State" || rapid.Bool().Draw(t, name) }))
		hash["of_a_later_octoq"] = string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		var log []string
		entries := make([]campaign.Entry, rapid.IntRange(0, 3).Draw(t, "entries"))
		for i := range entries {
			fill(t, reflect.ValueOf(&entries[i]).Elem())
			items, err := encodeEntries(entries[i : i+1])
			if err != nil {
				t.Fatal(err)
			}
			log = append(log, `{"at":`+items[0]+`,`+items[1][1:])
		}
		want, err := s.decode(hash)
		if err != nil {
			t.Fatal(err)
		}
		packed := packedHash(t, hash, log)
		if packed[versionField] != strconv.Itoa(record.PackedVersion) {
			t.Fatalf("version: got %q, want %d", packed[versionField], record.PackedVersion)
		}
		for name, value := range packed {
			if len(value) > partSize && len(hash[name]) <= partSize {
				t.Errorf("%s has %d bytes: got more than Redis keeps small", name, len(value))
			}
		}
		got, err := s.decode(packed)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, ignorePacked()); diff != "" {
			t.Fatalf("record differs (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(entries, got.Packed.Timeline, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("timeline differs (-want +got):\n%s", diff)
		}
		for _, name := range []string{"revision", "applied"} {
			delete(hash, name)
			delete(got.Packed.Facts, name)
		}
		if diff := cmp.Diff(hash, got.Packed.Facts); diff != "" {
			t.Fatalf("fields differ (-want +got):\n%s", diff)
		}
	})
}

// A write to a packed record leaves the hash that it would have left of the record.
func TestWritingOutAPackedRecord(t *testing.T) {
	t.Parallel()
	s := newStore()
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) bool { return name == "State" || rapid.Bool().Draw(t, name) }
		before, after := draw(t, some), draw(t, some)
		hash := hashIn(t, before)
		packed := packedHash(t, hash, nil)
		read, err := s.decode(packed)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.form.compare(&read, after)
		if err != nil {
			t.Fatal(err)
		}
		got := maps.Clone(packed)
		maps.Copy(got, hashOf(d.set))
		for _, name := range d.remove {
			delete(got, name)
		}
		want := hashIn(t, after)
		for _, name := range []string{"revision", "last", "updated_at", "applied"} { // the script's
			delete(got, name)
			delete(want, name)
			for i := 0; i < len(d.set); i += 2 {
				if d.set[i] == name {
					t.Errorf("%s is set, which is the script's to write", name)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("hash differs (-want +got):\n%s", diff)
		}
	})
}

// What is no packed record, or would be endless, is refused as what no octoq can read.
func TestBrokenPackedRecords(t *testing.T) {
	t.Parallel()
	s := newStore()
	good := packedHash(t, map[string]string{"v": "1", "state": "sent", "campaign": "{}"}, []string{`{"what":"sent"}`})
	if _, err := s.decode(good); err != nil {
		t.Fatalf("good: %v", err)
	}
	bomb := deflated(t, []byte(strings.Repeat("0", packedMost+1))...)
	for name, part := range map[string]string{
		"nothing": "", "no deflate": "\xff\xff", "cut": good["0"][:len(good["0"])/2], "no list": deflated(t, 200),
		"an item too long": deflated(t, 1, 200, 'x'), "no length": deflated(t, 2, 1, 'x'), "no timeline": deflated(t, 0),
		"a name without a value": deflated(t, 1, 1, 'x', 0), "no entry": deflated(t, 0, 1, 1, '{'),
		"more items than there can be": deflated(t, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), "too much": bomb,
	} {
		hash := map[string]string{"v": strconv.Itoa(record.PackedVersion), "state": "sent", "0": part}
		if r, err := s.decode(hash); !errors.Is(err, campaign.ErrVersion) {
			t.Errorf("%s: got %+v, %v, want ErrVersion", name, r, err)
		}
	}
	if len(packedHash(t, map[string]string{"campaign": strings.Repeat("0", packedMost)}, nil)) > 0 {
		t.Error("a record beyond the bound is packed: nobody could read it")
	}
}

// A record that makes more parts than Redis keeps small is one part.
func TestLargeRecordsArePackedToo(t *testing.T) {
	t.Parallel()
	var large strings.Builder
	for i := range 20_000 {
		large.WriteString(strconv.Itoa(i * i))
	}
	hash := map[string]string{"v": "1", "state": "sent", "campaign": `{"text":"` + large.String() + `"}`}
	packed := packedHash(t, hash, nil)
	if _, ok := packed[partName(1)]; ok {
		t.Errorf("got %d fields, want one part", len(packed))
	}
	r, err := newStore().decode(packed)
	if err != nil || r.Campaign.Text != large.String() {
		t.Errorf("got a text of %d bytes, %v, want %d", len(r.Campaign.Text), err, large.Len())
	}
}

// What was packed once is read for as long as it is kept. Where this fails the form, of which
// the dictionary is a part, has changed: leave version 5 as it is, and add another one.
func TestPackedRecordsOfVersion5(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(dictionaryText))); got != "97f62261e551ef0cec41d92a4740b1c02e0a9050c6007e8648b4b5147c1f26f0" {
		t.Errorf("the dictionary is another one: %s", got)
	}
	part, err := base64.StdEncoding.DecodeString("4oCXXaDaGlx2JeqSXFIhFUk6+EogbGUNomSpRcpc0AhnBekyZCxjNGR0gIUMLJ0YGhkTCBlUrwICAAD//w==")
	if err != nil {
		t.Fatal(err)
	}
	got, err := newStore().decode(map[string]string{"v": "5", "state": "sent", "revision": "5", "last": "t4", "0": string(part)})
	if err != nil {
		t.Fatal(err)
	}
	want := []campaign.Entry{{At: time.UnixMilli(1_700_000_000_123).UTC(), What: "sent", Who: "host:1", State: campaign.StateSent}}
	if diff := cmp.Diff(want, got.Packed.Timeline); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	if c := got.Campaign; c.Text != "Hello, STOP au 30101" || got.Ticket != "sms_1" || got.Cost != 25800 || got.Revision != 5 {
		t.Errorf("got %+v, want what was packed", got)
	}
}

// FuzzUnpack reads whatever stands in the parts without a panic.
func FuzzUnpack(f *testing.F) {
	f.Add(packedHash(f, map[string]string{"v": "1", "state": "sent", "campaign": "{}"}, []string{`{"what":"sent"}`})["0"], true)
	f.Add("\x01\x01x\x00", false)
	c := newCompression()
	f.Fuzz(func(t *testing.T, part string, packed bool) {
		if !packed {
			part = deflated(t, []byte(part)...)
		}
		p, err := c.unpack(map[string]string{"0": part})
		if err == nil && p.Parts != 1 {
			t.Errorf("got %d parts, want 1", p.Parts)
		}
		if _, err := json.Marshal(p); err != nil {
			t.Error(err)
		}
	})
}
