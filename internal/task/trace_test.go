package task_test

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/task"
)

const (
	aTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	aSpan  = "00f067aa0ba902b7-01"
)

// A campaign's trace travels in the nonce: an older octoq, which refuses a field that it
// does not know, reads the task as any other, and finds that Enqueue chose the id.
func TestATraceTravelsInTheNonce(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"an id of the caller's": false, "an id that Enqueue chose": true} {
		tk := first()
		tk.First.Nonce = "zm9vymfyzm9vymfy"
		plain := len(tk.First.Nonce)
		tk.First.MarkTrace(aTrace, aSpan)
		if own {
			tk.First.MarkOwnID()
		}
		typename, id, payload := encode(t, tk)
		got, err := task.Decode(queueOf(tk), typename, id, payload)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r := got.First.Record()
		if r.TraceID != aTrace || r.TraceSpan != aSpan || r.OwnID != own {
			t.Errorf("%s: got trace %q, span %q, own id %v, want %q, %q, %v", name, r.TraceID, r.TraceSpan, r.OwnID, aTrace, aSpan, own)
		}
		if more := len(got.First.Nonce) - plain; more > 41 {
			t.Errorf("%s: the nonce is longer by %d bytes, want 41 at most", name, more)
		}
		if text := string(payload); own != strings.Contains(text, `"n":"own.`) || strings.Contains(text, aTrace) {
			t.Errorf("%s: got %s", name, text)
		}
		if text := task.Readable(typename, payload); !strings.Contains(text, `"trace_id": "`+aTrace+`"`) {
			t.Errorf("%s: got %s, want the trace's id for people", name, text)
		}
	}
}

// What is no trace is none, wherever it comes from.
func TestWhatIsNoTraceIsNone(t *testing.T) {
	t.Parallel()
	for _, nonce := range []string{"", "Zm9vYmFy", "t.", "t..", "t.abc.def", "own.t.abc.def", "t." + strings.Repeat("!", 34) + ".x", "t." + strings.Repeat("A", 34)} {
		f := task.First{Campaign: example(), Nonce: nonce}
		if r := f.Record(); r.TraceID != "" || r.TraceSpan != "" {
			t.Errorf("the nonce %q: got trace %q, span %q, want none", nonce, r.TraceID, r.TraceSpan)
		}
	}
	for _, c := range [][2]string{
		{"", ""}, {aTrace, ""}, {"", aSpan}, {aTrace[:30], aSpan}, {aTrace, aSpan[:16]}, {aTrace + "00", aSpan}, {aTrace[:30] + "zz", aSpan},
		{aTrace[:30], "0" + aSpan[:16] + "0-01"},
	} {
		f := task.First{Nonce: "n"}
		if f.MarkTrace(c[0], c[1]); f.Nonce != "n" {
			t.Errorf("trace %q, span %q: got the nonce %q, want it unchanged", c[0], c[1], f.Nonce)
		}
	}
}
