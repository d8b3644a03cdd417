package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/redistest"
)

// frenchSheet is a file as Excel writes it in France, with columns of a person's
// own.
func frenchSheet(t *testing.T) []string {
	t.Helper()
	file := written(t, "c.csv", "\uFEFFID;Liste;Text;Type;Purpose;Envoi le;Max cost;Notes;\r\n"+
		"a;clients;STOP au 30101;sms_premium;wholesale;03/12/2026 09:00;12,50;vu;\r\n"+
		"b;clients;STOP au 30101;sms_premium;wholesale;25/10/2026 02:30;;;\r\n")
	return []string{
		"enqueue", "--file", file, "--zone", "Europe/Paris", "--dates", "dmy", "--account", "shop",
		"--columns", "Liste=list_name,Envoi le=send_at", "--ignore-columns", "Notes",
	}
}

// What --dry-run shows is what is enqueued, and it writes nothing and asks no Redis.
func TestDryRunShowsWhatIsEnqueued(t *testing.T) {
	t.Parallel()
	args := frenchSheet(t)
	const refused = "line 3: campaign \"b\" is invalid: column 6 (Envoi le), send_at: \"25/10/2026 02:30\" comes twice in Europe/Paris"
	code, out, said := octoqNow(t, append(args, "--dry-run", "--json", "--redis-url", "redis://127.0.0.1:1")...)
	if code != exitUsage || said != "" {
		t.Fatalf("got %d and %q, want one line refused", code, said)
	}
	var shown, bad line
	first, second, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(first), &shown); err != nil || shown.Result != "would_enqueue" || shown.Campaign == nil {
		t.Fatalf("got %q, %v, want the campaign", first, err)
	}
	if err := json.Unmarshal([]byte(second), &bad); err != nil || !strings.HasPrefix(bad.Error, refused) || bad.Faults[0].Column != 6 || bad.Faults[0].Remedy == "" {
		t.Errorf("got %q, %v, want line 3 refused with column and remedy", second, err)
	}
	server := redistest.Start(t)
	if code, out, said = octoqNow(t, append(args, "--redis-url", server.URL())...); code != exitUsage || !strings.Contains(out, "1 enqueued") || !strings.HasPrefix(said, refused) {
		t.Fatalf("got %d, %q and %q, want one enqueued and one refused", code, out, said)
	}
	client, err := enqueue.New(enqueue.Config{Client: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Get(t.Context(), "shop", "a")
	if err != nil || !content.Same(r.Campaign, *shown.Campaign) || r.Campaign.MaxCost != 125_000 || r.Campaign.SendAt.UTC().Hour() != 8 {
		t.Errorf("got %+v, %v, want what was shown: %+v", r.Campaign, err, shown.Campaign)
	}
	code, out, _ = octoqNow(t, append(args, "--dry-run", "--all-or-nothing", "--redis-url", "redis://127.0.0.1:1")...)
	if want := "line 2: would enqueue id=\"a\" account=\"shop\" list_name=\"clients\""; code != exitUsage || !strings.HasPrefix(out, want) {
		t.Errorf("got %d and %q, want %q", code, out, want)
	}
}

// A sheet's refused records are kept with its header, and read with the same
// options once they are corrected.
func TestRejectsOfASheet(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	args := frenchSheet(t)
	rejects := filepath.Join(t.TempDir(), "r.csv")
	if code, out, said := octoqNow(t, append(args, "--redis-url", server.URL(), "--all-or-nothing", "--rejects", rejects)...); code != exitUsage || !strings.HasPrefix(out, "0 enqueued") {
		t.Fatalf("got %d, %q and %q, want nothing enqueued", code, out, said)
	}
	kept, err := os.ReadFile(rejects)
	if err != nil || !strings.HasPrefix(string(kept), "_rejected;ID;Liste;") {
		t.Fatalf("got %q, %v, want the header and the record", kept, err)
	}
	args[2] = written(t, "corrected.csv", strings.Replace(string(kept), ";25/10/2026 02:30;", ";25/10/2026 03:30;", 1))
	if code, out, said := octoqNow(t, append(args, "--redis-url", server.URL())...); code != exitOK || !strings.HasPrefix(out, "1 enqueued") {
		t.Errorf("corrected: got %d, %q and %q, want it enqueued", code, out, said)
	}
}

// One id comes twice in a file: only the first would be enqueued.
func TestDryRunFindsIDsThatComeTwice(t *testing.T) {
	t.Parallel()
	file := written(t, "c.jsonl", jsonLine("a", "")+jsonLine("b", "")+jsonLine("a", "")+jsonLine("b", `,"sender":"Shop"`))
	code, out, said := octoqNow(t, "enqueue", "--dry-run", "--file", file)
	if code != exitOK || !strings.Contains(out, "2 would be enqueued") || !strings.Contains(out, "2 twice in the file (1 with other content)") ||
		!strings.Contains(said, "line 1 has the id a too") || strings.Count(said, "its content is another") != 1 {
		t.Errorf("got %d, %q and %q, want line 3 found", code, out, said)
	}
}

func TestReadFlagsAreChecked(t *testing.T) {
	t.Parallel()
	csv, text := written(t, "c.csv", "x\n"), written(t, "c.txt", "x\n")
	one := []string{"--list-name", "l", "--text", "x", "--type", campaign.TypePremium, "--purpose", "alert"}
	for want, args := range map[string][]string{
		"--zone: there is no time zone \"Paris\"":     {"--file", csv, "--zone", "Paris"},
		"--zone: there is no time zone \"Local\"":     {"--file", csv, "--zone", "Local"},
		"--dates: \"ymd\" is no order":                {"--file", csv, "--dates", "ymd"},
		"--format: \"xlsx\" is none":                  {"--file", csv, "--format", "xlsx"},
		"Or say it: --format csv":                     {"--file", text},
		"save its sheet as CSV UTF-8":                 {"--file", written(t, "c.XLSX", "PK")},
		"for \"--file\" flag: it is given twice":      {"--file", csv, "--file", csv},
		"takes no arguments: name a file by --file":   {csv},
		"\"Liste\" names no field":                    {"--file", csv, "--columns", "Liste"},
		"did you mean list_name?":                     {"--file", csv, "--columns", "Liste=listname"},
		"\"A\" is named twice":                        {"--file", csv, "--columns", "A=text,A=type"},
		"--account: \"Shop\" is no account":           {"--file", csv, "--account", "Shop"},
		"--file and the flags of one campaign":        append([]string{"--file", csv}, one...),
		"--format is for files":                       append([]string{"--format", "csv"}, one...),
		"--at: \"2026-12-03 09:00\" has no offset":    append([]string{"--at", "2026-12-03 09:00"}, one...),
		"--at: \"0001-01-01T00:00:00Z\" is the time":  append([]string{"--at", "0001-01-01T00:00:00Z"}, one...),
		"send_at: \"0001-01-01T00:00:00Z\" is":        append([]string{"--send-at", "0001-01-01T00:00:00Z"}, one...),
		"name the zone of local times (--zone Europe": append([]string{"--send-at", "2026-12-03 09:00"}, one...),
	} {
		if code, _, said := octoqNow(t, append([]string{"enqueue", "--dry-run"}, args...)...); code != exitUsage || !strings.Contains(said, want) {
			t.Errorf("%v: got %d and %q, want it refused with %q", args, code, said, want)
		}
	}
}

// What a file says cannot command the terminal that shows it; JSON keeps it.
func TestDryRunShowsControlsEscaped(t *testing.T) {
	t.Parallel()
	file := written(t, "c.jsonl", `{"id":"a","list_name":"l\u202e","text":"Hi \u200b","type":"sms_premium","purpose":"alert"}`+"\n")
	code, out, said := octoqNow(t, "enqueue", "--dry-run", "--file", file)
	if code != exitOK || !strings.Contains(out, `list_name="l\u202e" text="Hi \u200b"`) || strings.ContainsAny(out+said, "\u202e\u200b") {
		t.Errorf("got %d, %q and %q, want both characters escaped", code, out, said)
	}
	if _, out, _ := octoqNow(t, "enqueue", "--dry-run", "--json", "--file", file); !strings.Contains(out, "l\u202e") {
		t.Errorf("as JSON: got %q, want the list's name as it is", out)
	}
}
