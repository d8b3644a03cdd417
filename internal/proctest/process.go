package proctest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	_ "github.com/octoq/octoq/internal/testenv" // a process that inherits the environment must not see the developer's settings
)

// Process is a running program.
type Process struct {
	// Done is closed when the process has ended.
	Done <-chan struct{}

	cmd *exec.Cmd
	log string // path
}

// Start runs a program with an environment. Both of its outputs are appended
// to the file named log.
func Start(log string, env []string, program string, args ...string) (*Process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the test names the file
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", program, err)
	}
	defer func() { _ = f.Close() }()
	done := make(chan struct{})
	p := &Process{
		Done: done, log: log,
		cmd: exec.Command(program, args...), //nolint:gosec,noctx // the test names what it runs, until it ends it
	}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, f, f
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go func() { _ = p.cmd.Wait(); close(done) }()
	return p, nil
}

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal; a process that has ended takes it as well.
func (p *Process) Signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %v to process %d: %w", s, p.PID(), err)
	}
	return nil
}

// Kill ends the process as kill -9 does, and waits for that.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.Done
}

// Wait returns the exit code once the process has ended.
func (p *Process) Wait(timeout time.Duration) (int, error) {
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case <-p.Done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-t.C:
		return 0, fmt.Errorf("process %d did not end within %v", p.PID(), timeout)
	}
}

// Log is what the process has written until now, with what others wrote to the
// same file.
func (p *Process) Log() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Sprintf("no log: %v", err)
	}
	return string(b)
}
