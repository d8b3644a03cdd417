package enqueue_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/zone"
)

var update = flag.Bool("update", false, "write the golden files anew: read them, then, line by line")

// sheet is one way of reading a file of testdata/sheets. The tests' golden file has
// the items that it yields.
type sheet struct {
	file, how string // how says the options, for people
	options   func(*enqueue.ReadOptions)
}

// inParisAs reads times of Paris, with days and months in an order.
func inParisAs(order enqueue.DateOrder) func(*enqueue.ReadOptions) {
	return func(o *enqueue.ReadOptions) {
		o.Zone, _ = zone.Load("Europe/Paris")
		o.Dates = order
	}
}

// sheets are all files of the folder, some of them read in several ways.
func sheets() []sheet {
	const french = "Europe/Paris dmy"
	dayFirst, monthFirst, zone := inParisAs(enqueue.DayFirst), inParisAs(enqueue.MonthFirst), inParisAs("")
	asCSV := func(o *enqueue.ReadOptions) { dayFirst(o); o.Format = enqueue.FormatCSV }
	own := map[string]string{
		"Campagne": "id", "Liste": "list_name", "message (160 car. max., sans accents)": "text", "Nature": "type", "But": "purpose",
		"Envoi le": "send_at", "BUDGET": "max_cost", "Boutique": "labels.boutique",
	}
	columns := func(columns map[string]string, ignored ...string) func(*enqueue.ReadOptions) {
		return func(o *enqueue.ReadOptions) { dayFirst(o); o.Columns, o.IgnoreColumns = columns, ignored }
	}
	return []sheet{
		{"libreoffice-fr.csv", french, dayFirst},
		{"libreoffice-de.csv", french, dayFirst},
		{"libreoffice-us.csv", "Europe/Paris mdy", monthFirst},
		{"libreoffice-gb.csv", french, dayFirst},
		{"libreoffice-gb.csv", "Europe/Paris", zone},
		{"libreoffice-tab.tsv", french, dayFirst},
		{"libreoffice-pipe.csv", french, dayFirst},
		{"libreoffice-quoted.csv", french, dayFirst},
		{"libreoffice-utf16.csv", french, dayFirst},
		{"libreoffice-windows1252.csv", french, dayFirst},
		{"excel-fr-utf8.csv", french, dayFirst},
		{"excel-fr-windows1252.csv", french, dayFirst},
		{"excel-mac-cr.csv", french, dayFirst},
		{"excel-mac-roman.csv", french, dayFirst},
		{"excel-unicode-text.txt", french + " csv", asCSV},
		{"utf16-be.csv", french, dayFirst},
		{"utf16-without-mark.csv", french, dayFirst},
		{"excel-sep-line.csv", french, dayFirst},
		{"sep-line-pipe.csv", french, dayFirst},
		{"excel-de-utf8.csv", french, dayFirst},
		{"excel-us-utf8.csv", "Europe/Paris mdy", monthFirst},
		{"trailing-columns.csv", "", nil},
		{"trailing-content.csv", "", nil},
		{"nameless-middle.csv", "", nil},
		{"omitted-cells.csv", "", nil},
		{"cell-errors.csv", french, dayFirst},
		{"dates.csv", "", nil},
		{"dates.csv", french, dayFirst},
		{"dates.csv", "Europe/Paris mdy", monthFirst},
		{"clock-change.csv", "Europe/Paris", zone},
		{"amounts.csv", "", nil},
		{"booleans.csv", "", nil},
		{"google-fr.csv", french, dayFirst},
		{"google-fr.tsv", french, dayFirst},
		{"postgres-copy.csv", "", nil},
		{"postgres-psql-unaligned.csv", "", nil},
		{"postgres-copy-text.tsv", "", nil},
		{"postgres-row-to-json.jsonl", "", nil},
		{"postgres-row-to-json.jsonl", "Europe/Paris", zone},
		{"own-columns.csv", french, dayFirst},
		{"own-columns.csv", french + " columns, ignored Notes", columns(own, "notes")},
		{"own-columns.csv", french + " columns, ignored *", columns(own, enqueue.AllColumns)},
		{"own-columns.csv", french + " a column that is not there, ignored *", columns(map[string]string{"Envoi": "send_at"}, enqueue.AllColumns)},
		{"near-misses.csv", "ignored *", columns(nil, enqueue.AllColumns)},
		{"near-misses.csv", "ignored * and sendt_at", columns(nil, enqueue.AllColumns, "sendt_at")},
		{"ignored-limits.csv", "ignored *", columns(nil, enqueue.AllColumns)},
		{"header-spellings.csv", "account shop-7", func(o *enqueue.ReadOptions) { o.Account = "shop-7" }},
		{"header-twice.csv", "", nil},
		{"quotes.csv", "", nil},
		{"cell-errors-languages.csv", "", nil},
		{"formulas.csv", "", nil},
		{"pandas.csv", "Europe/Paris", zone},
		{"r-write-csv.csv", "", nil},
		{"mysql-batch.tsv", "", nil},
		{"powershell-type.csv", "", nil},
		{"numbers-table.csv", "", nil},
		{"pandas-index.csv", "", nil},
		{"pandas-index.csv", "ignored *", columns(nil, enqueue.AllColumns)},
		{"header-unseen.csv", "", nil},
		{"workbook.csv", "", nil},
		{"gzip.csv", "", nil},
		{"empty.csv", "", nil},
		{"powershell.jsonl", "", nil},
		{"mark-crlf.jsonl", "", nil},
		{"cr.jsonl", "", nil},
		{"windows1252.jsonl", "", nil},
		{"utf16-without-mark.jsonl", "", nil},
		{"half-a-character.jsonl", "", nil},
		{"zero-time.jsonl", "Europe/Paris", zone},
		{"array.jsonl", "", nil},
		{"for-people.jsonl", "", nil},
		{"csv-inside.jsonl", "", nil},
		{"own-members.jsonl", "columns, ignored notes", columns(map[string]string{"liste": "list_name", "boutique": "labels.boutique"}, "notes")},
	}
}

func sheetFile(name string) string { return filepath.Join("testdata", "sheets", name) }

// read returns the items of a sheet, one a line.
func (s sheet) read(t *testing.T) string {
	t.Helper()
	f, err := os.Open(sheetFile(s.file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var o enqueue.ReadOptions
	if s.options != nil {
		s.options(&o)
	}
	if o.Format == "" {
		if o.Format, err = enqueue.FormatOf(s.file); err != nil {
			t.Fatal(err)
		}
	}
	items, err := o.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", s.file, err)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	fmt.Fprintf(&b, "== %s %s\n", s.file, s.how)
	for item := range items {
		if item.Err != nil {
			fmt.Fprintf(&b, "%v\n", item.Err)
			continue
		}
		fmt.Fprintf(&b, "line %d: ", item.Line)
		if err := e.Encode(item.Campaign); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Files as spreadsheets, databases and shells write them are read to the campaigns
// that they mean, or refused with line, column and remedy.
func TestSheets(t *testing.T) {
	t.Parallel()
	golden := filepath.Join("testdata", "sheets.golden")
	var got strings.Builder
	read := map[string]bool{}
	for _, s := range sheets() {
		read[s.file] = true
		got.WriteString(s.read(t))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	files, err := filepath.Glob(sheetFile("*.*[lvt]"))
	if err != nil || len(files) < 40 {
		t.Fatalf("got %d files, %v, want 40 at least", len(files), err)
	}
	for _, file := range files {
		if name := filepath.Base(file); !read[name] {
			t.Errorf("%s is read in no way", name)
		}
	}
}

// What a sheet refuses can be corrected in its file of rejects, which is read with
// the same options: as it is, it is refused again, and no good line gets into it.
func TestSheetsRejects(t *testing.T) {
	t.Parallel()
	for _, s := range sheets() {
		file, err := os.ReadFile(sheetFile(s.file))
		if err != nil {
			t.Fatal(err)
		}
		var o enqueue.ReadOptions
		if s.options != nil {
			s.options(&o)
		}
		if o.Format == "" {
			o.Format, _ = enqueue.FormatOf(s.file)
		}
		first := rejectsOf(t, o, strings.NewReader(string(file)))
		if first == "" || len(file) == 0 {
			continue
		}
		if second := rejectsOf(t, o, strings.NewReader(first)); strings.Count(first, "\n") != strings.Count(second, "\n") {
			t.Errorf("%s %s: got\n%s\nof the rejects\n%s", s.file, s.how, second, first)
		}
	}
}

// A program that reads refusals finds line, column, field and remedy each by
// itself.
func TestRefusalsAreStructured(t *testing.T) {
	t.Parallel()
	const in = "id;List name;text;type;purpose;Envoi le\na;l;x;sms_premium;alert;03/12/2026 09:00\n"
	items, err := enqueue.ReadOptions{Format: enqueue.FormatCSV, Columns: map[string]string{"envoi le": "send_at"}}.Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	for item := range items {
		got, err := json.Marshal(item.Err)
		const want = `{"line":2,"id":"a","faults":[{"column":6,"header":"Envoi le","field":"send_at",` +
			`"problem":"\"03/12/2026 09:00\" does not say whether the day or the month comes first",` +
			`"remedy":"say which it is for the whole file (--dates dmy or --dates mdy), or write it as 2018-10-03T07:42:39-07:00"}]}`
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

func TestReadOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options enqueue.ReadOptions
		want    string
	}{
		"no format":           {enqueue.ReadOptions{}, `format: "" is none`},
		"a format":            {enqueue.ReadOptions{Format: "xlsx"}, "csv or jsonl is wanted"},
		"an order":            {enqueue.ReadOptions{Format: "csv", Dates: "ymd"}, `dates: "ymd" is no order`},
		"an account":          {enqueue.ReadOptions{Format: "csv", Account: "Shop"}, `account: "Shop" is no account`},
		"a field":             {enqueue.ReadOptions{Format: "csv", Columns: map[string]string{"Liste": "listname"}}, "did you mean list_name?"},
		"a label's name":      {enqueue.ReadOptions{Format: "csv", Columns: map[string]string{"Shop": "labels."}}, "is no field"},
		"one column twice":    {enqueue.ReadOptions{Format: "csv", Columns: map[string]string{"A b": "text", "a_B": "type"}}, "is named twice"},
		"named and ignored":   {enqueue.ReadOptions{Format: "csv", Columns: map[string]string{"A": "text"}, IgnoreColumns: []string{"a"}}, "is named twice"},
		"no column":           {enqueue.ReadOptions{Format: "csv", IgnoreColumns: []string{" "}}, "is no name of a column"},
		"all of JSON ignored": {enqueue.ReadOptions{Format: "jsonl", IgnoreColumns: []string{"*"}}, "ignore_columns: * is for CSV"},
	} {
		_, err := tt.options.Read(strings.NewReader(""))
		if option, ok := errors.AsType[*enqueue.OptionError](err); !ok || !strings.Contains(option.Error(), tt.want) {
			t.Errorf("%s: got %v, want an OptionError with %q", name, err, tt.want)
		}
	}
	if _, err := (enqueue.ReadOptions{Format: "csv", IgnoreColumns: []string{"a", "a", "*"}}).Read(strings.NewReader("")); err != nil {
		t.Errorf("ignored twice: got %v, want it to be fine", err)
	}
}

// rejectsOf is the file of rejects of an input.
func rejectsOf(t *testing.T, o enqueue.ReadOptions, in io.Reader) string {
	t.Helper()
	items, err := o.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for item := range items {
		if item.Err == nil {
			continue
		}
		if header := item.RejectHeader(); b.Len() == 0 && header != nil {
			b.Write(append(header, '\n'))
		}
		b.Write(append(item.Reject(), '\n'))
	}
	return b.String()
}
