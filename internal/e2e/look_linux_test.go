package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"golang.org/x/sys/unix"

	"github.com/octoq/octoq/internal/simulator"
)

const looks = "testdata/looks"

// look is what a person sees of a command: on a terminal of so many columns, or through a
// pipe where there are none.
func (r *rig) look(columns uint16, args ...string) string {
	r.t.Helper()
	if columns == 0 {
		o := r.octoq(args...)
		return fmt.Sprintf("%s%s(exit code %d)\n", o.out, o.err, o.code)
	}
	person, program := terminal(r.t)
	if err := unix.IoctlSetWinsize(int(program.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: 24}); err != nil {
		r.t.Fatalf("size the terminal: %v", err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = r.envOf(args), program, program, program
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	stuck := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	_ = program.Close()
	seen, _ := io.ReadAll(person) // ends with EIO, as terminals do
	_ = cmd.Wait()
	return fmt.Sprintf("%s(exit code %d)\n", strings.ReplaceAll(string(seen), "\r\n", "\n"), cmd.ProcessState.ExitCode())
}

// hostile is the dead campaign once more, as an API would have left it that wants to write
// on the terminal.
func (r *rig) hostile(client *asynq.Client) {
	r.t.Helper()
	rdb := r.redis.Client()
	rec := r.recording("dead", rdb)
	const said = "no\x1b[2J\x1b]0;owned\x07\u202etxt\u009b31m\r\n\t\u200bend, and on and on"
	message, err := json.Marshal(said + strings.Repeat(" and on", 40))
	if err != nil {
		r.t.Fatal(err)
	}
	change := func(s string) string {
		s = strings.ReplaceAll(s, `"Mention STOP is missing."`, string(message))
		s = strings.ReplaceAll(s, `rejected: Mention STOP is missing.`, strings.Trim(string(message), `"`))
		return strings.NewReplacer(`"id":"dead"`, `"id":"hostile"`, `"id": "dead"`, `"id": "hostile"`, `"Hello"`, `"Hi \u001b[31m\u202e"`).Replace(s)
	}
	for name, value := range rec.Record {
		rec.Record[name] = change(value)
	}
	for i := range rec.Log {
		rec.Log[i] = change(rec.Log[i])
	}
	r.restoreRecord("hostile", rec, rdb)
	_, err = client.EnqueueContext(r.t.Context(), asynq.NewTask(rec.Tasks[0].Type, []byte(change(rec.Tasks[0].Payload))),
		asynq.Queue("default.dead"), asynq.TaskID("hostile~1.2.0"), asynq.ProcessAt(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		r.t.Fatal(err)
	}
}

// What commands say, on a narrow terminal, on a wide one, and piped. Nothing of it can
// command the terminal, and there is no colour that NO_COLOR could forbid.
func TestLooks(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.setenv("TZ=Asia/Kolkata", "TERM=xterm-256color")
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: r.redis.Addr})
	t.Cleanup(func() { _ = client.Close() })
	for _, id := range []string{"sent", "awaiting", "dead", "computing"} {
		r.restore(id, r.redis.Client(), client)
	}
	r.hostile(client)

	enqueue := []string{"enqueue", "--list-name", "customers", "--type", "sms_premium", "--purpose", "wholesale", "--text"}
	for _, command := range []struct {
		name string
		args []string
	}{
		{"list", []string{"list"}},
		{"status-sent", []string{"status", "sent"}},
		{"status-awaiting", []string{"status", "awaiting"}},
		{"status-dead", []string{"status", "dead"}},
		{"status-hostile", []string{"status", "hostile"}},
		{"dead-ls", []string{"dead", "ls"}},
		{"dead-show", []string{"dead", "show", "hostile"}},
		{"enqueue", append(enqueue, "Spring sale. STOP au 30101", "--id")},
		{"enqueue-warned", append(enqueue, "Spring sale {firstname}, non-stop", "--id")},
		{"enqueue-invalid", append(enqueue, "Hi \x1b[31m", "--id")},
		{"status-unknown", []string{"status", "nobody"}},
	} {
		for _, where := range []struct {
			name    string
			columns uint16
		}{{"80", 80}, {"200", 200}, {"piped", 0}} {
			name, args := command.name+"."+where.name, command.args
			if args[len(args)-1] == "--id" {
				args = append(slices.Clone(args), name)
			}
			r.isGolden(name, r.look(where.columns, args...))
		}
	}
	r.must(0, "hold", "set", "--message", "budget\x1b[31m talks\u202e")
	for _, args := range [][]string{{"hold", "ls"}, {"status", "computing"}, {"doctor"}} {
		got := r.look(200, args...)
		r.obeysNothing(args[0], got)
		if !strings.Contains(got, `budget\x1b[31m talks\u202e`) {
			t.Errorf("octoq %q: got\n%s\nwant the message of the hold, escaped", args, got)
		}
	}
	var held struct{ Message string }
	if err := json.Unmarshal([]byte(r.must(0, "hold", "ls", "--json").out), &held); err != nil || held.Message != "budget\x1b[31m talks\u202e" {
		t.Errorf("hold ls --json: got %q and %v, want the message as it was given", held.Message, err)
	}
	plain := r.look(200, "list")
	r.setenv("NO_COLOR=1")
	if got := r.look(200, "list"); got != plain {
		t.Errorf("NO_COLOR: got %s, want the same as without", cmp.Diff(plain, got))
	}
}

// obeysNothing refuses what a terminal would obey, and what nobody sees.
func (r *rig) obeysNothing(name, got string) {
	r.t.Helper()
	if at := strings.IndexFunc(got, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }); at >= 0 {
		r.t.Errorf("%s: got %q, want nothing that a terminal obeys", name, got[at:min(at+20, len(got))])
	}
}

// isGolden compares what was seen with a file.
func (r *rig) isGolden(name, got string) {
	r.t.Helper()
	r.obeysNothing(name, got)
	file := filepath.Join(looks, name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		r.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
