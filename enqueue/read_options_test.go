package enqueue_test

import (
	"bytes"
	"io"
	"iter"
	"os"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/enqueue"
)

// optionsOf makes options of a number.
func optionsOf(n uint8) enqueue.ReadOptions {
	o := enqueue.ReadOptions{Format: enqueue.FormatCSV}
	if n&1 != 0 {
		o.Format = enqueue.FormatJSONLines
	}
	if n&2 != 0 {
		inParisAs(enqueue.DayFirst)(&o)
	}
	if n&4 != 0 {
		o.Columns = map[string]string{"Liste": "list_name", "Shop": "labels.shop"}
	}
	if n&8 != 0 {
		o.IgnoreColumns = []string{"notes"}
	}
	if n&16 != 0 && n&1 == 0 {
		o.IgnoreColumns = append(o.IgnoreColumns, enqueue.AllColumns)
	}
	if n&32 != 0 {
		o.Account = "shop"
	}
	return o
}

// FuzzReadOptions checks, for all options and ways of writing, that items are
// valid or refused with a line, and the same however the input comes in.
func FuzzReadOptions(f *testing.F) {
	for i, s := range sheets() {
		data, err := os.ReadFile(sheetFile(s.file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint8(i))
	}
	f.Add([]byte("sep=;\n\"a\rb\";text\r\nx\r"), uint8(0))
	f.Add([]byte("\xff\xfeI\x00D\x00\r\x00\x3d\xd8"), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, n uint8) {
		read := func(in io.Reader) iter.Seq[enqueue.Item] {
			items, err := optionsOf(n).Read(in)
			if err != nil {
				t.Fatal(err)
			}
			return items
		}
		var all []enqueue.Item
		after := 0
		for item := range read(bytes.NewReader(data)) {
			checkItem(t, item, after)
			after = item.Line
			all = append(all, item)
		}
		if len(data) > 10_000 {
			return // byte by byte takes long
		}
		if diff := cmp.Diff(all, slices.Collect(read(iotest.OneByteReader(bytes.NewReader(data))))); diff != "" {
			t.Fatalf("byte by byte (-whole +got):\n%s", diff)
		}
	})
}
