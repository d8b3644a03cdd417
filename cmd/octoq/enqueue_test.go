package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// written is a file of the test's own.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// jsonLine is a campaign of JSON Lines with more fields.
func jsonLine(id, more string) string {
	return `{"id":"` + id + `","list_name":"l","text":"Hello, STOP","type":"sms_premium","purpose":"wholesale"` + more + "}\n"
}

// What is refused only with the options, or for its zone, is refused like a line
// that cannot be read: with its number, among the rejects, and together with
// all else under --all-or-nothing.
func TestEnqueueRefusesWhileReading(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ more, flag, want string }{
		"expires before --at": {`,"expires_at":"2030-01-01T00:00:00Z"`, "--at=2031-01-01T00:00:00Z", "expires_at"},
		"no such zone":        {`,"window":"08:00-20:00 Mars/Phobos"`, "--at=2031-01-01T00:00:00Z", "Mars/Phobos"},
		"durable, no id":      {"", "--durable", "id: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			bad := jsonLine("bad", tt.more)
			if tt.flag == "--durable" {
				bad = strings.Replace(bad, `"id":"bad",`, "", 1)
			}
			file, rejects := written(t, "c.jsonl", jsonLine("good", "")+bad), filepath.Join(t.TempDir(), "r.jsonl")
			args := []string{"enqueue", "--redis-url", server.URL(), "--file", file, tt.flag, "--new-ids"}
			code, out, said := octoqNow(t, append(args, "--all-or-nothing", "--rejects", rejects)...)
			if code != exitUsage || out != "0 enqueued, 0 known already, 1 invalid\n" || !strings.HasPrefix(said, "line 2: ") || !strings.Contains(said, tt.want) {
				t.Errorf("got %d, %q and %q, want nothing enqueued and line 2 refused with %q", code, out, said, tt.want)
			}
			if n, err := server.Client().Exists(t.Context(), "asynq:{default.create}:t:good").Result(); n != 0 || err != nil {
				t.Errorf("good is in Redis (%v), want nothing there", err)
			}
			kept, err := os.ReadFile(rejects)
			if err != nil || !strings.HasPrefix(string(kept), `{"_rejected":"line 2: `) || !strings.HasSuffix(string(kept), strings.TrimPrefix(bad, "{")) {
				t.Errorf("rejects: got %q, %v, want the line and why", kept, err)
			}
		})
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

// A Redis that cannot take anything ends the run at once, with advice, whatever
// else went wrong before.
func TestEnqueueStopsWhenRedisRefuses(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	var text strings.Builder
	text.WriteString("no JSON\n")
	for i := range 20_000 {
		text.WriteString(jsonLine(fmt.Sprint("c", i), ""))
	}
	file := written(t, "c.jsonl", text.String())
	for _, tt := range []struct {
		name, want string
		spoil      []any
	}{
		{"OOM", "memory is full", []any{"config", "set", "maxmemory", "1"}},
		{"READONLY", "is a replica", []any{"replicaof", "127.0.0.1", "1"}},
	} {
		if err := server.Client().Do(t.Context(), tt.spoil...).Err(); err != nil {
			t.Fatal(err)
		}
		code, out, said := octoqNow(t, "enqueue", "--redis-url", server.URL(), "--file", file, "--rejects", "/dev/full")
		if code != exitFailed || !strings.Contains(out, " failed\n") || strings.Contains(out, "20000") || !strings.Contains(said, tt.want) {
			t.Errorf("%s: got %d, %q and %q, want it stopped with %q", tt.name, code, out, said, tt.want)
		}
		if strings.Count(said, "\n") > 2*maxPrinted {
			t.Errorf("%s: got %d lines, want them bounded", tt.name, strings.Count(said, "\n"))
		}
		if err := server.Client().ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// One campaign by flags is reported like a line of a file: what has its id, and one
// time that is given twice.
func TestEnqueueByFlagsIsReported(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	args := []string{"enqueue", "--redis-url", server.URL(), "--id", "a", "--list-name", "l", "--type", "sms_premium", "--purpose", "alert", "--text"}
	if code, _, said := octoqNow(t, append(args, "One")...); code != exitOK {
		t.Fatalf("got %d and %q", code, said)
	}
	code, out, said := octoqNow(t, append(args, "Two")...)
	if code != exitKnown || !strings.Contains(out, "1 known already (1 with other content)") || !strings.Contains(said, "campaign default/a is known already: state queued, different content") {
		t.Errorf("other content: got %d, %q and %q, want it reported", code, out, said)
	}
	const at = "2099-01-01T00:00:00Z"
	if code, _, said := octoqNow(t, append(args, "One", "--at", at, "--not-before", at)...); code != exitUsage || !strings.Contains(said, "give one of them") {
		t.Errorf("two times: got %d and %q, want it refused", code, said)
	}
}

// The rejects of an earlier run are kept until Redis has answered.
func TestRejectsAreKeptWithoutRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	file, rejects := written(t, "c.jsonl", "no JSON\n"), written(t, "r.jsonl", "a line of an earlier run, longer than what comes\n"+strings.Repeat("x", 500))
	for _, tt := range []struct {
		url, want string
		code      int
	}{
		{"redis://127.0.0.1:1", "a line of an earlier run", exitRedis},
		{server.URL(), `{"_rejected":"line 1: `, exitUsage},
	} {
		code, _, said := octoqNow(t, "enqueue", "--redis-url", tt.url, "--file", file, "--rejects", rejects)
		kept, err := os.ReadFile(rejects)
		if code != tt.code || err != nil || !strings.HasPrefix(string(kept), tt.want) || tt.code == exitUsage && strings.Contains(string(kept), "xx") {
			t.Errorf("%s: got %d, %q (%v) and %q, want %d and %q", tt.url, code, kept, err, said, tt.code, tt.want)
		}
	}
}
