package e2e

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// terminal opens a pseudo-terminal: the end of the person, and that of the program.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("open a terminal: %v", err)
	}
	t.Cleanup(func() { _ = person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatalf("unlock the terminal: %v", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatalf("ask for the terminal's number: %v", err)
	}
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("open the terminal's other end: %v", err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// onTerminal runs a command whose question a person answers, and returns what
// the person saw, and the exit code.
func (r *rig) onTerminal(question, answer string, args ...string) (string, int) {
	r.t.Helper()
	person, program := terminal(r.t)
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = r.envOf(args), program, program, program
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	stuck := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	_ = program.Close() // the person sees the end when the command has ended
	var seen strings.Builder
	screen := bufio.NewReader(person)
	for !strings.HasSuffix(seen.String(), question) {
		b, err := screen.ReadByte()
		if err != nil {
			r.t.Fatalf("octoq %s: it never asked %q: %s", strings.Join(args, " "), question, seen.String())
		}
		seen.WriteByte(b)
	}
	if _, err := person.WriteString(answer + "\n"); err != nil {
		r.t.Fatal(err)
	}
	rest, _ := io.ReadAll(screen) // ends with EIO, as terminals do
	_ = cmd.Wait()
	return seen.String() + string(rest), cmd.ProcessState.ExitCode()
}

// On a terminal, what is to be approved is shown and asked about.
func TestApproveOnATerminal(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Contacts: 40, PricePerContact: 0.05})
	r.quick()
	r.worker("--confirm", "manual")
	r.enqueue(toList("asked", ""))
	r.await(30*time.Second, "asked", campaign.StateAwaitingApproval)
	const question = "Approve 2.00 € for 40 contacts? [y/N] "
	seen, code := r.onTerminal(question, "", "approve", "asked")
	if code != 1 || !strings.Contains(seen, "campaign asked is not approved") || r.status("asked").Cover != nil {
		t.Errorf("no answer: got exit code %d, cover %+v and\n%s", code, r.status("asked").Cover, seen)
	}
	for _, want := range []string{"default/asked", "40 contacts, 2.00 €", `"Hello, STOP au 30101"`, "list asked", "wholesale"} {
		if !strings.Contains(seen, want) {
			t.Errorf("it shows no %q:\n%s", want, seen)
		}
	}
	if seen, code = r.onTerminal(question, "y", "approve", "asked"); code != 0 || !strings.Contains(seen, "approved up to 2.00 € and 40 contacts") {
		t.Errorf("yes: got exit code %d and\n%s", code, seen)
	}
	r.await(20*time.Second, "asked", campaign.StateSent)
}

// On a terminal, what a filter finds is shown, and asked about with its sum.
func TestActionsOnATerminal(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Contacts: 40, PricePerContact: 0.05})
	r.quick()
	r.worker("--confirm", "manual")
	r.enqueue(campaigns("c", 3, ""))
	for _, id := range []string{"c0", "c1", "c2"} {
		r.await(30*time.Second, id, campaign.StateAwaitingApproval)
	}
	const question = "Approve 3 campaigns, 6.00 € for 120 contacts? [y/N] "
	seen, code := r.onTerminal(question, "n", "approve", "--id-prefix", "c")
	if code != 1 || !strings.Contains(seen, "nothing was touched") || r.status("c0").Cover != nil {
		t.Errorf("no: got exit code %d, cover %+v and\n%s", code, r.status("c0").Cover, seen)
	}
	for _, want := range []string{"c2", "awaiting_approval", "campaigns  3", "120 contacts, 6.00 €", "plan       default."} {
		if !strings.Contains(seen, want) {
			t.Errorf("it shows no %q:\n%s", want, seen)
		}
	}
	if seen, code = r.onTerminal(question, "y", "approve", "--id-prefix", "c"); code != 0 || !strings.Contains(seen, "approve: 3 of 3 campaigns done") {
		t.Errorf("yes: got exit code %d and\n%s", code, seen)
	}
	r.awaitSent(30*time.Second, 3)
}
