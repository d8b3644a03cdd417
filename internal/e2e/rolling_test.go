package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// nextVersion builds the octoq that will come next: it writes tasks and records
// of a version that this one does not know, and reads those of this one still.
func nextVersion(t *testing.T) string {
	t.Helper()
	raise := func(line, to string) edit { return edit{"\n" + line + "\n", "\n" + line[:len(line)-1] + to + "\n"} }
	return edited(t, map[string][]edit{
		"internal/task/task.go": {raise("const Version = 4", "6")},
		"internal/record/record.go": {
			raise("const NewestVersion = 5", "7"), raise("\tCommonVersion   = 1", "6"), raise("\tCoveredVersion  = 3", "6"), raise("\tPackedVersion   = 5", "7"),
		},
	})
}

// edit is a text of a file and what stands there instead.
type edit struct{ old, new string }

// edited builds octoq with some of its files changed.
func edited(t *testing.T, files map[string][]edit) string {
	t.Helper()
	if noBinary != nil {
		t.Fatal(noBinary)
	}
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for file, edits := range files {
		path, err := filepath.Abs(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range edits {
			if bytes.Count(source, []byte(e.old)) != 1 {
				t.Fatalf("%s does not have %q once: bring this test up to date", file, e.old)
			}
			source = bytes.Replace(source, []byte(e.old), []byte(e.new), 1)
		}
		overlay.Replace[path] = filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(overlay.Replace[path], source, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, b, 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := proctest.Build(t.Context(), dir, "octoq", proctest.Octoq, "-overlay", list)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// of is octoq's command as another binary carries it out.
func (r *rig) of(next, stdin string, args ...string) {
	r.t.Helper()
	if o := r.octoqOf(next, stdin, args...); o.code != 0 {
		r.t.Fatalf("the next octoq: %s: got %+v, want exit code 0", strings.Join(args, " "), o)
	}
}

// workerOf starts a worker of another binary and waits until it works.
func (r *rig) workerOf(next string) *process {
	r.t.Helper()
	p := r.startAs(next, "worker")
	r.says(p, "worker works")
	return p
}

// Workers of this version and of the next run side by side, as while they are
// being replaced. This one leaves tasks and records of the next alone, without
// losing or killing them; the next one takes both; then this one goes. All
// campaigns are sent, none twice. What the next one packs, this one leaves alone, and says so.
func TestVersionsSideBySide(t *testing.T) {
	t.Parallel()
	began := time.Now()
	lap := func(what string) { t.Logf("%5.1f s: %s", time.Since(began).Seconds(), what) }
	next := nextVersion(t)
	lap("the next octoq is built")
	r := newRig(t, simulator.Config{ComputeTime: 700 * time.Millisecond})
	r.quick()
	old := r.worker()
	r.enqueue(campaigns("old", 4, "") + toList("old-manual", `,"confirm":"manual"`) + toList("old-raised", `,"confirm":"manual"`))
	r.awaitSent(30*time.Second, 2)
	for _, id := range []string{"old-manual", "old-raised"} {
		r.await(20*time.Second, id, campaign.StateAwaitingApproval)
	}

	lap("the old worker has sent its own")

	// Of a later producer and operator, with only an old worker there.
	r.of(next, campaigns("new", 4, "")+toList("new-manual", `,"confirm":"manual"`), "enqueue", "--file", "-")
	r.of(next, "", "approve", "old-raised", "--up-to", "1000") // the record is of the next version now, and so is its task
	r.says(old, "payload has version 6, this octoq reads 1 to 4")
	if o := r.octoq("status", "old-raised"); o.code != 1 || !strings.Contains(o.err, "version") {
		t.Errorf("a record of the next version: got %+v, want it said", o)
	}
	if o := r.octoqIn(toList("old-raised", ""), "enqueue", "--file", "-"); o.code != 4 {
		t.Errorf("the id of a record of the next version: got %+v, want it known", o)
	}
	if n := len(r.calls("", "new0")) + len(r.calls(simulator.CallSend, "old-raised")); n > 0 {
		t.Errorf("calls of this octoq for the next one's: got %d, want none", n)
	}

	lap("the old worker leaves the next version's alone")

	// Side by side.
	newer := r.workerOf(next)
	r.enqueue(campaigns("both", 4, ""))
	r.until(40*time.Second, "one of the next version's is sent while both run", func() (bool, string) {
		for i := range 4 {
			if r.carriedOutFor(simulator.CallSend, fmt.Sprint("new", i)) > 0 {
				return true, ""
			}
		}
		return false, old.Log()
	})
	if code := old.stop(); code != 0 {
		t.Errorf("exit code of the old worker: got %d, want 0", code)
	}

	lap("the old worker has stopped")

	// The old one is gone.
	r.of(next, "", "approve", "old-manual", "--up-to", "1000")
	r.until(40*time.Second, "all are sent but the one that waits for a person", func() (bool, string) {
		sent := len(r.carriedOut(simulator.CallSend))
		return sent == 14, fmt.Sprint(sent)
	})
	r.of(next, "", "approve", "new-manual", "--up-to", "1000")
	r.until(40*time.Second, "all are sent", func() (bool, string) {
		o := r.octoqOf(next, "", "list", "--json", "--state", "sent", "--limit", "0")
		return o.code == 0 && strings.Count(o.out+o.err, "\n") == 15, o.out + o.err
	})
	lap("all are sent")
	r.onceEach()
	if n, err := r.redis.Client().ZCard(t.Context(), "octoq:{default}:state:dead").Result(); n != 0 || err != nil {
		t.Errorf("dead: got %d, %v, want none", n, err)
	}
	newer.stop()
	r.leavesAlone(next, 15)
}

// leavesAlone has the next octoq pack campaigns that are sent, and this one work beside.
func (r *rig) leavesAlone(next string, sent int) {
	r.t.Helper()
	r.setenv("OCTOQ_PACK_AFTER=1ms")
	r.workerOf(next) // which sweeps from now on
	packed := func() (bool, string) { n := r.packedIn(record.PackedVersion + 2); return n == sent, fmt.Sprint(n) }
	r.until(40*time.Second, "all are packed by the next version", packed)
	old := r.worker()
	r.of(next, toList("late", ""), "enqueue", "--file", "-")
	sent++
	r.until(40*time.Second, "one more is sent and packed while both run", packed)
	if o := r.octoqIn(toList("new-manual", ""), "enqueue", "--file", "-"); o.code != 4 {
		r.t.Errorf("the id of a packed record: got %+v, want it known", o)
	}
	if o := r.octoq("status", "old0"); o.code != 1 || !strings.Contains(o.err, "version") {
		r.t.Errorf("a packed record of the next version: got %+v, want it said", o)
	}
	if strings.Contains(old.Log(), `"level":"error"`) {
		r.t.Errorf("the old worker's log has errors:\n%s", old.Log())
	}
	r.onceEach()
}
