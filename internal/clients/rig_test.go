package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/testenv"
)

// binary is octoq, built once for all tests.
var binary string

// noBinary is why there is none.
var noBinary error

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "octoq-clients-")
	noBinary = err
	if err == nil {
		binary, noBinary = proctest.Build(context.Background(), dir, "octoq", proctest.Octoq)
	}
	m.Run()
	_ = os.RemoveAll(dir)
}

// The credentials that the simulator has where no others are set.
const (
	login  = "sim@example.com"
	apiKey = "sim-key"
)

// rig is a simulator of a test's own, behind a recorder.
type rig struct {
	t   *testing.T
	sim string // address of the simulator
	url string // address of the recorder
	rec *recorder
	seq float64 // of the last call in the journal that was seen
}

func newRig(t *testing.T) *rig {
	t.Helper()
	if noBinary != nil {
		t.Fatal(noBinary)
	}
	log := filepath.Join(t.TempDir(), "simulator.log")
	p, err := proctest.Start(log, testenv.Clean(), binary, "simulate", "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	r := &rig{t: t, sim: addressOf(t, p)}
	to, err := url.Parse(r.sim)
	if err != nil {
		t.Fatalf("read the simulator's address: %v", err)
	}
	r.rec = newRecorder(to)
	server := httptest.NewServer(r.rec)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// addressOf waits until the simulator says where it is.
func addressOf(t *testing.T, p *proctest.Process) string {
	t.Helper()
	says := regexp.MustCompile(`API at (http://\S+)/v1/public`)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if found := says.FindStringSubmatch(p.Log()); found != nil {
			return found[1]
		}
		select {
		case <-p.Done:
			t.Fatalf("the simulator ended at once:\n%s", p.Log())
		case <-tick.C:
		}
	}
	t.Fatalf("the simulator did not say its address:\n%s", p.Log())
	return ""
}

// caller makes the call of a fact, and returns what the client made of the
// answer; nil where there is no client.
type caller interface {
	call(f fact) (any, error)
}

// play makes the calls of a table in order and compares all that happens with it.
func (r *rig) play(file string, c caller) {
	r.t.Helper()
	tb, err := readTable(file)
	if err != nil {
		r.t.Fatal(err)
	}
	known := tickets{}
	for i := range tb.facts {
		f, err := tb.fact(i, known)
		if err != nil {
			r.t.Fatal(err)
		}
		r.prepare(f)
		made, err := c.call(f)
		if err != nil {
			r.t.Fatalf("%s: %v", f.Name, err)
		}
		for _, diff := range f.differences(observed{r.rec.take(), r.journal(), made}, known) {
			r.t.Errorf("%s: %s: %s", file, f.Name, diff)
		}
	}
	r.t.Logf("%s: %d calls", file, len(tb.facts))
}

// prepare posts what the fact has for the simulator's own pages.
func (r *rig) prepare(f fact) {
	r.t.Helper()
	for page, body := range f.Admin {
		status, text, err := r.do(http.MethodPost, r.sim+"/_sim/"+page, nil, body)
		if err != nil || status > 299 {
			r.t.Fatalf("%s: post %s to /_sim/%s: got %d, %v: %s", f.Name, body, page, status, err, text)
		}
	}
}

// journal returns the calls that the simulator has noted since the last time.
func (r *rig) journal() []map[string]any {
	r.t.Helper()
	_, text, err := r.do(http.MethodGet, fmt.Sprintf("%s/_sim/log?after=%.0f", r.sim, r.seq), nil, nil)
	var calls []map[string]any
	if err := errors.Join(err, json.Unmarshal(text, &calls)); err != nil {
		r.t.Fatalf("read the simulator's journal: %v", err)
	}
	if len(calls) > 0 {
		r.seq, _ = calls[len(calls)-1]["seq"].(float64)
	}
	return calls
}

// do makes one HTTP request.
func (r *rig) do(method, address string, header map[string]string, body []byte) (int, []byte, error) {
	q, err := http.NewRequestWithContext(r.t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("make a request: %w", err)
	}
	for name, value := range header {
		q.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, nil, fmt.Errorf("call the simulator: %w", err)
	}
	defer func() { _ = a.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	return a.StatusCode, text, err
}

// plain makes the calls by itself, as the table has them.
type plain struct{ r *rig }

func (p plain) call(f fact) (any, error) {
	var body []byte
	if f.Sends.Body != nil {
		var err error
		if body, err = json.Marshal(f.Sends.Body); err != nil {
			return nil, fmt.Errorf("encode the body: %w", err)
		}
	}
	address := p.r.url + base + f.Sends.Path
	if f.Sends.Query != "" {
		address += "?" + f.Sends.Query
	}
	_, _, err := p.r.do(f.Sends.Method, address, f.Sends.Headers, body)
	return nil, err
}

// files are the tables of facts.
func files(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("testdata/*.facts")
	if err != nil || len(found) == 0 {
		t.Fatalf("got the tables %q, %v, want some", found, err)
	}
	slices.Sort(found)
	return found
}

// The simulator answers what the table says, to each call as the clients make it.
func TestSimulatorAnswersTheClientsAsTheTableSays(t *testing.T) {
	t.Parallel()
	for _, file := range files(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.play(file, plain{r})
		})
	}
}
