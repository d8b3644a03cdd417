package e2e

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/testenv"
)

// What octoq enqueue --example prints is read by octoq enqueue as it stands,
// without a fault or a warning.
func TestExampleCanBeEnqueued(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, env: testenv.Clean()}
	for _, format := range []string{"csv", "jsonl"} {
		example := r.must(0, "enqueue", "--example", format).out
		o := r.octoqIn(example, "enqueue", "--dry-run", "--json", "--file", "-", "--format", format)
		read := lines(o.out)
		if o.code != 0 || o.err != "" || len(read) < 2 {
			t.Errorf("%s: got exit code %d, %d campaigns and %q, want several and no word on standard error", format, o.code, len(read), o.err)
		}
		for _, line := range read {
			if !strings.Contains(line, `"would_enqueue"`) || strings.Contains(line, `"warnings"`) {
				t.Errorf("%s: got %s, want it enqueued without a warning", format, line)
			}
		}
	}
}
