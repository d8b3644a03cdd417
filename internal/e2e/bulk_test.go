package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/testenv"
)

// bulk is how many campaigns the files of these tests hold: OCTOQ_BULK, or what
// a busy machine does in a few seconds.
func bulk(t *testing.T) int {
	t.Helper()
	text := os.Getenv("OCTOQ_BULK")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10_000 {
		t.Fatalf("OCTOQ_BULK is %q, want a number of campaigns from 10000 on", text)
	}
	return n
}

// bulkRun is one run of octoq enqueue over a file.
type bulkRun struct {
	*exec.Cmd
	out, err bytes.Buffer
	ended    chan struct{}
	peak     int // resident memory in KiB
}

// bulkRig has a Redis and a file of n campaigns.
type bulkRig struct {
	t     *testing.T
	redis *redistest.Server
	dir   string
}

func newBulkRig(t *testing.T) *bulkRig {
	t.Helper()
	if noBinary != nil {
		t.Fatal(noBinary)
	}
	return &bulkRig{t: t, redis: redistest.Start(t), dir: t.TempDir()}
}

func bulkID(i int) string { return fmt.Sprintf("bulk-%07d", i) }

// generate writes a file of n campaigns.
func (r *bulkRig) generate(n int) string {
	r.t.Helper()
	path := filepath.Join(r.dir, fmt.Sprintf("%d.jsonl", n))
	f, err := os.Create(path)
	if err != nil {
		r.t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range n {
		_, _ = fmt.Fprintf(w, `{"id":%q,"list_name":"customers-%d","text":"Hello {first_name}, everything is 20 %% off. STOP au 30101",`+
			`"type":"sms_premium","purpose":"wholesale","sender":"TheShop"}`+"\n", bulkID(i), i%50)
	}
	if err := w.Flush(); err != nil {
		r.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// start starts a run and watches its memory.
func (r *bulkRig) start(args ...string) *bulkRun {
	r.t.Helper()
	run := &bulkRun{Cmd: exec.Command(binary, append([]string{"enqueue"}, args...)...), ended: make(chan struct{})}
	run.Env = append(testenv.Clean(), "OCTOQ_REDIS_URL="+r.redis.URL())
	run.Stdout, run.Stderr = &run.out, &run.err
	if err := run.Start(); err != nil {
		r.t.Fatalf("start octoq enqueue: %v", err)
	}
	go func() {
		defer close(run.ended)
		_ = run.Wait()
	}()
	return run
}

// wait waits for its end and returns its exit code.
func (run *bulkRun) wait(t *testing.T) int {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(10 * time.Minute)
	defer limit.Stop()
	for {
		select {
		case <-run.ended:
			return run.ProcessState.ExitCode()
		case <-tick.C:
			run.peak = max(run.peak, peakOf(run.Process.Pid))
		case <-limit.C:
			_ = run.Process.Kill()
			t.Fatalf("octoq enqueue has not ended:\n%s", run.err.String())
		}
	}
}

// peakOf is the most memory that a process was ever resident with, in KiB; 0
// when it has ended.
func peakOf(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

const bulkQueue = "asynq:{default.create}:pending"

func (r *bulkRig) queued() int {
	n, err := r.redis.Client().LLen(r.t.Context(), bulkQueue).Result()
	if err != nil {
		r.t.Fatalf("count what is queued: %v", err)
	}
	return int(n)
}

// once fails unless the queue holds each of n campaigns exactly once.
func (r *bulkRig) once(n int) {
	r.t.Helper()
	rdb := r.redis.Client()
	seen := map[string]bool{}
	const page = 10_000
	for from := 0; ; from += page {
		ids, err := rdb.LRange(r.t.Context(), bulkQueue, int64(from), int64(from+page-1)).Result()
		if err != nil {
			r.t.Fatalf("list what is queued: %v", err)
		}
		for _, id := range ids {
			if seen[id] {
				r.t.Errorf("%s is queued twice", id)
			}
			seen[id] = true
		}
		if len(ids) < page {
			break
		}
	}
	for i := range n {
		if !seen[bulkID(i)] {
			r.t.Fatalf("%s is not queued, nor may others be", bulkID(i))
		}
	}
	if len(seen) != n {
		r.t.Errorf("queued: got %d campaigns, want %d", len(seen), n)
	}
}

// A run that is interrupted in the middle, in whatever way, is started again,
// and then every campaign is there exactly once.
func TestBulkInterrupted(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]struct {
		signal syscall.Signal
		code   int
		last   string // in the last line
	}{
		"ctrl-c":  {syscall.SIGINT, 1, "start it again with the same file"},
		"kill -9": {syscall.SIGKILL, -1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, n := newBulkRig(t), bulk(t)
			file := r.generate(n)
			run := r.start("--file", file)
			for deadline := time.Now().Add(time.Minute); r.queued() < n/4; {
				if time.Now().After(deadline) {
					t.Fatalf("a quarter is not there after a minute: %s", run.err.String())
				}
			}
			if err := run.Process.Signal(how.signal); err != nil {
				t.Fatalf("interrupt it: %v", err)
			}
			code, there := run.wait(t), r.queued()
			told := lines(run.err.String())
			if code != how.code || how.last != "" && (len(told) == 0 || !strings.Contains(told[len(told)-1], how.last)) {
				t.Errorf("interrupted: got exit code %d, want %d, and\n%s", code, how.code, run.err.String())
			}
			if there < n/4 || there >= n {
				t.Fatalf("interrupted: got %d of %d queued, want it in the middle", there, n)
			}
			if sum := fmt.Sprintf("%d enqueued, 0 known already, 0 invalid", there); how.last != "" && !strings.Contains(run.out.String(), sum) {
				t.Errorf("interrupted: got %q, want %q: what it told is what is there", run.out.String(), sum)
			}
			again := r.start("--file", file)
			if code := again.wait(t); code != 0 {
				t.Errorf("again: got exit code %d\n%s", code, again.err.String())
			}
			if want := fmt.Sprintf("%d enqueued, %d known already, 0 invalid", n-there, there); !strings.Contains(again.out.String(), want) {
				t.Errorf("again: got %q, want %q", again.out.String(), want)
			}
			r.once(n)
		})
	}
}

// Ten times the campaigns take no more memory.
func TestBulkMemoryIsFlat(t *testing.T) {
	t.Parallel()
	n := bulk(t)
	var peaks []int
	for _, n := range []int{n / 10, n} {
		r := newBulkRig(t)
		began := time.Now()
		run := r.start("--file", r.generate(n))
		if code := run.wait(t); code != 0 || r.queued() != n {
			t.Fatalf("%d campaigns: got exit code %d and %d queued\n%s", n, code, r.queued(), run.err.String())
		}
		t.Logf("%d campaigns: %d KiB at most, %.0f a second", n, run.peak, float64(n)/time.Since(began).Seconds())
		peaks = append(peaks, run.peak)
	}
	const allowed = 32 << 10 // the larger run lives long enough for the collector to reach its pace
	if peaks[0] == 0 || peaks[1] > peaks[0]+allowed {
		t.Errorf("memory: got %d KiB for %d campaigns and %d KiB for a tenth, want at most %d KiB more", peaks[1], n, peaks[0], allowed)
	}
}

// Ten bad records among 10,000 of a spreadsheet are all in the file of rejects,
// with their lines and faults, and the others are enqueued. Mended, the file of
// rejects is enqueued.
func TestBulkRejects(t *testing.T) {
	t.Parallel()
	r := newBulkRig(t)
	const n, bad = 10_000, 10
	var b strings.Builder
	b.WriteString("\ufeffid;list_name;text;type;purpose\r\n")
	var want []string
	for i := range n {
		kind := "sms_premium"
		if i%(n/bad) == 7 {
			kind = "sms_premum"
			want = append(want, fmt.Sprint(`"line `, 2+2*i, `: campaign ""`, bulkID(i), `"" is invalid: column 4, type: `))
		}
		fmt.Fprintf(&b, "%s;customers;\"Hello; \"\"you\"\"\r\nSTOP au 30101\";%s;wholesale\r\n", bulkID(i), kind)
	}
	file, rejects := filepath.Join(r.dir, "s.csv"), filepath.Join(r.dir, "rejects.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run := r.start("--file", file, "--rejects", rejects)
	if code := run.wait(t); code != 2 || r.queued() != n-bad {
		t.Errorf("got exit code %d and %d queued, want 2 and %d\n%s", code, r.queued(), n-bad, run.err.String())
	}
	text, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.SplitAfter(string(text), "wholesale\n")
	if len(want) != bad || len(got) != bad+1 || !strings.HasPrefix(got[0], "_rejected;id;list_name;") {
		t.Fatalf("rejects: got %d records, want %d and a header:\n%s", len(got)-1, bad, text)
	}
	for i, record := range got[:bad] {
		if !strings.Contains(record, want[i]) {
			t.Errorf("rejects: got %q, want %q in it", record, want[i])
		}
	}
	if err := os.WriteFile(rejects, bytes.ReplaceAll(text, []byte("premum"), []byte("premium")), 0o600); err != nil {
		t.Fatal(err)
	}
	if run := r.start("--file", rejects); run.wait(t) != 0 {
		t.Errorf("mended: got %s%s", run.out.String(), run.err.String())
	}
	r.once(n)
}

// A line without an id is not sent again by a second run, unless that is asked for.
func TestBulkWithoutIDs(t *testing.T) {
	t.Parallel()
	r := newBulkRig(t)
	const line = `{"list_name":"l","text":"Hello, STOP","type":"sms_premium","purpose":"alert"}` + "\n"
	file := filepath.Join(r.dir, "c.jsonl")
	if err := os.WriteFile(file, []byte(line+strings.Replace(line, `"l"`, `"m"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		args []string
		code int
		out  string
	}{
		{nil, 0, "2 enqueued, 0 known"},
		{nil, 4, "0 enqueued, 2 known"},
		{[]string{"--new-ids"}, 0, "2 enqueued, 0 known"},
	} {
		run := r.start(append(want.args, "--file", file)...)
		if code := run.wait(t); code != want.code || !strings.Contains(run.out.String(), want.out) {
			t.Errorf("run %d: got exit code %d and %q, want %d and %q\n%s", i+1, code, run.out.String(), want.code, want.out, run.err.String())
		}
	}
}
