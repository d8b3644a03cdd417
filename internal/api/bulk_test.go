package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/api"
)

const bulkPath = "/v1/accounts/default/campaigns/bulk"

// bulkAnswer is an answer to a bulk request.
type bulkAnswer struct {
	status  int
	header  http.Header
	lines   []api.BulkLine
	summary *api.BulkSummary // nil if it was broken off
	text    string           // of a problem
}

// readBulk reads an answer to its end.
func readBulk(t *testing.T, status int, header http.Header, body io.Reader) bulkAnswer {
	t.Helper()
	a := bulkAnswer{status: status, header: header}
	if status != http.StatusOK {
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		a.text = string(b)
		return a
	}
	if got := header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("got Content-Type %q, want application/x-ndjson", got)
	}
	for lines := bufio.NewScanner(body); lines.Scan(); {
		var line struct {
			api.BulkLine
			Summary *api.BulkSummary
		}
		err := json.Unmarshal(lines.Bytes(), &line)
		if err != nil && a.summary == nil && !lines.Scan() {
			return a // it was broken off in the middle of a line
		}
		if err != nil || a.summary != nil {
			t.Fatalf("got the line %q, %v, behind the summary: %v", lines.Text(), err, a.summary != nil)
		}
		if a.summary = line.Summary; a.summary == nil {
			a.lines = append(a.lines, line.BulkLine)
		}
	}
	return a
}

// server serves the API of a rig over HTTP.
func (r *rig) server() *httptest.Server {
	r.t.Helper()
	s := httptest.NewServer(r.api)
	r.t.Cleanup(s.Close)
	return s
}

// bulk makes a bulk request over HTTP.
func (r *rig) bulk(s *httptest.Server, query, kind string, body io.Reader, header ...string) bulkAnswer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, s.URL+bulkPath+query, body)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		r.t.Fatalf("POST %s: %v", query, err)
	}
	defer func() { _ = resp.Body.Close() }()
	return readBulk(r.t, resp.StatusCode, resp.Header, resp.Body)
}

const ndjson = "application/x-ndjson"

// lines are n campaigns, c0, c1, …; some may be others.
func lines(n int, others map[int]string) string {
	var b strings.Builder
	for i := range n {
		if other, ok := others[i]; ok {
			b.WriteString(other + "\n")
			continue
		}
		b.WriteString(strings.Replace(text("Hello."), "{", fmt.Sprintf(`{"id":"c%d",`, i), 1) + "\n")
	}
	return b.String()
}

// sum is a summary with these numbers alone.
func sum(created, known, conflicts, invalid, failed int) api.BulkSummary {
	return api.BulkSummary{Created: created, Known: known, Conflicts: conflicts, Invalid: invalid, Failed: failed}
}

func (a bulkAnswer) wantSum(t *testing.T, want api.BulkSummary) {
	t.Helper()
	if a.status != http.StatusOK || a.summary == nil {
		t.Fatalf("got %d %s, %d lines, no summary: want %+v", a.status, a.text, len(a.lines), want)
	}
	got := *a.summary
	got.Warnings = nil
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got the summary %+v, want %+v", got, want)
	}
}

// queued are the ids that wait for a worker.
func (r *rig) queued() []string {
	r.t.Helper()
	ids, err := r.redis.Client().LRange(r.t.Context(), "asynq:{default.create}:pending", 0, -1).Result()
	if err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

// Each line has its result, in order, whether it is known at once or later.
func TestBulkNamesEachLineInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server()
	const n = 5000
	others := map[int]string{
		0: `{`, 1: "[1]", 2: strings.Repeat("x", 2<<20), 700: `{"id":"bad","list_name":"l","tag_name":"t","text":"x","type":"fax","purpose":"fun","colour":"red"}`,
		1500: strings.Replace(text("Hello."), "{", `{"account":"shop",`, 1), 1501: "\xff", 1502: `{"id":"a b"}`, 3000: "{}", 3001: "{}", n - 1: "null",
		10: strings.Replace(text("Bye."), "{", `{"id":"c9",`, 1), 11: strings.Replace(text("Hello."), "{", `{"id":"c9",`, 1),
	}
	for i := 2000; i < 2800; i++ { // more than wait for the results of others
		others[i] = "{}"
	}
	a := r.bulk(s, "", ndjson, strings.NewReader(lines(n, others)))
	a.wantSum(t, sum(n-812, 1, 1, 810, 0))
	if len(a.lines) != n {
		t.Fatalf("got %d results, want %d", len(a.lines), n)
	}
	for i, l := range a.lines {
		want := "created"
		if _, other := others[i]; other {
			want = "invalid"
		}
		want = map[int]string{10: "conflict", 11: "known"}[i] + want
		if !strings.HasPrefix(want, l.Result) || l.Line != i+1 {
			t.Fatalf("line %d: got %+v, want %s", i+1, l, want)
		}
		if want == "created" && (l.ID != fmt.Sprint("c", i) || l.State != campaign.StateQueued) {
			t.Fatalf("line %d: got %+v, want its id, queued", i+1, l)
		}
		if want == "invalid" && (len(l.Errors) == 0 || l.Errors[0].Detail == "" || strings.Contains(fmt.Sprint(l.Errors), "--")) {
			t.Errorf("line %d: got %+v, want why, without flags", i+1, l)
		}
	}
	var fields []string
	for _, e := range a.lines[700].Errors {
		fields = append(fields, e.Field)
	}
	if slices.Sort(fields); a.lines[700].ID != "bad" || !slices.Contains(fields, "colour") || !slices.Contains(fields, "type") || len(fields) < 4 {
		t.Errorf("line 701: got %+v, want its id and every fault", a.lines[700])
	}
	if l := a.lines[10]; l.Code != "conflict" || len(l.Errors) != 1 || l.Errors[0].Pointer != "/text" {
		t.Errorf("line 11: got %+v, want a conflict in text", l)
	}
	if ids := r.queued(); len(ids) != n-812 {
		t.Errorf("queued: got %d, want %d", len(ids), n-812)
	}
	again := r.bulk(s, "?results=problems", ndjson, strings.NewReader(lines(n, others)))
	again.wantSum(t, sum(0, n-811, 1, 810, 0))
	if len(again.lines) != 811 {
		t.Errorf("again: got %d results, want the problems alone", len(again.lines))
	}
}

// What cannot be read is refused before a line is.
func TestBulkRequestsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server()
	for name, tt := range map[string]struct {
		query, kind string
		header      []string
		status      int
	}{
		"JSON":                      {"", "application/json", nil, http.StatusUnsupportedMediaType},
		"no type":                   {"", "", nil, http.StatusUnsupportedMediaType},
		"compressed":                {"", ndjson, []string{"Content-Encoding", "gzip"}, http.StatusUnsupportedMediaType},
		"an unknown parameter":      {"?dryrun=true", ndjson, nil, http.StatusUnprocessableEntity},
		"no flag":                   {"?dry_run=1", ndjson, nil, http.StatusUnprocessableEntity},
		"no such results":           {"?results=none", ndjson, nil, http.StatusUnprocessableEntity},
		"what does not go together": {"?stream=true&all_or_nothing=true", ndjson, nil, http.StatusUnprocessableEntity},
		"a broken query":            {"?results=%zz", ndjson, nil, http.StatusUnprocessableEntity},
		"a bad preference":          {"", ndjson, []string{"Prefer", "durable=replicas:x"}, http.StatusBadRequest},
	} {
		a := r.bulk(s, tt.query, tt.kind, strings.NewReader(lines(1, nil)), tt.header...)
		if a.status != tt.status || !strings.Contains(a.text, `"detail":"`) || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %s, want the problem %d", name, a.status, a.text, tt.status)
		}
	}
	if ids := r.queued(); len(ids) > 0 {
		t.Errorf("got %q enqueued, want nothing", ids)
	}
}

// CSV as spreadsheets write it, with a campaign without an id.
func TestBulkCSV(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server()
	const sheet = "id;list_name;text;type;purpose;sender\r\n" +
		"a;l;\"Hello.\r\nSTOP au 30101\";sms_premium;wholesale;Shop\r\n" +
		"b;l;Hello. STOP au 30101;fax;wholesale;Shop\r\n" +
		";l;Hello. STOP au 30101;sms_premium;wholesale;Shop\r\n"
	a := r.bulk(s, "", "text/csv; charset=utf-8", strings.NewReader(sheet))
	a.wantSum(t, sum(2, 0, 0, 1, 0))
	if l := a.lines[1]; l.Line != 4 || l.ID != "b" || l.Errors[0].Field != "type" || l.Errors[0].Pointer != "" {
		t.Errorf("got %+v, want line 4 and its column", l)
	}
	if l := a.lines[2]; l.Line != 5 || !strings.HasPrefix(l.ID, "auto-") {
		t.Errorf("got %+v, want an id of its content", l)
	}
	r.bulk(s, "", "text/csv", strings.NewReader(sheet)).wantSum(t, sum(0, 2, 0, 1, 0))
	header := r.bulk(s, "", "text/csv", strings.NewReader("id,list,text\na,b,c\n"))
	header.wantSum(t, sum(0, 0, 0, 1, 0))
	if strings.Contains(fmt.Sprint(header.lines), "--columns") {
		t.Errorf("a bad header: got %+v, want no flags in it", header.lines)
	}
	r.bulk(s, "", "text/csv", strings.NewReader("")).wantSum(t, sum(0, 0, 0, 1, 0))
	r.bulk(s, "", ndjson, strings.NewReader("\n\n")).wantSum(t, sum(0, 0, 0, 0, 0))
}

// A dry run enqueues nothing, and says what would be refused.
func TestBulkDryRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server()
	for _, query := range []string{"?dry_run=true", "?dry_run=true&stream=true", "?dry_run=true&all_or_nothing=true"} {
		a := r.bulk(s, query, ndjson, strings.NewReader(lines(1000, map[int]string{500: "{}"})))
		want := sum(0, 0, 0, 1, 0)
		want.Valid = 999
		a.wantSum(t, want)
		if len(a.lines) != 1000 || a.lines[0].Result != "valid" || a.lines[0].ID != "c0" || a.lines[500].Result != "invalid" {
			t.Errorf("%s: got %d lines, %+v", query, len(a.lines), a.lines[:min(1, len(a.lines))])
		}
	}
	if ids := r.queued(); len(ids) > 0 {
		t.Errorf("got %q enqueued, want nothing", ids)
	}
}

// With all_or_nothing one bad line keeps all from being enqueued; without one all are.
func TestBulkAllOrNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server()
	const n = 3000
	a := r.bulk(s, "?all_or_nothing=true", ndjson, strings.NewReader(lines(n, map[int]string{n - 1: "{}"})))
	want := sum(0, 0, 0, 1, 0)
	want.Valid = n - 1
	a.wantSum(t, want)
	if ids := r.queued(); len(ids) > 0 || len(a.lines) != n {
		t.Errorf("got %d enqueued, %d lines, want nothing and each line", len(ids), len(a.lines))
	}
	all := r.bulk(s, "?all_or_nothing=true", ndjson, strings.NewReader(lines(n, nil)))
	all.wantSum(t, sum(n, 0, 0, 0, 0))
	if ids := r.queued(); len(ids) != n || len(all.lines) != n {
		t.Errorf("got %d enqueued, %d lines, want %d", len(ids), len(all.lines), n)
	}
	long := r.bulk(s, "?all_or_nothing=true", ndjson, strings.NewReader(strings.Repeat("1\n", 100_001)))
	if long.status != http.StatusRequestEntityTooLarge {
		t.Errorf("100,001 lines: got %d %s, want 413", long.status, long.text)
	}
	huge := r.bulk(s, "?all_or_nothing=true", ndjson, io.MultiReader(strings.NewReader(strings.Repeat(strings.Repeat(" ", 1<<20-1)+"\n", 64)), strings.NewReader("\n")))
	if huge.status != http.StatusRequestEntityTooLarge {
		t.Errorf("64 MiB and a byte: got %d %s, want 413", huge.status, huge.text)
	}
	if ids := r.queued(); len(ids) != n {
		t.Errorf("afterwards: got %d enqueued, want %d", len(ids), n)
	}
}

// What is not confirmed as durable is not said to be done.
func TestBulkNotDurable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.bulk(r.server(), "", ndjson, strings.NewReader(lines(3, nil)), "Prefer", "durable=replicas:1")
	a.wantSum(t, sum(0, 0, 0, 0, 3))
	if l := a.lines[0]; l.Code != "not_durable" || !l.Enqueued || len(r.queued()) != 3 {
		t.Errorf("got %+v, want not_durable, and enqueued all the same", l)
	}
}

// A token's kind makes of each line what it makes of a single campaign.
func TestBulkOfATokenForReview(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.caller = access.Caller{Name: "token:shop", Kind: access.OfToken, Grants: []access.Grant{{Role: access.Producer}}, Forces: access.Review}
	r.bulk(r.server(), "", ndjson, strings.NewReader(lines(2, nil))).wantSum(t, sum(2, 0, 0, 0, 0))
	for _, id := range []string{"c0", "c1"} {
		a := r.ask(http.MethodGet, "/v1/accounts/default/campaigns/"+id, "")
		if a.body.Campaign.Confirm != campaign.ConfirmManual || a.body.EnqueuedBy != "token:shop" {
			t.Errorf("%s: got %s, want that a person decides, and the token's name", id, a.text)
		}
	}
}
