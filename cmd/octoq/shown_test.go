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
	file := written(t, "two.jsonl", `{"id":"b","list_name":"l","text":"Hi","type":"sms_premium","purpose":"alert"}`+"\n"+`{"id":"c","list_name":"l","text":"Hi","type":"sms_premium","purpose":"alert"}`)
	add := []string{
		"schedule", "add", "s", "--cron", "0 9 * * *", "--zone", "UTC", "--list-name", "l", "--text", "Hello, STOP au 30101",
		"--type", "sms_premium", "--purpose", "wholesale",
	}
	for _, args := range [][]string{
		{"enqueue", "--id", "a", "--list-name", "l", "--text", "Hello, STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale"},
		{"enqueue", "--id", "d", "--list-name", "l", "--text", "Hello", "--type", "sms_premium", "--purpose", "alert", "--json"},
		{"enqueue", "--file", file},
		{"enqueue", "--file", written(t, "three.jsonl", `{"id":"e","list_name":"l","text":"Hi","type":"sms_premium","purpose":"alert"}`), "--json"},
		{"approve", "a", "--up-to", "25"}, {"approve", "a", "--up-to", "25", "--json"}, {"hold", "set"}, {"hold", "clear", "--json"}, {"cancel", "a"},
		add, {"schedule", "rm", "s"},
	} {
		var said bytes.Buffer
		code := run(t.Context(), append(args, "--redis-url", url), strings.NewReader(""), full{}, &said)
		if code != exitOK || !strings.Contains(said.String(), "it is done, but the result could not be printed: no space left") {
			t.Errorf("octoq %q: got %d and %q, want 0 and the trouble said", args, code, said.String())
		}
	}
	var said bytes.Buffer
	if code := run(t.Context(), []string{"enqueue", "--dry-run", "--file", file}, strings.NewReader(""), full{}, &said); code != exitFailed || strings.Contains(said.String(), "it is done") {
		t.Errorf("a dry run: got %d and %q, want 1: nothing is done", code, said.String())
	}
}
