package main

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// Shells are offered ids, states and words; the names of files where files are meant.
func TestCompletion(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL()
	file := written(t, "c.jsonl", `{"id":"spring","list_name":"l","text":"Hi","type":"sms_premium","purpose":"alert"}
{"id":"summer","list_name":"l","text":"Hi","type":"sms_premium","purpose":"alert"}
{"id":"gone","list_name":"l","text":"Hi","type":"sms_premium","purpose":"alert"}
`)
	for _, args := range [][]string{{"enqueue", "--file", file}, {"cancel", "gone"}} {
		if code, _, said := octoqNow(t, append(args, "--redis-url", url)...); code != exitOK {
			t.Fatalf("octoq %q: got %d and %q", args, code, said)
		}
	}
	const noFiles, files = ":4\n", ":0\n"
	for _, tt := range []struct{ typed, want string }{
		{"status s", "summer\tqueued\nspring\tqueued\n" + noFiles},
		{"status gone ", noFiles},
		{"cancel ", "summer\tqueued\nspring\tqueued\n" + noFiles},
		{"approve sp", "spring\tqueued\n" + noFiles},
		{"dead replay ", noFiles},
		{"list ", noFiles},
		{"list --state d", "dead\n" + noFiles},
		{"list --state awaiting", "awaiting_approval\n" + noFiles},
		{"list --account d", "default\n" + noFiles},
		{"list --limit ", noFiles},
		{"enqueue --purpose w", "wholesale\n" + noFiles},
		{"enqueue --type sms_l", "sms_low_cost\n" + noFiles},
		{"enqueue --format j", "jsonl\n" + noFiles},
		{"enqueue --text ", noFiles},
		{"enqueue --file ", files},
		{"enqueue --rejects ", files},
		{"worker --config ", files},
		{"help sta", "status\tshow where a campaign stands, and what to do\n" + noFiles},
	} {
		words := strings.Split(tt.typed, " ")
		last := len(words) - 1
		args := append([]string{"__complete"}, words[:last]...)
		if words[0] != "help" && words[0] != "worker" && !strings.HasPrefix(words[last-1], "--") {
			args = append(args, "--redis-url", url)
		} else if words[last-1] == "--account" {
			args = append([]string{"__complete", words[0], "--redis-url", url}, words[1:last]...)
		}
		if _, out, _ := octoqNow(t, append(args, words[last])...); out != tt.want {
			t.Errorf("%q: got %q, want %q", tt.typed, out, tt.want)
		}
	}
}

// A Redis that is away leaves nothing to offer, and no noise.
func TestCompletionWithoutRedis(t *testing.T) {
	t.Parallel()
	code, out, _ := octoqNow(t, "__complete", "status", "--redis-url", "redis://"+closing(t, ""), "")
	if code != exitOK || out != ":4\n" {
		t.Errorf("got %d and %q, want nothing offered", code, out)
	}
}

// What is no command is bad usage, however it is asked about.
func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"help", 0, "Available Commands"},
		{"help status", 0, "octoq status ID"},
		{"help dead ls", 0, "octoq dead ls"},
		{"help statsu", 2, `unknown command "statsu". Try: octoq status`},
		{"help dead sl", 2, `unknown command "sl". Try: octoq dead`},
		{"help nothing like it", 2, `unknown command "nothing"`},
		{"help list x", 2, `unknown command "x"`},
		{"statsu", 2, "Try: octoq status"},
		{"--version", 0, "octoq "},
		{"version", 0, "octoq "},
		{"status -x", 2, "an id that begins with - stands last, behind --"},
		{"cancel --spring", 2, "behind --"},
		{"list -x", 2, "Try: octoq list --help\n"},
	} {
		code, out, said := octoqNow(t, strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(out+said, tt.want) || strings.Contains(out+said, "..\n") {
			t.Errorf("octoq %s: got %d and %q, want %d and %q", tt.args, code, out+said, tt.code, tt.want)
		}
	}
}

// An id that looks like a flag is reached behind --, and named so.
func TestIDLikeAFlag(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL()
	code, out, said := octoqNow(t, "enqueue", "--redis-url", url, "--id=-x", "--list-name", "l", "--text", "Hi", "--type", "sms_premium", "--purpose", "alert")
	if code != exitOK || !strings.Contains(out, "octoq status -- -x shows how it goes") {
		t.Fatalf("enqueue: got %d, %q and %q, want the command that finds it", code, out, said)
	}
	for _, command := range []string{"status", "cancel"} {
		if code, out, said := octoqNow(t, command, "--redis-url", url, "--", "-x"); code != exitOK || !strings.Contains(out, "-x") {
			t.Errorf("octoq %s -- -x: got %d, %q and %q", command, code, out, said)
		}
	}
}
