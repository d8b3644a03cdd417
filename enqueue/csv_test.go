package enqueue_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/octoq/octoq/enqueue"
)

// csvHeader has the columns that a file of alerts to lists needs.
const csvHeader = "list_name,text,type,purpose"

func TestCSV(t *testing.T) {
	t.Parallel()
	head := "id,list_name,text,type,purpose\n"
	row := func(id string) string { return id + ",l,x,sms_premium,alert\n" }
	tests := map[string]struct {
		in   string
		want []string
	}{
		"a header alone":                   {head, nil},
		"two":                              {head + row("a") + row("b"), []string{"2 ok a", "3 ok b"}},
		"no line break at last":            {head + strings.TrimSpace(row("a")), []string{"2 ok a"}},
		"blank lines":                      {"\n \r\n" + head + "\n" + row("a") + "\n\n" + row("b"), []string{"5 ok a", "8 ok b"}},
		"an empty record":                  {head + ",,,,\n" + row("b"), []string{"3 ok b"}},
		"an empty record of another width": {head + ",,\n" + row("b"), []string{"3 ok b"}},
		"spaces in the header":             {" id , list_name,text,type,purpose\n" + row("a"), []string{"2 ok a"}},
		"a quoted header":                  {"\"id\",\"list_name\",\"text\",type,purpose\n" + row("a"), []string{"2 ok a"}},
		"a line break":                     {head + "a,l,\"x\ny\",sms_premium,alert\n" + row("b"), []string{"2 ok a", "4 ok b"}},
		"quotation marks":                  {head + "a,l,\"\"\"x\"\", y\",\"sms_premium\",alert\n", []string{"2 ok a"}},
		"semicolons":                       {strings.ReplaceAll(head+row("a"), ",", ";"), []string{"2 ok a"}},
		"commas among semicolons": {
			"id;list_name;text;type;purpose\na;l;x, y, z and zz, yes;sms_premium;alert\n", []string{"2 ok a"},
		},
		"too few cells":  {head + "a,l,x\n" + row("b"), []string{`2 bad "a,l,x": line 2: … the record has 3 cells, the header 5 columns`, "3 ok b"}},
		"too many cells": {head + "a,l,x,sms_premium,alert,\n" + row("b"), []string{"2 bad …6 cells", "3 ok b"}},
		"far too many":   {head + strings.Repeat(",", 200) + "\n" + row("b"), []string{"2 bad …more than 100 cells", "3 ok b"}},
		"too few over lines": {
			head + "a,l,\"x\ny\"\n" + row("b"), []string{`2 bad "a,l,\"x\ny\"": … it reaches to line 3`, "4 ok b"},
		},
		"faults of a record": {
			head + "a,,,sms,alert\n" + row("b"),
			[]string{`2 bad "a,,,sms,alert": line 2: campaign "a" is invalid: column 2, list_name: is missing…; column 3, text: is missing`, "3 ok b"},
		},
		"broken UTF-8": {head + "a,l,\xe9,sms_premium,alert\n" + row("b"), []string{"2 bad …not UTF-8", "3 ok b"}},
		"broken UTF-8 in a quoted cell": {
			head + "a,l,\"x\n\xe9\",sms_premium,alert\n" + row("b"),
			[]string{`2 bad "a,l,\"x": …not UTF-8`, "3 bad …not UTF-8", "4 ok b"},
		},
		"a line too long": {head + strings.Repeat("x", 2<<20) + "\n" + row("b"), []string{`2 bad "": line 2: … longer than`, "3 ok b"}},
		"a quotation mark inside": {
			head + "a,l,5\" screen,sms_premium,alert\n" + row("b"),
			[]string{`2 bad "a,l,5\" screen,sms_premium,alert": line 2: … column 3: a quotation mark inside a cell`, "3 ok b"},
		},
		"text behind one": {
			head + "a,l,\"x\"y,sms_premium,alert\n" + row("b"), []string{"2 bad …column 3: text follows", "3 ok b"},
		},
		"one that is not closed, at the end": {
			head + row("a") + "b,l,\"x,sms_premium,alert\n", []string{"2 ok a", "3 bad …column 3: its quotation mark is not closed"},
		},
		"one that is not closed, records behind": {
			head + "a,l,\"x,sms_premium,alert\n" + row("b") + row("c") + "d,l,\"x\",sms_premium,alert\n" + row("e"),
			[]string{`2 bad "a,l,\"x,sms_premium,alert": line 2: …`, "3 ok b", "4 ok c", "5 ok d", "6 ok e"},
		},
		"one that is not closed, many records behind": {
			head + "a,l,\"x,sms_premium,alert\n" + strings.Repeat("\n", 3000) + row("b"),
			[]string{"2 bad …column 3: its quotation mark is not closed within 2000 lines", "3003 ok b"},
		},
		"one that is not closed, a long line behind": {
			head + "a,l,\"x,sms_premium,alert\n" + strings.Repeat("x", 2<<20) + "\n" + row("b"),
			[]string{"2 bad …not closed", "3 bad …longer", "4 ok b"},
		},
		"one that is not closed, a long record behind": {
			head + "a,l,\"x,sms_premium,alert\n" + strings.Repeat(strings.Repeat("x", 1<<19)+"\n", 3) + row("b"),
			[]string{"2 bad …not closed within", "3 bad …1 cells", "4 bad …1 cells", "5 bad …1 cells", "6 ok b"},
		},
	}
	for name, tt := range tests {
		checkItems(t, name, enqueue.CSV(strings.NewReader(tt.in)), tt.want)
	}
}

func TestCSVHeader(t *testing.T) {
	t.Parallel()
	behind := "\nl,x,sms_premium,alert\n"
	tests := map[string]struct{ header, want string }{
		"nothing":            {"", `1 bad "": line 1: … header row that names the columns`},
		"an unknown column":  {csvHeader + ",colour", `1 bad "list_name,text,type,purpose,colour": …colour: is no field of a campaign; nothing was read`},
		"a misspelt column":  {csvHeader + ",simulation_mod", "1 bad …did you mean simulation_mode?"},
		"request_id":         {csvHeader + ",request_id", "1 bad …give your idempotency key as id"},
		"a repeated column":  {csvHeader + ",text", "1 bad …text: is the name of the columns 2 and 5"},
		"no name":            {csvHeader + ",", "2 ok "},
		"no purpose":         {"list_name,text,type", "1 bad …purpose: the column is missing"},
		"no audience":        {"text,type,purpose", "1 bad …list_name: the column is missing, and so is tag_name"},
		"no header":          {"l,x,sms_premium,alert", "1 bad …l: is no field"},
		"labels both ways":   {csvHeader + ",labels,labels.shop", "1 bad …labels.shop: labels are given both"},
		"labels both ways 2": {csvHeader + ",labels.shop,labels", "1 bad …labels: labels are given both"},
		"a label unnamed":    {csvHeader + ",labels.", "1 bad …labels.: is no field"},
		"a label twice":      {csvHeader + ",labels.a,labels.a", "1 bad …columns 5 and 6"},
		"broken quoting":     {csvHeader + ",a\"b", "1 bad …column 5: a quotation mark inside a cell"},
		"not UTF-8":          {csvHeader + ",\xe9", "1 bad …not UTF-8"},
		"UTF-16, no mark":    {"l\x00,\x00", "1 bad …UTF-16 without a byte order mark"},
		"too long":           {strings.Repeat("x", 2<<20), "1 bad \"\": …longer"},
		"too many columns":   {csvHeader + strings.Repeat(",x", 1000), "1 bad …more than 100 cells"},
		"behind blank lines": {"\n\n" + csvHeader + ",colour", "3 bad …colour"},
	}
	for name, tt := range tests {
		in := tt.header + behind
		if tt.header == "" {
			in = ""
		}
		checkItems(t, name, enqueue.CSV(strings.NewReader(in)), []string{tt.want})
	}
}

func TestCSVLabels(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]map[string]string{
		csvHeader + ",labels.shop,labels.team\nl,x,sms_premium,alert,3,\n":          {"shop": "3"},
		csvHeader + ",labels\nl,x,sms_premium,alert,\"{\"\"shop\"\":\"\"3\"\"}\"\n": {"shop": "3"},
	} {
		for item := range enqueue.CSV(strings.NewReader(in)) {
			if item.Err != nil || len(item.Campaign.Labels) != 1 || item.Campaign.Labels["shop"] != want["shop"] {
				t.Errorf("%q: got %v, %v, want %v", in, item.Campaign.Labels, item.Err, want)
			}
		}
	}
}

// A file of rejects is made of the header and the raw records, and can be read once
// it is corrected.
func TestCSVRejectsCanBeCorrected(t *testing.T) {
	t.Parallel()
	in := "\uFEFFlist_name;text;type;purpose\r\nl;\"x\r\n\";sms;alert\r\nl;x;sms_premium;alert\r\nl;x;sms;alert"
	var rejects bytes.Buffer
	for item := range enqueue.CSV(iotest.HalfReader(strings.NewReader(in))) {
		if item.Err == nil {
			if item.Header != nil {
				t.Errorf("line %d: got the header %q with a good record", item.Line, item.Header)
			}
			continue
		}
		if rejects.Len() == 0 {
			rejects.Write(append(item.Header, '\n'))
		}
		rejects.Write(append(item.Raw, '\n'))
	}
	if got, want := rejects.String(), "list_name;text;type;purpose\nl;\"x\n\";sms;alert\nl;x;sms;alert\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	corrected := strings.ReplaceAll(rejects.String(), "sms", "sms_premium")
	checkItems(t, "corrected", enqueue.CSV(strings.NewReader(corrected)), []string{"2 ok ", "4 ok "})
}

// Records over several lines are whole wherever the reader's buffer ends.
func TestCSVRawIsWholeAcrossBuffers(t *testing.T) {
	t.Parallel()
	record := func(i int) string {
		return fmt.Sprintf("l,\"first line %d\nsecond line %d%s\n%d\",sms,alert", i, i, strings.Repeat("x", 1000), i)
	}
	const records = 3 * enqueue.MaxLine / 2000
	var in strings.Builder
	in.WriteString(csvHeader + "\n")
	for i := range records {
		in.WriteString(record(i) + "\n")
	}
	i := 0
	for item := range enqueue.CSV(strings.NewReader(in.String())) {
		if got, want := string(item.Raw), record(i); got != want {
			t.Fatalf("line %d: got %.50q, want %.50q", item.Line, got, want)
		}
		i++
	}
	if i != records {
		t.Errorf("got %d records, want %d", i, records)
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"", "l,x,sms_premium,alert\n", "l,\"x\ny\",sms_premium,alert\r\n\r\nl,\"x,sms_premium,alert\nl,x,sms_premium,alert",
		"\"\n\"\"\n\"\"\"\n\"a", ",,,\n,,\n\xff\n", "l,\"\"\"x\"\"\",sms_premium,alert\nl,x\"y,a,b\n",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(csvHeader+"\n"+seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, header bool) {
		if header {
			data = append([]byte(csvHeader+"\n"), data...)
		}
		checkCSV(t, data)
	})
}

// checkCSV checks that every line that is not blank belongs to exactly one
// item, as far as that can be seen from outside: a refused item holds the input's lines
// from its own on, the next item begins behind them.
func checkCSV(t *testing.T, data []byte) {
	t.Helper()
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) || bytes.Contains(bytes.ReplaceAll(data, []byte("\r\n"), nil), []byte("\r")) {
		t.Skip("its lines are not those of the input: see FuzzReadOptions")
	}
	lines := strings.Split(strings.TrimPrefix(string(data), "\uFEFF"), "\n")
	after := 0
	for item := range enqueue.CSV(bytes.NewReader(data)) {
		checkItem(t, item, after)
		after = item.Line
		if item.Raw == nil {
			continue
		}
		for i, raw := range strings.Split(string(item.Raw), "\n") {
			if got, want := raw, strings.TrimSuffix(lines[item.Line-1+i], "\r"); got != want {
				t.Fatalf("line %d: got raw %q, want %q", item.Line+i, got, want)
			}
			after = item.Line + i
		}
	}
	if after > len(lines) {
		t.Fatalf("got line %d of %d", after, len(lines))
	}
}
