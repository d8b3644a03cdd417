package enqueue_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/input"
)

func jsonLine(id string) string {
	return fmt.Sprintf(`{"id":%q,"list_name":"l","text":"x","type":"sms_premium","purpose":"alert"}`, id)
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	a, b := jsonLine("a"), jsonLine("b")
	padded := func(n int) string { return a + strings.Repeat(" ", n-len(a)) }
	tests := map[string]struct {
		in   string
		want []string
	}{
		"nothing":                {"", nil},
		"blank lines only":       {"\n \r\n\t\n", nil},
		"two":                    {a + "\n" + b + "\n", []string{"1 ok a", "2 ok b"}},
		"no line break at last":  {a + "\n" + b, []string{"1 ok a", "2 ok b"}},
		"CRLF":                   {a + "\r\n\r\n" + b + "\r\n", []string{"1 ok a", "3 ok b"}},
		"a byte order mark":      {"\uFEFF" + a + "\n" + b, []string{"1 ok a", "2 ok b"}},
		"only at the beginning":  {a + "\n\uFEFF" + b, []string{"1 ok a", "2 bad …invalid character"}},
		"a bad one between":      {a + "\n{}\n" + b, []string{"1 ok a", `2 bad "{}": line 2: list_name: is missing…purpose`, "3 ok b"}},
		"an unfinished one":      {a[:20] + "\n" + b, []string{`1 bad "{\"id…byte 20`, "2 ok b"}},
		"two on one line":        {a + b + "\n" + a, []string{"1 bad …nothing else", "2 ok a"}},
		"broken UTF-8":           {"\xe9\n" + b, []string{`1 bad "\xe9": line 1: … not valid UTF-8`, "2 ok b"}},
		"an unknown field":       {`{"id":"c","colour":1}` + "\n" + b, []string{`1 bad …campaign "c" is invalid: colour: is no field`, "2 ok b"}},
		"a line of full length":  {padded(enqueue.MaxLine) + "\n" + b, []string{"1 ok a", "2 ok b"}},
		"that, with CRLF":        {padded(enqueue.MaxLine) + "\r\n" + b, []string{"1 ok a", "2 ok b"}},
		"that, at the end":       {b + "\n" + padded(enqueue.MaxLine), []string{"1 ok b", "2 ok a"}},
		"one byte more":          {padded(enqueue.MaxLine+1) + "\n" + b, []string{`1 bad "": line 1: … longer than 1048576 bytes`, "2 ok b"}},
		"two bytes more":         {padded(enqueue.MaxLine+2) + "\n" + b, []string{`1 bad "": …longer`, "2 ok b"}},
		"three bytes more":       {padded(enqueue.MaxLine+3) + "\n" + b, []string{`1 bad "": …longer`, "2 ok b"}},
		"too long, at the end":   {b + "\n" + padded(enqueue.MaxLine+9), []string{"1 ok b", `2 bad "": …longer`}},
		"too long twice":         {padded(2<<20) + "\n" + padded(3<<20) + "\n" + b, []string{`1 bad …longer`, `2 bad …longer`, "3 ok b"}},
		"too long, blank behind": {strings.Repeat("x", 2<<20) + "\n\n" + b, []string{`1 bad …longer`, "3 ok b"}},
	}
	for name, tt := range tests {
		checkItems(t, name, enqueue.JSONLines(strings.NewReader(tt.in)), tt.want)
	}
}

func TestJSONLinesByteByByte(t *testing.T) {
	t.Parallel()
	in := "\uFEFF" + jsonLine("a") + "\r\n\r\nx\n" + jsonLine("b")
	checkItems(t, "byte by byte", enqueue.JSONLines(iotest.OneByteReader(strings.NewReader(in))),
		[]string{"1 ok a", `3 bad "x"`, "4 ok b"})
}

// What an item holds stays as it was while reading goes on.
func TestItemsOutliveTheirLine(t *testing.T) {
	t.Parallel()
	in := "first\nother\n" + strings.Repeat("z", 3<<20)
	var raws [][]byte
	for item := range enqueue.JSONLines(strings.NewReader(in)) {
		raws = append(raws, item.Raw)
	}
	if string(raws[0]) != "first" || string(raws[1]) != "other" || raws[2] != nil {
		t.Errorf("got %q, want first, other and nothing", raws[:2])
	}
}

func FuzzJSONLines(f *testing.F) {
	for _, seed := range []string{
		"", jsonLine("a"), "\uFEFF" + jsonLine("a") + "\r\n\r\n" + jsonLine("b"), "{}\n[]\nnull\n", "\xff\n\n\n1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		line := 0
		for item := range enqueue.JSONLines(strings.NewReader(string(data))) {
			checkItem(t, item, line)
			line = item.Line
		}
		if lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1; line > lines {
			t.Fatalf("got line %d of %d", line, lines)
		}
	})
}

// checkItem checks what holds for every item behind the given line.
func checkItem(t *testing.T, item enqueue.Item, after int) {
	t.Helper()
	if item.Line <= after {
		t.Fatalf("got line %d after %d", item.Line, after)
	}
	if item.Err == nil {
		if err := item.Campaign.Validate(); err != nil || item.Raw != nil {
			t.Fatalf("line %d was accepted, but %v, raw %q", item.Line, err, item.Raw)
		}
		return
	}
	refused, ok := errors.AsType[*enqueue.LineError](item.Err)
	if !ok || !errors.Is(item.Err, campaign.ErrInvalid) || refused.Line != item.Line || len(refused.Faults) == 0 {
		t.Fatalf("line %d: got %v, want a LineError of that line with faults", item.Line, item.Err)
	}
	if item.Campaign.Text != "" {
		t.Fatalf("line %d was refused, but holds a campaign", item.Line)
	}
}

// The longest line is the longest object that is read.
func TestMaxLineIsThatOfTheDecoder(t *testing.T) {
	t.Parallel()
	if enqueue.MaxLine != input.MaxSize {
		t.Errorf("got %d, want %d", enqueue.MaxLine, input.MaxSize)
	}
}
