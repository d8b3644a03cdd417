package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// full takes nothing, as /dev/full does.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// What a command has done is done, though its result cannot be printed.
func TestDoneThoughNotPrinted(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL()
	if code, _, said := octoqNow(t, "enqueue", "--redis-url", url, "--id", "a", "--list-name", "l", "--text", "Hello, STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale"); code != exitOK {
		t.Fatalf("enqueue: got %d and %q", code, said)
	}
	add := []string{
		"schedule", "add", "s", "--cron", "0 9 * * *", "--zone", "UTC", "--list-name", "l", "--text", "Hello, STOP au 30101",
		"--type", "sms_premium", "--purpose", "wholesale",
	}
	for _, args := range [][]string{
		{"approve", "a", "--up-to", "25"}, {"approve", "a", "--up-to", "25", "--json"}, {"hold", "set"}, {"hold", "clear", "--json"}, {"cancel", "a"},
		add, {"schedule", "rm", "s"},
	} {
		var said bytes.Buffer
		code := run(t.Context(), append(args, "--redis-url", url), strings.NewReader(""), full{}, &said)
		if code != exitOK || !strings.Contains(said.String(), "it is done, but the result could not be printed: no space left") {
			t.Errorf("octoq %q: got %d and %q, want 0 and the trouble said", args, code, said.String())
		}
	}
}
