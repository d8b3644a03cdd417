package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/testenv"
)

// bulkWeb is octoq web beside the Redis of a bulk rig.
type bulkWeb struct {
	*process
	r    *bulkRig
	addr string
}

func (r *bulkRig) web() *bulkWeb {
	r.t.Helper()
	log := filepath.Join(r.t.TempDir(), "web.log")
	p, err := proctest.Start(log, append(testenv.Clean(), "OCTOQ_REDIS_URL="+r.redis.URL()), binary, "web", "--web-listen", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(p.Kill)
	find := regexp.MustCompile(`pages at http://([^/\s]+)`)
	for deadline := time.Now().Add(time.Minute); ; {
		if found := find.FindStringSubmatch(p.Log()); found != nil {
			return &bulkWeb{&process{p, r.t}, r, found[1]}
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("octoq web does not start:\n%s", p.Log())
		}
	}
}

// memory is how much of the process is resident, and the most that ever was, in KiB.
func (p *process) memory(name string) int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	p.t.Fatalf("the system does not report %s", name)
	return 0
}

// bulkEnd is the summary of a bulk answer; nil where that was broken off.
type bulkEnd struct {
	Created, Known, Conflicts, Invalid, Failed int
	Unread                                     int `json:"unread_from"`
	Detail                                     string
}

// bulkLine is any line of a bulk answer.
type bulkLine struct {
	Line    int
	ID      string
	Result  string
	Summary *bulkEnd
}

// readBulk reads an answer, and fails unless its lines are numbered from 1 in order.
func (w *bulkWeb) readBulk(body io.Reader, each func(bulkLine)) *bulkEnd {
	w.t.Helper()
	for n, lines := 1, bufio.NewScanner(body); lines.Scan(); n++ {
		var l bulkLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil // torn
		}
		if l.Summary != nil {
			return l.Summary
		}
		if l.Line != n {
			w.t.Fatalf("got line %d as number %d", l.Line, n)
		}
		each(l)
	}
	return nil
}

const bulkURL = "/v1/accounts/default/campaigns/bulk"

// post makes a bulk request and reads its answer; nil is one that was broken off.
func (w *bulkWeb) post(query string, body io.Reader, each func(bulkLine)) *bulkEnd {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+w.addr+bulkURL+query, body)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		w.t.Logf("no answer: %v", err)
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	return w.readBulk(resp.Body, each)
}

func (r *bulkRig) open(file string) *os.File {
	r.t.Helper()
	f, err := os.Open(file)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = f.Close() })
	return f
}

// withBad is a file in which ten lines, from the third on, are bad.
func (r *bulkRig) withBad(file string, n int) (bad map[int]bool, name string) {
	r.t.Helper()
	out, err := os.Create(file + ".bad")
	if err != nil {
		r.t.Fatal(err)
	}
	bad = map[int]bool{}
	w, i := bufio.NewWriter(out), 0
	for lines := bufio.NewScanner(r.open(file)); lines.Scan(); {
		if i++; i%(n/10) == 3 {
			bad[i] = true
			_, _ = fmt.Fprintln(w, strings.Replace(lines.Text(), "sms_premium", "fax", 1))
			continue
		}
		_, _ = fmt.Fprintln(w, lines.Text())
	}
	if err := w.Flush(); err != nil {
		r.t.Fatal(err)
	}
	return bad, out.Name()
}

// Any number of lines has its results, in order, with the bad ones named, in memory that
// does not grow with them.
func TestBulkOverHTTPInOrder(t *testing.T) {
	t.Parallel()
	r, n := newBulkRig(t), bulk(t)
	bad, file := r.withBad(r.generate(n), n)
	web := r.web()
	start, began := web.memory("VmRSS"), time.Now()
	end := web.post("", r.open(file), func(l bulkLine) {
		if want := map[bool]string{true: "invalid", false: "created"}[bad[l.Line]]; l.Result != want || l.ID != bulkID(l.Line-1) {
			t.Fatalf("got %+v, want %s", l, want)
		}
	})
	took := time.Since(began)
	if want := (bulkEnd{Created: n - len(bad), Invalid: len(bad)}); len(bad) != 10 || end == nil || *end != want {
		t.Fatalf("got %+v, want %+v", end, want)
	}
	const most = 64 << 10
	over := web.memory("VmHWM") - start
	if over > most {
		t.Errorf("memory: got %d KiB over the start, want %d at most", over, most)
	}
	if queued := r.queued(); queued != n-len(bad) {
		t.Errorf("got %d queued, want %d", queued, n-len(bad))
	}
	t.Logf("%d lines in %v, %.0f a second, %d KiB over the start (%d KiB)", n, took.Round(time.Millisecond), float64(n)/took.Seconds(), over, start)
}

// A client that writes everything before it reads comes to its end.
func TestBulkOverHTTPWrittenBeforeRead(t *testing.T) {
	t.Parallel()
	r, n := newBulkRig(t), bulk(t)
	file := r.open(r.generate(n))
	web := r.web()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", web.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Minute))
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n", bulkURL, info.Size())
	if err == nil {
		_, err = io.Copy(c, file)
	}
	if err != nil {
		t.Fatalf("write everything: %v", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	end := web.readBulk(resp.Body, func(bulkLine) {})
	if want := (bulkEnd{Created: n}); end == nil || *end != want {
		t.Errorf("got %+v, want %+v", end, want)
	}
	t.Logf("%d lines were written before the answer was read", n)
}

// A server that is killed in the middle enqueues nothing twice when everything is sent
// again, and loses nothing.
func TestBulkOverHTTPKilled(t *testing.T) {
	t.Parallel()
	r, n := newBulkRig(t), bulk(t)
	file := r.generate(n)
	web := r.web()
	answered := make(chan *bulkEnd, 1)
	go func() {
		answered <- web.post("", r.open(file), func(bulkLine) {})
	}()
	for deadline := time.Now().Add(time.Minute); r.queued() < n/4; {
		if time.Now().After(deadline) {
			t.Fatalf("a quarter is not there after a minute:\n%s", web.Log())
		}
	}
	web.kill()
	if end := <-answered; end != nil {
		t.Errorf("got the summary %+v of an answer that was broken off", end)
	}
	there := r.queued()
	if there >= n {
		t.Fatalf("killed: got %d of %d queued, want it in the middle", there, n)
	}
	web = r.web()
	end := web.post("", r.open(file), func(bulkLine) {})
	if want := (bulkEnd{Created: n - there, Known: there}); end == nil || *end != want {
		t.Errorf("again: got %+v, want %+v", end, want)
	}
	r.once(n)
}

// octoq web stops within its grace with bulk requests under way, and each client knows
// how far it came, whether it sends nothing or does not stop to.
func TestBulkOverHTTPStopped(t *testing.T) {
	t.Parallel()
	r := newBulkRig(t)
	web := r.web()
	text, err := os.ReadFile(r.generate(3))
	if err != nil {
		t.Fatal(err)
	}
	type left struct {
		end   *bulkEnd
		lines int
	}
	all := map[string]chan left{"silent": make(chan left, 1), "streaming": make(chan left, 1), "busy": make(chan left, 1)}
	lines := strings.SplitAfter(string(text), "\n")
	for name, answered := range all {
		out, in := io.Pipe()
		line := []byte(lines[0])
		lines = lines[1:]
		go func() {
			for _, err := in.Write(line); err == nil && name == "busy"; {
				_, err = in.Write(line)
			}
		}()
		go func() {
			var got left
			got.end = web.post(map[string]string{"streaming": "?stream=true"}[name], out, func(bulkLine) { got.lines++ })
			_ = out.Close()
			answered <- got
		}()
	}
	for deadline := time.Now().Add(time.Minute); r.queued() < len(all); {
		if time.Now().After(deadline) {
			t.Fatal("a line of each is not enqueued after a minute")
		}
	}
	web.signal(syscall.SIGTERM)
	began := time.Now()
	for name, answered := range all {
		got := <-answered
		if got.end == nil || got.end.Unread < 1 || !strings.HasPrefix(got.end.Detail, "octoq is stopping.") {
			t.Errorf("%s: got %+v behind %d lines, want how far it came", name, got.end, got.lines)
		}
	}
	if code := web.wait(10 * time.Second); code != 0 {
		t.Errorf("got exit code %d, want 0\n%s", code, web.Log())
	}
	t.Logf("stopped after %v", time.Since(began))
}
