package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// badLine is a line that is refused, with what must be said about it.
type badLine struct {
	name, text string
	want       []string // in the message, beside the line's number
}

func badLines() []badLine {
	line := func(more string) string {
		return `{"id":"bad","list_name":"l","text":"Hello, STOP","type":"sms_premium","purpose":"alert"` + more + `}`
	}
	return []badLine{
		{"unknown field", line(`,"simulation":true`), []string{"simulation", "is no field of a campaign"}},
		{"both names", line(`,"tag_name":"t"`), []string{"tag_name", "list_name"}},
		{
			"empty text and more", `{"id":"bad","list_name":"l","text":"","type":"fax","purpose":"fun"}`,
			[]string{"text", "type", "purpose"},
		},
		{"bad date", line(`,"send_at":"tomorrow"`), []string{"send_at"}},
		{"date without offset", line(`,"send_at":"2026-01-31T09:00:00"`), []string{"send_at", "offset"}},
		{"2 MB", line(`,"sender":"` + strings.Repeat("x", 2<<20) + `"`), []string{"long"}},
		{"invalid UTF-8", line(`,"sender":"` + "\xff\xfe" + `"`), []string{"UTF-8"}},
		{"cut off", `{"id":"bad","list_name":`, []string{"JSON"}},
	}
}

// mixed writes bad lines with a good one before and after each of them, and
// returns the numbers of the bad ones.
func mixed(bad []badLine) (text string, numbers []int) {
	var b strings.Builder
	for i, l := range bad {
		b.WriteString(toList(fmt.Sprint("good", i), ""))
		b.WriteString(l.text + "\n")
		numbers = append(numbers, 2*i+2)
	}
	b.WriteString(toList("good-last", ""))
	return b.String(), numbers
}

// Every bad line is told with its number and all of its faults, and nothing of
// it is enqueued; the others are.
func TestBadLines(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	bad := badLines()
	text, numbers := mixed(bad)
	rejects := filepath.Join(r.dir, "rejects.jsonl")
	o := r.must(2, "enqueue", "--file", r.file("c.jsonl", text), "--rejects", rejects)
	if want := fmt.Sprintf("%d enqueued, 0 known already, %d invalid", len(bad)+1, len(bad)); !strings.Contains(o.out, want) {
		t.Errorf("got %q, want %q", o.out, want)
	}
	for i, l := range bad {
		told := withPrefix(lines(o.err), fmt.Sprintf("line %d: ", numbers[i]))
		if told == "" {
			t.Errorf("%s: got no line %d in\n%s", l.name, numbers[i], o.err)
		}
		for _, want := range l.want {
			if !strings.Contains(told, want) {
				t.Errorf("%s: got %q, want %q in it", l.name, told, want)
			}
		}
	}
	if counts := r.list(); counts[campaign.StateQueued] != len(bad)+1 || len(counts) != 1 {
		t.Errorf("campaigns: got %v, want %d queued", counts, len(bad)+1)
	}
	r.must(3, "status", "bad")
	r.rejected(rejects, bad, numbers)

	// Once more: the good ones are known, the bad ones still bad.
	o = r.must(2, "enqueue", "--file", r.file("c.jsonl", text))
	if want := fmt.Sprintf("0 enqueued, %d known already, %d invalid", len(bad)+1, len(bad)); !strings.Contains(o.out, want) {
		t.Errorf("again: got %q, want %q", o.out, want)
	}
}

func withPrefix(all []string, prefix string) string {
	for _, l := range all {
		if strings.HasPrefix(l, prefix) {
			return l
		}
	}
	return ""
}

// rejected fails unless the file holds each bad line behind its number and
// faults, those that were too long to keep without the line.
func (r *rig) rejected(name string, bad []badLine, numbers []int) {
	r.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		r.t.Fatalf("read the rejects: %v", err)
	}
	got := lines(string(b))
	if len(got) != len(bad) {
		r.t.Fatalf("rejects: got %d lines, want %d: %q", len(got), len(bad), got)
	}
	for i, l := range bad {
		prefix, suffix := fmt.Sprintf(`{"_rejected":"line %d: `, numbers[i]), strings.TrimPrefix(l.text, "{")
		if len(l.text) >= 1<<20 {
			suffix = "}"
		}
		if !strings.HasPrefix(got[i], prefix) || !strings.HasSuffix(got[i], suffix) {
			r.t.Errorf("%s: got %q among the rejects, want %q … %q", l.name, got[i], prefix, suffix)
		}
	}
}

// With --all-or-nothing nothing is enqueued if a single line is bad, and all is
// when none is.
func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	text, numbers := mixed(badLines()[:2])
	o := r.must(2, "enqueue", "--file", r.file("c.jsonl", text), "--all-or-nothing")
	if !strings.Contains(o.out, "0 enqueued, 0 known already, 2 invalid") {
		t.Errorf("got %q, want nothing enqueued and 2 invalid", o.out)
	}
	for _, n := range numbers {
		if withPrefix(lines(o.err), fmt.Sprintf("line %d: ", n)) == "" {
			t.Errorf("got no line %d in\n%s", n, o.err)
		}
	}
	if counts := r.list(); len(counts) != 0 {
		t.Errorf("campaigns: got %v, want none", counts)
	}
	if o := r.must(0, "enqueue", "--file", r.file("ok.jsonl", campaigns("ok", 3, "")), "--all-or-nothing"); !strings.Contains(o.out, "3 enqueued") {
		t.Errorf("got %q, want 3 enqueued", o.out)
	}
}

const csvHeader = "id,list_name,tag_name,text,type,purpose\n"

// CSV: broken quoting, wrong columns and bad values are told by line; a record
// over several lines counts by its first. The rejects can be mended and read again.
func TestBadCSV(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	text := csvHeader +
		"a,la,,\"Hello,\nSTOP\",sms_premium,alert\n" + // lines 2 and 3
		"b,lb,,\"Hello\" STOP\",sms_premium,alert\n" + // 4: broken quoting
		"c,,tc,Hello STOP,sms_premium,alert\n" +
		"d,ld,td,,sms_premium,alert\n" + // 6: both names, no text
		"e,le,,Hello STOP,sms_premium\n" + // 7: a column too few
		"f,lf,,Hello STOP,sms_premium,alert\n"
	rejects := filepath.Join(r.dir, "rejects.csv")
	o := r.must(2, "enqueue", "--file", r.file("c.csv", text), "--rejects", rejects)
	if !strings.Contains(o.out, "3 enqueued, 0 known already, 3 invalid") {
		t.Errorf("got %q, want 3 enqueued and 3 invalid:\n%s", o.out, o.err)
	}
	for line, want := range map[int]string{4: "quot", 6: "text", 7: "column"} {
		if got := withPrefix(lines(o.err), fmt.Sprintf("line %d: ", line)); !strings.Contains(got, want) {
			t.Errorf("line %d: got %q, want %q in it; all:\n%s", line, got, want, o.err)
		}
	}
	for id, code := range map[string]int{"a": 0, "b": 3, "c": 0, "d": 3, "e": 3, "f": 0} {
		r.must(code, "status", id)
	}
	if s := r.status("a"); s.Campaign.Text != "Hello,\nSTOP" {
		t.Errorf("text over two lines: got %q", s.Campaign.Text)
	}
	b, err := os.ReadFile(rejects)
	if err != nil || !strings.HasPrefix(string(b), "_rejected,"+csvHeader) {
		t.Fatalf("rejects: got %q, %v, want them under the header", b, err)
	}
	mended := strings.NewReplacer("\"Hello\" STOP\"", "Hello STOP", "ld,td,,", "ld,,Hello STOP,", "sms_premium\n", "sms_premium,alert\n").Replace(string(b))
	if o := r.must(0, "enqueue", "--file", r.file("mended.csv", mended)); !strings.Contains(o.out, "3 enqueued") {
		t.Errorf("mended: got %q, want 3 enqueued:\n%s", o.out, o.err)
	}
	if o := r.must(2, "enqueue", "--file", r.file("h.csv", "id,listenname\nx,y\n")); !strings.Contains(o.err, "list_name") {
		t.Errorf("wrong header: got %q, want a hint at list_name", o.err)
	}
}

// Standard input is JSON Lines, flags make one campaign, known ids exit with 4
// and say in which state they are.
func TestEnqueueOtherWays(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	text := campaigns("s", 3, "")
	if o := r.octoqIn(text, "enqueue", "--file", "-"); o.code != 0 || !strings.Contains(o.out, "3 enqueued") {
		t.Errorf("standard input: got %+v, want 3 enqueued", o)
	}
	o := r.octoqIn(text, "enqueue", "--file", "-", "--json")
	if o.code != 4 {
		t.Errorf("known ids: got exit code %d, want 4: %s", o.code, o.err)
	}
	for i, l := range lines(o.out) {
		var got struct {
			Line          int
			Result, State string
			Same          bool
		}
		if err := json.Unmarshal([]byte(l), &got); err != nil || got.Line != i+1 || got.Result != "known" || got.State != "queued" || !got.Same {
			t.Errorf("line %d: got %s (%v), want it known, queued and the same", i+1, l, err)
		}
	}
	flags := []string{"enqueue", "--list-name", "one", "--text", "Hello STOP", "--type", "sms_premium", "--purpose", "alert", "--at", "2099-01-31T09:00:00+01:00"}
	o = r.must(0, append(flags, "--id", "by-flags", "--json")...)
	if !strings.Contains(o.out, `"id":"by-flags"`) || !strings.Contains(o.out, `"enqueued"`) {
		t.Errorf("flags: got %s", o.out)
	}
	if s := r.status("by-flags"); s.Campaign.NotBefore.Year() != 2099 {
		t.Errorf("--at: got not_before %v, want 2099", s.Campaign.NotBefore)
	}
	other := append([]string{}, flags...)
	other[4] = "Another text STOP"
	if o := r.must(4, append(other, "--id", "by-flags", "--json")...); !strings.Contains(o.out, `"same":false`) {
		t.Errorf("other content: got %s, want it told", o.out)
	}
	if o := r.must(0, append(flags, "--json")...); strings.Contains(o.out, `"id":""`) || !strings.Contains(o.out, `"id":"`) {
		t.Errorf("without an id: got %s, want one chosen", o.out)
	}
	for _, bad := range [][]string{
		{"enqueue"},
		{"enqueue", "--file", "-", "--text", "x"},
		{"enqueue", "--file", r.file("c.txt", text)},
		{"enqueue", "--file", filepath.Join(r.dir, "missing.jsonl")},
		{"enqueue", "--file", "-", "--at", "tomorrow"},
		{"enqueue", "--text", "x"},
	} {
		if o := r.octoqIn(text, bad...); o.code != 2 || o.err == "" {
			t.Errorf("octoq %s: got exit code %d and %q, want 2 and why", strings.Join(bad, " "), o.code, o.err)
		}
	}
	if counts := r.list(); counts[campaign.StateQueued] != 5 {
		t.Errorf("campaigns: got %v, want 5 queued", counts)
	}
}
