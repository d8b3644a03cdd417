package console_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/access"
)

// bring sends a file, or lines that were edited on the page.
func (r *rig) bring(do, name, content, edited string) shown {
	r.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if edited != "" {
		_ = form.WriteField("format", "csv")
		_ = form.WriteField("content", edited)
	}
	file, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = file.Write([]byte(content))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/new/default/upload?do="+do, &b)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return r.send(req)
}

const header = "id,list_name,text,type,purpose\n"

// A file is checked without being enqueued, with each fault beside its line, and is
// enqueued whole or not at all. Sent again, nothing is enqueued twice.
func TestAFileIsCheckedThenEnqueued(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const good = header + "a,l,Hello.,sms_premium,alert\nb,l,\"Two\nlines\",sms_premium,alert\n"
	const bad = good + "c,l,Hello.,sms_gold,alert\n"
	checked := r.bring("check", "sheet.csv", bad, "")
	checked.want(http.StatusOK, "1 lines of sheet.csv have faults, 2 have none.", "c,l,Hello.,sms_gold,alert", "sms_gold", `<th scope="row">5</th>`)
	r.bring("enqueue", "sheet.csv", bad, "").want(http.StatusOK, "Nothing was enqueued.")
	r.bring("check", "sheet.csv", good, "").want(http.StatusOK, "All 2 lines", "Enqueue 2 campaigns")
	r.get("/campaigns").want(http.StatusOK, "None here")
	r.bring("enqueue", "", "", strings.ReplaceAll(good, "\n", "\r\n")).want(http.StatusOK, "2 campaigns were enqueued", `href="/campaigns/default/a"`)
	if got := r.state("b").Campaign.Text; got != "Two\nlines" {
		t.Errorf("got the text %q, want its two lines", got)
	}
	r.bring("enqueue", "sheet.csv", good, "").want(http.StatusOK, "0 campaigns were enqueued, 2 were known already")
	r.bring("check", "", "", "").want(http.StatusBadRequest, "No file was chosen")
	r.bring("check", "lines.jsonl", `{"list_name":"l","text":"Hello.","type":"sms_premium","purpose":"alert"}`+"\n{}\n", "").want(http.StatusOK, "1 lines of lines.jsonl have faults")
	r.caller = callerWith(access.Viewer)
	r.bring("check", "sheet.csv", good, "").want(http.StatusForbidden)
}

// Of a large file with many faults the page lists some, and counts all.
func TestOfManyFaultsSomeAreListed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var b strings.Builder
	b.WriteString(header)
	for i := range 5000 {
		_, _ = fmt.Fprintf(&b, "m-%d,l,%s,sms_gold,alert\n", i, strings.Repeat("x", 100))
	}
	s := r.bring("check", "large.csv", b.String(), "")
	s.want(http.StatusOK, "5000 lines of large.csv have faults", "4600 more lines are not listed.")
	s.lacks("<textarea class=\"lines\"")
}
