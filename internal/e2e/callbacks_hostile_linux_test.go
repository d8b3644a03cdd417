package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// endless is so many spaces, and counts how many of them are read, which goes on for a moment
// after the answer has come.
type endless struct {
	size int
	read atomic.Int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read.Load() >= int64(e.size) {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	e.read.Add(int64(len(p)))
	return len(p), nil
}

// unknownTickets reports numbers of n tickets that no campaign has, by lists of a thousand.
// While too many wait to be counted it asks to be called again, as Octopush is.
func (r *rig) unknownTickets(base string, n int) {
	r.t.Helper()
	for from := 0; from < n; from += 1000 {
		var all []string
		for i := range 1000 {
			all = append(all, fmt.Sprintf(`{"message_id":"sms_unknown%07d","number":"+336%08d","status":"DELIVERED"}`, from+i, from+i))
		}
		body := "[" + strings.Join(all, ",") + "]"
		r.until(time.Minute, "the reports are taken", func() (bool, string) {
			got := r.callBack(base+"/deliveries", body)
			return got == http.StatusOK, strconv.Itoa(got)
		})
	}
}

// used is how many bytes Redis uses.
func used(t *testing.T, server *redistest.Server) int {
	t.Helper()
	n, err := strconv.Atoi(server.Client().InfoMap(t.Context(), "memory").Item("Memory", "used_memory"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Who knows the secret, or has found it, fills neither octoq web nor Redis: a body without
// end is not read, and of tickets that nobody has only some are kept. OCTOQ_CALLBACKS_HOSTILE
// is how many of them there are, and how many KiB the body has.
func TestHostileCallbacksFillNothing(t *testing.T) {
	t.Parallel()
	n := 20_000
	if text := os.Getenv("OCTOQ_CALLBACKS_HOSTILE"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1000 {
			t.Fatalf("OCTOQ_CALLBACKS_HOSTILE is %q, want a number from 1000 on", text)
		}
	}
	r, url := resultsRig(t, simulator.Config{})
	web, base := r.reportee(url), callbackBase(strings.TrimPrefix(url, "http://"))
	before, atFirst := web.memory("VmRSS"), used(t, r.redis)

	body := &endless{size: n << 10}
	resp, err := http.Post(base+"/deliveries", "application/json", body)
	if err == nil {
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("a body without end: got %s, want 413", resp.Status)
		}
	}
	const taken = 16 << 20 // by the buffers in between
	if read := body.read.Load(); read > taken {
		t.Errorf("a body without end: %d bytes of it were taken, want less than %d", read, taken)
	}

	r.unknownTickets(base, n)
	rdb := r.redis.Client()
	r.until(2*time.Minute, "all is counted", func() (bool, string) {
		left := rdb.LLen(t.Context(), "octoq:{default}:reports").Val()
		return left == 0, fmt.Sprint(left, " wait")
	})
	kept := rdb.ZCard(t.Context(), "octoq:{default}:reports:unknown").Val()
	if dropped := rdb.HGet(t.Context(), "octoq:{default}:reports:meta", "dropped").Val(); kept == 0 || dropped != strconv.Itoa(n-int(kept)) {
		t.Errorf("of %d unknown tickets: got %d kept and %s dropped, want all of them accounted for", n, kept, dropped)
	}
	const most = 16 << 20
	over := used(t, r.redis) - atFirst
	if over > most {
		t.Errorf("Redis: got %d bytes more than before, want %d at most", over, most)
	}
	const mostOfWeb = 64 << 10
	grown := web.memory("VmHWM") - before
	if grown > mostOfWeb {
		t.Errorf("octoq web: got %d KiB over the start, want %d at most", grown, mostOfWeb)
	}
	t.Logf("%d unknown tickets: %d kept, Redis has %d KiB more, octoq web had %d KiB; of a body of %d MiB %d KiB were taken",
		n, kept, over>>10, grown, n>>10, body.read.Load()>>10)

	if err := rdb.Set(t.Context(), "octoq:{default}:ticket:sms_1", "a", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got := r.callBack(base+"/deliveries", `{"message_id":"sms_1","number":"+33612345678","status":"DELIVERED"}`); got != http.StatusOK {
		t.Errorf("a report of a campaign: got %d, want 200", got)
	}
	r.until(20*time.Second, "the report of a campaign counts", func() (bool, string) {
		counted := rdb.HGet(t.Context(), "octoq:{default}:results:sms_1", "s:20").Val()
		return counted == "1", counted
	})
}
