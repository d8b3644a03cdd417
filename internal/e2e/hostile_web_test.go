package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// idleConnections is how many connections do nothing in these tests: OCTOQ_IDLE, or what
// is done in a second.
func idleConnections(t *testing.T) int {
	t.Helper()
	text := os.Getenv("OCTOQ_IDLE")
	if text == "" {
		return 500
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 500 {
		t.Fatalf("OCTOQ_IDLE is %q, want a number of connections from 500 on", text)
	}
	return n
}

// connect opens a connection to octoq web, closed with the test.
func (w *bulkWeb) connect() net.Conn {
	w.t.Helper()
	c, err := (&net.Dialer{}).DialContext(w.t.Context(), "tcp", w.addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	return c
}

// answers fails unless octoq web answers somebody else meanwhile.
func (w *bulkWeb) answers(while string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.addr+"/v1/accounts", http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	began := time.Now()
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		w.t.Fatalf("%s: %v\n%s", while, err, w.Log())
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Errorf("%s: got %s, want an answer", while, resp.Status)
	}
	w.t.Logf("%s: answered within %v", while, time.Since(began).Round(time.Millisecond))
}

// Whoever sends a request byte by byte is cut off, however many do it, and others are
// answered meanwhile.
func TestWebCutsOffSlowRequests(t *testing.T) {
	t.Parallel()
	web := newBulkRig(t).web()
	const many = 200
	var all sync.WaitGroup
	slow := make([]net.Conn, many)
	for i := range slow {
		slow[i] = web.connect()
		all.Go(func() {
			head := "GET /v1/accounts HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + strings.Repeat("a", 1000)
			if i%2 == 1 { // a body that takes its time
				head = "PUT /v1/accounts/default/campaigns/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat(" ", 1000)
			}
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for n := range head {
				if _, err := slow[i].Write([]byte(head[n : n+1])); err != nil {
					return
				}
				<-tick.C
			}
			t.Errorf("connection %d wrote a whole request at 10 bytes a second", i)
		})
	}
	web.answers("200 requests come byte by byte")
	for _, c := range slow {
		all.Go(func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() })
	}
	all.Wait()
	web.answers("after they were cut off")
}

// Headers without end are refused once they are too long, and cost no memory.
func TestWebRefusesHeadersWithoutEnd(t *testing.T) {
	t.Parallel()
	web := newBulkRig(t).web()
	before := web.memory("VmRSS")
	c := web.connect()
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(c).ReadString('\n')
		answer <- line
	}()
	_, err := io.WriteString(c, "GET /v1/accounts HTTP/1.1\r\nHost: localhost\r\n")
	sent, line := 0, "X-More: "+strings.Repeat("a", 1<<10)+"\r\n"
	for ; err == nil && sent < 100<<20; sent += len(line) {
		_, err = io.WriteString(c, line)
	}
	if got := <-answer; !strings.Contains(got, "431") && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		t.Errorf("100 MB of headers: got %q and %v, want 431, or the end of the connection", got, err)
	}
	if sent >= 100<<20 {
		t.Errorf("all of 100 MB were taken")
	}
	web.answers("after headers without end")
	const most = 32 << 10
	if over := web.memory("VmHWM") - before; over > most {
		t.Errorf("memory: got %d KiB over the start, want %d at most", over, most)
	}
}

// What is no campaign is refused as such, however deep it is and whatever its bytes are.
func TestWebRefusesHostileBodies(t *testing.T) {
	t.Parallel()
	r := newBulkRig(t)
	web := r.web()
	for name, body := range map[string]string{
		"deep lists": strings.Repeat("[", 500_000), "deep objects": strings.Repeat(`{"labels":`, 50_000), "deep in a field": `{"text":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}",
		"bad UTF-8":        "{\"list_name\":\"l\",\"text\":\"\xff\xfe STOP au 30101\",\"type\":\"sms_premium\",\"purpose\":\"wholesale\"}",
		"a lone surrogate": `{"list_name":"l","text":"\ud800 STOP au 30101","type":"sms_premium","purpose":"wholesale"}`,
		"NUL":              `{"list_name":"l\u0000","text":"Hello STOP au 30101","type":"sms_premium","purpose":"wholesale"}`,
		"a huge number":    `{"max_cost":` + strings.Repeat("9", 100_000) + `}`, "twice the same key": `{"text":"a","text":"b"}`,
	} {
		for _, method := range []string{http.MethodPut, http.MethodPatch} {
			req, err := http.NewRequestWithContext(t.Context(), method, "http://"+web.addr+"/v1/accounts/default/campaigns/a", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", map[string]string{http.MethodPut: "application/json", http.MethodPatch: "application/merge-patch+json"}[method])
			req.Header.Set("If-Match", `"1.1.aaaaaaaa"`)
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
			if err != nil {
				t.Fatalf("%s %s: %v\n%s", method, name, err, web.Log())
			}
			text, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode < 400 || resp.StatusCode > 428 || resp.Header.Get("Content-Type") != "application/problem+json" || len(text) > 4<<10 {
				t.Errorf("%s %s: got %s and %.300s, want a problem", method, name, resp.Status, text)
			}
		}
	}
	if n := r.queued(); n != 0 {
		t.Errorf("got %d queued, want none", n)
	}
}

// Connections that do nothing cost little, keep nobody from being answered, and do not
// delay the stop.
func TestWebAmongIdleConnections(t *testing.T) {
	t.Parallel()
	web := newBulkRig(t).web()
	before, n := web.memory("VmRSS"), idleConnections(t)
	for i := range n {
		c := web.connect()
		if i%2 == 0 { // half of them have been of use
			if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
		}
	}
	web.answers(fmt.Sprintf("%d connections do nothing", n))
	over := web.memory("VmHWM") - before
	const each, base = 40, 32 << 10 // KiB
	if over > base+n*each {
		t.Errorf("memory: got %d KiB over the start for %d connections, want %d KiB each at most", over, n, each)
	}
	began := time.Now()
	web.signal(syscall.SIGTERM)
	if code := web.wait(10 * time.Second); code != 0 {
		t.Errorf("got exit code %d, want 0\n%s", code, web.Log())
	}
	t.Logf("%d connections: %d KiB over the start (%d KiB); stopped after %v", n, over, before, time.Since(began).Round(time.Millisecond))
}
