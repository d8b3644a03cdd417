package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// UploadPath reports whether a request brings a file, which may be larger than a form.
func UploadPath(p string) bool { return strings.HasPrefix(p, "/new/") && path.Base(p) == "upload" }

// MaxUpload bounds a file, in bytes: it is the most that the API takes all or nothing of.
const MaxUpload = 64 << 20

const (
	// shownBytes is how much of a file may be edited on the page.
	shownBytes = 256 << 10
	// shownLines is how many results are listed.
	shownLines = 200
	// uploadFor is how long a file may take to come.
	uploadFor = 5 * time.Minute
)

// bulkSummary counts results, as the API does.
type bulkSummary struct {
	Created   int `json:"created"`
	Known     int `json:"known"`
	Valid     int `json:"valid"`
	Conflicts int `json:"conflicts"`
	Invalid   int `json:"invalid"`
	Failed    int `json:"failed"`
	// Unread is the line from which on nothing was read, and Detail why.
	Unread int    `json:"unread_from"`
	Detail string `json:"detail"`
}

// bulkResult is what became of a line, as the API says it.
type bulkResult struct {
	Line   int     `json:"line"`
	ID     string  `json:"id"`
	Result string  `json:"result"`
	Errors []fault `json:"errors"`
	Text   string  `json:"-"` // of the line, where the page has it
}

// Good reports whether there is nothing to do about a line.
func (l bulkResult) Good() bool {
	return l.Result == "created" || l.Result == "known" || l.Result == "valid"
}

// uploaded is a file, and what became of it.
type uploaded struct {
	Account  string
	Name     string
	Format   string
	Content  string // what may be edited on the page; "" for a larger file
	Enqueued bool   // it was to be enqueued, not only checked
	Lines    []bulkResult
	Summary  bulkSummary
	Left     int  // results that are not listed
	ended    bool // there was a summary
}

// Faults counts the lines that something is wrong with.
func (u *uploaded) Faults() int { return u.Summary.Conflicts + u.Summary.Invalid + u.Summary.Failed }

// Fine counts the lines without a fault.
func (u *uploaded) Fine() int { return u.Summary.Valid + u.Summary.Created + u.Summary.Known }

// upload checks a file, or enqueues all of it if no line has a fault.
func (v *visit) upload() error {
	control := http.NewResponseController(v.w)
	_ = control.SetReadDeadline(time.Now().Add(uploadFor)) // an answer that is recorded has none
	_ = control.SetWriteDeadline(time.Now().Add(uploadFor))
	u := &uploaded{Account: v.account, Enqueued: v.r.URL.Query().Get("do") == "enqueue"}
	file, err := v.file(u)
	if err != nil {
		return v.showNew(newBody{Upload: u}, &apiRefusal{Status: http.StatusBadRequest, Detail: sentence(err)})
	}
	kept := &fileHead{}
	alert, err := refused(v.bulk(u, io.TeeReader(file, kept)))
	if err != nil {
		return err
	}
	u.Content = kept.text()
	u.quote()
	return v.showNew(newBody{Upload: u}, alert)
}

// errNoFile says that a form came without a file.
var errNoFile = errors.New("no file was chosen, and no lines were written")

// file is what the form brings: a file, or else the lines that were edited on the page.
func (v *visit) file(u *uploaded) (io.Reader, error) {
	parts, err := v.r.MultipartReader()
	if err != nil {
		return nil, err
	}
	var edited []byte
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(edited) > 0:
			return bytes.NewReader(edited), nil
		case errors.Is(err, io.EOF):
			return nil, errNoFile
		case err != nil:
			return nil, err
		case part.FormName() == "file" && part.FileName() != "":
			u.Name, u.Format = part.FileName(), formatOf(part)
			return part, nil
		}
		text, err := io.ReadAll(io.LimitReader(part, 2*shownBytes))
		if err != nil {
			return nil, err
		}
		switch part.FormName() {
		case "content":
			edited = []byte(unixLines(string(text)))
		case "format":
			u.Format = string(text)
		case "name":
			u.Name = string(text)
		}
	}
}

// formatOf is the format of a file by its name.
func formatOf(part *multipart.Part) string {
	switch strings.ToLower(path.Ext(part.FileName())) {
	case ".jsonl", ".ndjson", ".json":
		return "jsonl"
	default:
		return "csv"
	}
}

// bulk lets the API check or enqueue a file.
func (v *visit) bulk(u *uploaded, file io.Reader) error {
	kind, query := "text/csv", "?dry_run=true"
	if u.Format == "jsonl" {
		kind = "application/x-ndjson"
	}
	if u.Enqueued {
		query = "?all_or_nothing=true"
	}
	r, err := v.request(apiRequest{method: http.MethodPost, path: pathOf("accounts", v.account, "campaigns", "bulk") + query, kind: kind, body: file})
	if err != nil {
		return err
	}
	w := &bulkAnswer{header: http.Header{}, into: u}
	v.console.config.API.ServeHTTP(w, r)
	w.line() // the last one may have no end
	if w.status >= http.StatusBadRequest {
		return refusalOf(w.status, w.problem.Bytes())
	}
	return u.broken()
}

// broken is a refusal if not all of the file was read.
func (u *uploaded) broken() error {
	switch {
	case !u.ended:
		return &apiRefusal{Status: http.StatusConflict, Detail: "The answer broke off: send the same file again. Nothing is enqueued twice."}
	case u.Summary.Unread > 0:
		return &apiRefusal{Status: http.StatusConflict, Detail: "From line " + strconv.Itoa(u.Summary.Unread) + " on nothing was read: " + u.Summary.Detail}
	default:
		return nil
	}
}

// quote puts the text of a line beside what is wrong with it.
func (u *uploaded) quote() {
	lines := strings.Split(u.Content, "\n")
	for i, l := range u.Lines {
		if u.Content != "" && l.Line >= 1 && l.Line <= len(lines) {
			u.Lines[i].Text = lines[l.Line-1]
		}
	}
}

// fileHead keeps the beginning of a file.
type fileHead struct {
	kept []byte
	more bool
}

func (h *fileHead) Write(p []byte) (int, error) {
	if room := shownBytes - len(h.kept); len(p) > room {
		h.kept, h.more = append(h.kept, p[:room]...), true
	} else {
		h.kept = append(h.kept, p...)
	}
	return len(p), nil
}

// text is the file, "" if it is longer.
func (h *fileHead) text() string {
	if h.more {
		return ""
	}
	return unixLines(strings.TrimPrefix(string(h.kept), "\ufeff"))
}

// bulkAnswer reads the API's results while it writes them, and keeps the first of them.
type bulkAnswer struct {
	header  http.Header
	status  int
	problem bytes.Buffer // of an answer that is none
	rest    []byte       // of a line that has not ended
	into    *uploaded
}

// Header is that of the answer.
func (w *bulkAnswer) Header() http.Header { return w.header }

// WriteHeader takes the status.
func (w *bulkAnswer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *bulkAnswer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status >= http.StatusBadRequest {
		return w.problem.Write(p)
	}
	for rest := p; ; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		w.rest = append(w.rest, line...)
		if !ended {
			return len(p), nil
		}
		w.line()
		rest = after
	}
}

// line takes one result, or the summary. Lines with a fault go before others when there
// are too many.
func (w *bulkAnswer) line() {
	defer func() { w.rest = w.rest[:0] }()
	var l struct {
		bulkResult
		Summary *bulkSummary `json:"summary"`
	}
	if json.Unmarshal(w.rest, &l) != nil {
		return
	}
	switch {
	case l.Summary != nil:
		w.into.Summary, w.into.ended = *l.Summary, true
	case l.Good() && (!w.into.Enqueued || len(w.into.Lines) >= shownLines), len(w.into.Lines) >= 2*shownLines:
		w.into.Left++
	default:
		w.into.Lines = append(w.into.Lines, l.bulkResult)
	}
}
