package enqueue_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// The two campaigns of the samples in testdata.
func monday1() campaign.Campaign {
	return campaign.Campaign{
		ID: "monday-1", ListName: "my_list", Text: "This is a Premium SMS with STOP. STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, Sender: "Company X",
	}
}

func monday2() campaign.Campaign {
	return campaign.Campaign{
		ID: "monday-2", TagName: "clients", Text: "Votre commande est prête",
		Type: campaign.TypeLowCost, Purpose: campaign.PurposeAlert,
		SendAt: time.Date(2030, 10, 3, 7, 42, 39, 0, time.FixedZone("", -7*3600)),
		Labels: map[string]string{"shop": "3"},
	}
}

// itemLines is what a reader made of an input, an item a line: "3 ok monday-1", or
// "4 bad [raw]: error".
func itemLines(items iter.Seq[enqueue.Item]) []string {
	var all []string
	for item := range items {
		if item.Err == nil {
			all = append(all, fmt.Sprintf("%d ok %s", item.Line, item.Campaign.ID))
		} else {
			all = append(all, fmt.Sprintf("%d bad %q: %v", item.Line, item.Raw, item.Err))
		}
	}
	return all
}

// checkItems compares what a reader yielded with what each line shall begin with
// and, behind a "…", contain.
func checkItems(t *testing.T, name string, items iter.Seq[enqueue.Item], want []string) {
	t.Helper()
	got := itemLines(items)
	same := slices.EqualFunc(got, want, func(got, want string) bool {
		begin, part, _ := strings.Cut(want, "…")
		return strings.HasPrefix(got, begin) && strings.Contains(got, part)
	})
	if !same {
		t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOpenReadsTheSamples(t *testing.T) {
	t.Parallel()
	tests := map[string][]enqueue.Item{
		"campaigns.jsonl": {{Line: 1, Campaign: monday1()}, {Line: 3, Campaign: monday2()}},
		"campaigns.csv":   {{Line: 2, Campaign: monday1()}, {Line: 3, Campaign: monday2()}},
		"spreadsheet.csv": {
			{Line: 2, Campaign: campaign.Campaign{
				ID: "monday-1", ListName: "my_list", Text: "Bonjour;\nc'est \"lundi\" STOP", Type: campaign.TypePremium,
				Purpose: campaign.PurposeWholesale, MaxCost: 125_000, SimulationMode: true,
			}},
			{Line: 5, Campaign: campaign.Campaign{
				ID: "monday-2", ListName: "my_list", Text: "STOP", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
			}},
		},
	}
	for name, want := range tests {
		f, err := enqueue.Open(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, slices.Collect(f.Items())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if err := f.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	}
}

func TestLatin1IsRefused(t *testing.T) {
	t.Parallel()
	f, err := enqueue.Open(filepath.Join("testdata", "latin1.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	checkItems(t, "latin1.csv", f.Items(), []string{
		`2 bad "monday-1;my_list;Pr\xeat, STOP;sms_premium;wholesale": line 2: column 3: the line is … not UTF-8: is the file Latin-1`,
		`3 ok monday-2`,
	})
}

func TestReadGoesByTheName(t *testing.T) {
	t.Parallel()
	csv, jsonl := "testdata/campaigns.csv", "testdata/campaigns.jsonl"
	for name, sample := range map[string]string{"a.csv": csv, "dir/b.CSV": csv, "a.jsonl": jsonl, "a.ndjson": jsonl, "a.b.json": jsonl, "-": jsonl} {
		data, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		items, err := enqueue.Read(name, bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := len(slices.Collect(items)); got != 2 {
			t.Errorf("%s: got %d campaigns, want 2", name, got)
		}
	}
	for _, name := range []string{"a.txt", "a", "", "a.csv.gz", "csv"} {
		_, err := enqueue.Read(name, strings.NewReader(""))
		if err == nil || !strings.Contains(err.Error(), "known are .csv") || errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("%s: got %v, want an error that names the known extensions", name, err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	if _, err := enqueue.Open(filepath.Join(t.TempDir(), "none.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want one of a missing file", err)
	}
	if _, err := enqueue.Open("testdata/campaigns.xlsx"); err == nil || !strings.Contains(err.Error(), ".xlsx") {
		t.Errorf("got %v, want one of an unknown extension", err)
	}
}

func TestClosingStandardInputLeavesItOpen(t *testing.T) {
	t.Parallel()
	f, err := enqueue.Open("-")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stdin.Stat(); err != nil {
		t.Errorf("standard input: got %v, want it open", err)
	}
}

// The rest of a line that was cut off by a failure may look like a whole one:
// it must not be taken.
func TestAnInputThatBreaksOff(t *testing.T) {
	t.Parallel()
	broken := errors.New("cable cut")
	good := `{"id":"a","list_name":"l","text":"x","type":"sms_premium","purpose":"alert"}`
	row := "l,x,sms_premium,alert"
	tests := map[string]struct {
		items iter.Seq[enqueue.Item]
		want  []string
	}{
		"JSON": {
			enqueue.JSONLines(io.MultiReader(strings.NewReader(good+"\n"+good), iotest.ErrReader(broken))),
			[]string{"1 ok a", "2 bad \"\": read line 2…cable cut"},
		},
		"CSV": {
			enqueue.CSV(io.MultiReader(strings.NewReader(csvHeader+"\n"+row+"\n"+row), iotest.ErrReader(broken))),
			[]string{"2 ok ", "3 bad \"\": read line 3…cable cut"},
		},
		"CSV in a quoted cell": {
			enqueue.CSV(io.MultiReader(strings.NewReader(csvHeader+"\n"+row+"\nl,\"x\ny\n"), iotest.ErrReader(broken))),
			[]string{"2 ok ", "3 bad \"\": read line 3…cable cut"},
		},
		"CSV in the header": {
			enqueue.CSV(io.MultiReader(strings.NewReader(csvHeader), iotest.ErrReader(broken))),
			[]string{"1 bad \"\": read line 1…cable cut"},
		},
	}
	for name, tt := range tests {
		var last error
		items := func(yield func(enqueue.Item) bool) {
			for item := range tt.items {
				last = item.Err
				if !yield(item) {
					return
				}
			}
		}
		checkItems(t, name, items, tt.want)
		if !errors.Is(last, broken) || errors.Is(last, campaign.ErrInvalid) {
			t.Errorf("%s: got %v, want an error of reading", name, last)
		}
	}
}

func TestReadersStopWhenAsked(t *testing.T) {
	t.Parallel()
	for name, items := range map[string]iter.Seq[enqueue.Item]{
		"JSON": enqueue.JSONLines(strings.NewReader("1\n2\n3\n")),
		"CSV":  enqueue.CSV(strings.NewReader(csvHeader + "\n1\n2\n3\n")),
	} {
		n := 0
		for range items {
			if n++; n == 2 {
				break
			}
		}
		if n != 2 {
			t.Errorf("%s: got %d items, want 2", name, n)
		}
	}
}

// endless is an input of the given size that repeats one piece.
func endless(piece string, size int64) io.Reader {
	return io.LimitReader(&repeated{piece: []byte(strings.Repeat(piece, 1+4096/len(piece)))}, size)
}

type repeated struct {
	piece []byte
	at    int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.piece[r.at:])
	r.at = (r.at + n) % len(r.piece)
	return n, nil
}

// However long a line is, reading allocates little. Not parallel: it measures
// all that is allocated meanwhile, so that no collection hides anything.
//
//nolint:paralleltest // it measures what the whole process allocates
func TestMemoryIsBounded(t *testing.T) {
	const size, bound = 100 << 20, 32 << 20
	good := `{"id":"last","list_name":"l","text":"x","type":"sms_premium","purpose":"alert"}`
	row := "l,last,sms_premium,alert"
	quoted := strings.NewReader(csvHeader + "\nl,\"")
	tests := map[string]struct {
		items iter.Seq[enqueue.Item]
		want  int
	}{
		"a line of JSON":     {enqueue.JSONLines(io.MultiReader(endless("x", size), strings.NewReader("\n"+good))), 2},
		"a quoted cell":      {enqueue.CSV(io.MultiReader(quoted, endless("x", size), strings.NewReader("\"\n"+row))), 2},
		"a header":           {enqueue.CSV(endless("x", size)), 1},
		"a header of commas": {enqueue.CSV(io.MultiReader(endless(",", enqueue.MaxLine), strings.NewReader("\n"))), 1},
		"a record of commas": {enqueue.CSV(io.MultiReader(strings.NewReader(csvHeader+"\n"), endless(",", enqueue.MaxLine))), 1},
	}
	for name, tt := range tests {
		before, n := allocated(), 0
		for item := range tt.items {
			n++
			if item.Err != nil && !errors.Is(item.Err, campaign.ErrInvalid) {
				t.Errorf("%s: %v", name, item.Err)
			}
		}
		if got := allocated() - before; got > bound {
			t.Errorf("%s: got %d MiB allocated, want at most %d", name, got>>20, bound>>20)
		}
		if n != tt.want {
			t.Errorf("%s: got %d items, want %d", name, n, tt.want)
		}
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// A quotation mark that is never closed would keep the rest of the file; the
// lines behind it are read one by one instead. Not parallel: it measures.
//
//nolint:paralleltest // it measures what the whole process allocates
func TestAnUnclosedQuotationMarkKeepsLittle(t *testing.T) {
	const lines, bound = 6_000, 4 << 20
	rows := endless("l,"+strings.Repeat("x", 1000)+",sms_premium,alert\n", lines*1021)
	before, n := kept(), 0
	for item := range enqueue.CSV(io.MultiReader(strings.NewReader(csvHeader+"\nl,\"x,sms_premium,alert\n"), rows)) {
		if n++; (item.Err != nil) != (n == 1) {
			t.Fatalf("item %d, line %d: got %v, want the first refused only", n, item.Line, item.Err)
		}
		if n%1000 == 1 {
			if got := kept() - before; got > bound {
				t.Fatalf("line %d: got %d KiB kept, want at most %d", item.Line, got>>10, bound>>10)
			}
		}
	}
	if n != 1+lines {
		t.Errorf("got %d items, want %d", n, 1+lines)
	}
}

// kept is what is in use and no garbage.
func kept() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
