package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// talk is a program that writes campaigns into a pipe of octoq's, and reads the
// result of each before it writes the next.
type talk struct {
	t       *testing.T
	cmd     *exec.Cmd
	pipe    io.WriteCloser
	results *bufio.Scanner
	err     bytes.Buffer
}

// startTalk starts octoq enqueue, which is killed when it keeps one waiting.
func (r *rig) startTalk(file string, open func(*exec.Cmd) (io.WriteCloser, error)) *talk {
	r.t.Helper()
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	r.t.Cleanup(cancel)
	a := &talk{t: r.t, cmd: exec.CommandContext(ctx, binary, "enqueue", "--file", file, "--json")}
	a.cmd.Env, a.cmd.Stderr = r.envOf([]string{"enqueue"}), &a.err
	out, err := a.cmd.StdoutPipe()
	if err == nil {
		a.pipe, err = open(a.cmd)
	}
	if err == nil {
		err = a.cmd.Start()
	}
	if err != nil {
		r.t.Fatalf("start octoq enqueue: %v", err)
	}
	a.results = bufio.NewScanner(out)
	return a
}

// ask writes a line and fails unless the next result is of that campaign.
func (a *talk) ask(line, id, result string) {
	a.t.Helper()
	if _, err := io.WriteString(a.pipe, line+"\n"); err != nil {
		a.t.Fatalf("write a line: %v\n%s", err, a.err.String())
	}
	var got struct{ ID, Result string }
	if !a.results.Scan() || json.Unmarshal(a.results.Bytes(), &got) != nil {
		_ = a.cmd.Wait()
		a.t.Fatalf("the result of %s: got %q and %v\n%s", id, a.results.Text(), a.results.Err(), a.err.String())
	}
	if got.ID != id || got.Result != result {
		a.t.Errorf("got %s %s, want %s %s", got.ID, got.Result, id, result)
	}
}

// end closes the pipe and fails unless octoq then ends with a code.
func (a *talk) end(code int) {
	a.t.Helper()
	if err := a.pipe.Close(); err != nil {
		a.t.Fatal(err)
	}
	a.ended(code)
}

// ended fails unless octoq ends with a code, and says nothing more.
func (a *talk) ended(code int) {
	a.t.Helper()
	for a.results.Scan() {
		a.t.Errorf("got one more result: %s", a.results.Text())
	}
	_ = a.cmd.Wait()
	if got := a.cmd.ProcessState.ExitCode(); got != code {
		a.t.Errorf("exit code: got %d, want %d\n%s", got, code, a.err.String())
	}
}

// What comes through a pipe is enqueued and told at once: whoever writes a
// line may wait for its result.
func TestAPipeIsAnsweredLineByLine(t *testing.T) {
	t.Parallel()
	t.Run("standard input", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, simulator.Config{})
		a := r.startTalk("-", (*exec.Cmd).StdinPipe)
		a.ask(toList("one", ""), "one", "enqueued")
		r.must(0, "status", "one")
		a.ask(toList("one", ""), "one", "known")
		a.ask(`{"id":"two","text":"Hello"}`, "two", "invalid")
		a.ask(toList("three", ""), "three", "enqueued")
		a.end(2)
	})
	t.Run("a named pipe of CSV", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, simulator.Config{})
		name := filepath.Join(r.dir, "pipe.csv")
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
		a := r.startTalk(name, func(*exec.Cmd) (io.WriteCloser, error) { return os.OpenFile(name, os.O_RDWR, 0) })
		a.ask("id,list_name,text,type,purpose\none,l,\"Hello, STOP\",sms_premium,wholesale", "one", "enqueued")
		a.ask("two,l,\"Hello,\nSTOP\",sms_premium,wholesale", "two", "enqueued")
		a.end(0)
	})
}

// A program that waits for a pipe, which nobody closes, is not kept from ending.
func TestCtrlCWhileWaitingForAPipe(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	a := r.startTalk("-", (*exec.Cmd).StdinPipe)
	a.ask(toList("one", ""), "one", "enqueued")
	if err := a.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	a.ended(1)
	if !bytes.Contains(a.err.Bytes(), []byte("start it again")) {
		t.Errorf("got %q, want it to say what to do", a.err.String())
	}
}
