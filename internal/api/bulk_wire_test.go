package api_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/api"
)

// wire is a client that does on its connection what it likes.
type wire struct {
	t *testing.T
	net.Conn
	answer *bufio.Reader
}

// narrow makes the connections of a listener hold little.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = errors.Join(tcp.SetWriteBuffer(narrowBuffer), tcp.SetReadBuffer(narrowBuffer))
	}
	return c, err
}

// narrowBuffer is how much each end of a narrow connection holds, in bytes; the system
// may double it.
const narrowBuffer = 16 << 10

// dialNarrowly begins a bulk request over a connection that holds little.
func (r *rig) dialNarrowly(query string) *wire {
	r.t.Helper()
	s := httptest.NewUnstartedServer(r.api)
	s.Listener = narrow{s.Listener}
	s.Start()
	r.t.Cleanup(s.Close)
	w := r.dial(s, query)
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		_ = errors.Join(tcp.SetWriteBuffer(narrowBuffer), tcp.SetReadBuffer(narrowBuffer))
	}
	return w
}

// dial begins a bulk request with a body in chunks.
func (r *rig) dial(s *httptest.Server, query string) *wire {
	r.t.Helper()
	c, err := (&net.Dialer{}).DialContext(r.t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	w := &wire{t: r.t, Conn: c, answer: bufio.NewReader(c)}
	_, err = fmt.Fprintf(w, "POST %s%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", bulkPath, query, ndjson)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// send sends a piece of the body; an empty one ends it.
func (w *wire) send(text string) error {
	_, err := fmt.Fprintf(w, "%x\r\n%s\r\n", len(text), text)
	return err
}

// read reads the answer to its end.
func (w *wire) read() bulkAnswer {
	w.t.Helper()
	resp, err := http.ReadResponse(w.answer, nil)
	if err != nil {
		w.t.Fatalf("read the answer: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	return readBulk(w.t, resp.StatusCode, resp.Header, resp.Body)
}

// A client may write everything before it reads, however much the answer is: results wait
// in a file. One that asks to have them at once and does not read is broken off.
func TestAClientThatWritesBeforeItReads(t *testing.T) {
	t.Parallel()
	const n = 15_000 // more than a request has under way, and its buffers hold: 3 MB
	body := lines(n, nil)
	for _, query := range []string{"", "?stream=true"} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if query != "" {
				r.api.HurryBulks(time.Second)
			}
			w := r.dialNarrowly(query)
			err := w.send(body)
			if err == nil {
				err = w.send("")
			}
			if query != "" {
				if err == nil {
					t.Error("it was all read: do the sockets hold the whole answer?")
				}
				return
			}
			if err != nil {
				t.Fatalf("write: %v", err)
			}
			a := w.read()
			a.wantSum(t, sum(n, 0, 0, 0, 0))
			if len(a.lines) != n {
				t.Errorf("got %d results, want %d", len(a.lines), n)
			}
		})
	}
}

// A sender that sends nothing is broken off, and knows how far it came. One that is slow
// is not.
func TestASlowSenderIsBrokenOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const patience = 1500 * time.Millisecond
	r.api.HurryBulks(patience)
	w := r.dial(r.server(), "")
	tick := time.NewTicker(patience / 8)
	defer tick.Stop()
	for _, c := range lines(1, nil)[:20] {
		<-tick.C
		if err := w.send(string(c)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.send(lines(1, nil)[20:] + lines(2, nil) + `{"id":`); err != nil {
		t.Fatal(err)
	}
	a := w.read()
	want := sum(2, 1, 0, 0, 0)
	want.Unread, want.Detail = 4, "Nothing came for 30 seconds. Lines from unread_from on were not read: send everything again."
	a.wantSum(t, want)
	_ = w.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := w.answer.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want the connection closed: the rest of the body is no request", err)
	}
}

// talk is a bulk request whose results are read while it is written.
type talk struct {
	t     *testing.T
	body  *io.PipeWriter
	lines *bufio.Scanner
}

func (r *rig) talk() *talk {
	r.t.Helper()
	s := r.server()
	out, in := io.Pipe()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, s.URL+bulkPath+"?stream=true", out)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", ndjson)
	t := &talk{t: r.t, body: in}
	t.write(lines(1, nil)) // the answer begins with the first result
	resp, err := s.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		_ = in.Close()
		_ = resp.Body.Close()
	})
	t.lines = bufio.NewScanner(resp.Body)
	t.want("created")
	return t
}

// write writes without waiting for the transport.
func (t *talk) write(text string) { go func() { _, _ = io.WriteString(t.body, text) }() }

// next is the next line of the answer.
func (t *talk) next() (line struct {
	api.BulkLine
	Summary *api.BulkSummary
}) {
	t.t.Helper()
	if !t.lines.Scan() {
		t.t.Fatalf("the answer ended: %v", t.lines.Err())
	}
	if err := json.Unmarshal(t.lines.Bytes(), &line); err != nil {
		t.t.Fatalf("got %q: %v", t.lines.Text(), err)
	}
	return line
}

func (t *talk) want(results ...string) {
	t.t.Helper()
	for _, want := range results {
		if l := t.next(); l.Result != want {
			t.t.Fatalf("got %+v, want %s", l.BulkLine, want)
		}
	}
}

// A client that reads meanwhile has each result before it sends the next line. What comes
// after Redis went away is answered line by line.
func TestBulkAnswersWhileItReads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	talk := r.talk()
	for range 3 {
		talk.write(lines(1, nil))
		talk.want("known")
	}
	talk.write("{}\n")
	talk.want("invalid")
	r.redis.Kill()
	talk.write(lines(3, map[int]string{1: "{}"}))
	first := talk.next()
	if first.Result != "failed" || first.Code != "redis" || first.ID != "c0" || strings.Contains(fmt.Sprint(first), r.redis.Addr) {
		t.Errorf("got %+v, want failed, redis, and no host", first.BulkLine)
	}
	talk.want("invalid", "failed")
	r.redis.Restart()
	talk.write(lines(2, nil))
	talk.want("failed", "failed")
	_ = talk.body.Close()
	bulkAnswer{status: http.StatusOK, summary: talk.next().Summary}.wantSum(t, sum(1, 3, 0, 2, 4))
}

// When octoq stops, each client knows how far it came: one that waits, one that reads
// meanwhile, and one that goes on writing.
func TestBulkEndsWithTheProcess(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	r := newRigOf(t, func(cfg *api.Config) { cfg.Stopping = stopping })
	s := r.server()
	waiting, talking, writing := r.dial(s, ""), r.talk(), r.dial(s, "?results=problems")
	if err := waiting.send(strings.ReplaceAll(lines(2, nil), `"c`, `"w`) + "{"); err != nil {
		t.Fatal(err)
	}
	const piece = 1000
	wrote := make(chan int, 1)
	go func() {
		n := 0
		for text := lines(piece, nil); writing.send(text) == nil; n++ {
		}
		wrote <- n
	}()
	for deadline := time.Now().Add(time.Minute); ; {
		if ids := r.queued(); slices.Contains(ids, "w1") && slices.Contains(ids, "c999") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the first lines of each are not enqueued after a minute")
		}
	}
	close(stopping)
	began := time.Now()
	for name, a := range map[string]bulkAnswer{"waiting": waiting.read(), "writing": writing.read()} {
		if a.summary == nil || a.summary.Unread == 0 || !strings.HasPrefix(a.summary.Detail, "octoq is stopping.") {
			t.Fatalf("%s: got %+v after %d lines, want how far it came", name, a.summary, len(a.lines))
		}
		if got := a.summary; got.Created+got.Known+got.Failed != got.Unread-1 {
			t.Errorf("%s: got %+v, want every line before that of unread_from counted", name, got)
		}
	}
	if end := talking.next(); end.Summary == nil || end.Summary.Unread != 2 {
		t.Errorf("talking: got %+v, want how far it came", end)
	}
	_ = writing.Close()
	t.Logf("answered after %v; %d lines were written", time.Since(began), piece*<-wrote)
}

// Beyond its room only problems are kept, and the summary counts what is left out.
func TestBulkWithoutRoom(t *testing.T) {
	t.Parallel()
	r := newRigOf(t, func(cfg *api.Config) { cfg.SpoolMax = 256 << 10 })
	const n = 8000
	others := map[int]string{}
	for i := 10; i < n; i += 1000 {
		others[i] = "{}"
	}
	a := r.bulk(r.server(), "", ndjson, strings.NewReader(lines(n, others)))
	if a.summary == nil || a.summary.Created != n-len(others) || a.summary.LeftOut < n/10 || a.summary.LeftOut+len(a.lines) != n {
		t.Fatalf("got %+v and %d lines, want each counted or answered", a.summary, len(a.lines))
	}
	problems := 0
	for _, l := range a.lines {
		if l.Result == "invalid" {
			problems++
		}
	}
	if problems != len(others) {
		t.Errorf("got %d problems, want all %d", problems, len(others))
	}
}
