package enqueue_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/enqueue"
)

// rejects is the file of rejects of an input.
func rejects(t *testing.T, name, input string) string {
	t.Helper()
	items, err := enqueue.Read(name, strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
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

func TestReject(t *testing.T) {
	t.Parallel()
	const good = `"list_name":"l","type":"sms_premium","purpose":"alert"`
	long := strings.Repeat("x", enqueue.MaxLine+1)
	for name, tc := range map[string]struct{ file, input, want string }{
		"a fault":           {"a.jsonl", `{"id":"a",` + good + `}`, `{"_rejected":"line 1: campaign \"a\" is invalid: text: …","id":"a",` + good + "}\n"},
		"an empty object":   {"a.jsonl", "\n {}", `{"_rejected":"line 2: …"}` + "\n"},
		"broken JSON":       {"a.jsonl", `{"id":"a",`, `{"_rejected":"line 1: …","id":"a",` + "\n"},
		"no object":         {"a.jsonl", `["<a>"]`, `{"_rejected":"line 1: …; it was: [\"<a>\"]"}` + "\n"},
		"too long":          {"a.jsonl", long, `{"_rejected":"line 1: the line is longer…"}` + "\n"},
		"refused before":    {"a.jsonl", `{"_rejected":"old \"\\",` + good + `}`, `{"_rejected":"line 1: …",` + good + "}\n"},
		"only that":         {"a.jsonl", `{"_rejected":"old"}`, `{"_rejected":"line 1: …"}` + "\n"},
		"CSV":               {"a.csv", "list_name;text;type;purpose\nl;\"x\ny\";sms;alert", "_rejected;list_name;text;type;purpose\n\"line 2: …\";l;\"x\ny\";sms;alert\n"},
		"CSV, before":       {"a.csv", "_rejected,list_name,text,type,purpose\n\"old, \"\"x\"\"\",l,\"x\",sms,alert", "_rejected,list_name,text,type,purpose\n\"line 2: …\",l,\"x\",sms,alert\n"},
		"CSV, sep line":     {"a.csv", "sep=;\nlist_name;text;type;purpose;labels.a,id,sender,account,late,window,confirm\nl;x;sms;alert;3", "sep=;\n_rejected;list_name;text;type;purpose;labels.a,id,sender,account,late,window,confirm\n\"line 3: …\";l;x;sms;alert;3\n"},
		"CSV, not closed":   {"a.csv", "list_name,text,type,purpose\nl,\"x,sms,alert", "_rejected,list_name,text,type,purpose\n\"line 2: …\",l,\"x,sms,alert\n"},
		"CSV, bad header":   {"a.csv", "list_name,txt,type,purpose\nl,x,sms,alert", "_rejected,list_name,txt,type,purpose\n\"line 1: …\",list_name,txt,type,purpose\n"},
		"CSV in Latin-1":    {"a.csv", "list_name,text,type,purpose\nl,\xe9,sms,alert", "_rejected,list_name,text,type,purpose\n\"line 2: column 2: the line is not UTF-8: is the file Latin-1…\",l,\xe9,sms,alert\n"},
		"nothing to refuse": {"a.jsonl", `{"text":"x",` + good + `}`, ""},
	} {
		got := rejects(t, tc.file, tc.input)
		before, after, _ := strings.Cut(tc.want, "…")
		if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) || len(got) < len(before)+len(after) || strings.Contains(got, "old") {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// A file of rejects is read once it is corrected.
func TestRejectsCanBeCorrected(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"a.jsonl": `{"list_name":"l","text":"x","type":"sms","purpose":"alert"}`,
		"a.csv":   "list_name,text,type,purpose\nl,x,sms,alert",
	} {
		file := strings.ReplaceAll(rejects(t, name, input), `sms`, "sms_premium")
		items, err := enqueue.Read(name, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		all := slices.Collect(items)
		if len(all) != 1 || all[0].Err != nil || all[0].Campaign.Type != "sms_premium" {
			t.Errorf("%s: got %+v of %q, want the corrected campaign", name, all, file)
		}
	}
}

// What was refused is refused again, line by line, until it is corrected: the reason
// that is written into it must not make a campaign of it.
func FuzzReject(f *testing.F) {
	f.Add(true, "list_name;text;type;purpose\nl;\"x\ny\";sms;alert\nl;\"x;sms;alert\n;;;\"\"\"")
	f.Add(true, "_rejected,list_name,text,type,purpose\n\"a\"\"\",l,x,sms,alert\n\",,,,")
	f.Add(false, "{\"text\":1}\n{\"_rejected\":\"\\\"\",}\n[1]\n{}\n\xff\n{\"_rejected\":\"\"{")
	f.Add(false, `{"_rejected":1,"list_name":"l","text":"x","type":"sms_premium","purpose":"alerts"}`)
	f.Fuzz(func(t *testing.T, csv bool, input string) {
		name := "a.jsonl"
		if csv {
			name = "a.csv"
		}
		file := rejects(t, name, input)
		items, err := enqueue.Read(name, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		for item := range items {
			if item.Err == nil {
				t.Fatalf("got the campaign %+v of the rejects\n%q\nof\n%q", item.Campaign, file, input)
			}
		}
	})
}
