package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// Each way in which Redis refuses has its own advice, and none shows the
// password.
func TestRefusedByRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	address := server.Addr
	if err := server.Client().ConfigSet(t.Context(), "requirepass", "another").Err(); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		url, want string
		code      int
	}{
		"no password":         {"redis://" + address, "wants a password", exitRedis},
		"a wrong one":         {"redis://:hidden@" + address, "password are wrong", exitRedis},
		"a fragment":          {"redis://:hid#den@" + address, "percent-encoded", exitUsage},
		"a fragment, a port":  {"redis://user:12#34hidden@" + address, "percent-encoded", exitUsage},
		"a broken encoding":   {"redis://:hidden%zz@" + address, "percent-encoded", exitUsage},
		"not even an address": {"hidden", "percent-encoded", exitUsage},
	} {
		for _, command := range []string{"status x", "enqueue --file -", "list"} {
			code, out, said := octoqNow(t, append(strings.Fields(command), "--redis-url", tt.url)...)
			if code != tt.code || !strings.Contains(said, tt.want) || strings.Contains(said, "out of reach") || strings.Count(said, "\n") != 1 {
				t.Errorf("%s: octoq %s: got %d and %q, want %d and one line with %q", name, command, code, said, tt.code, tt.want)
			}
			if strings.Contains(out+said, "hidden") || strings.Contains(said, "den@") {
				t.Errorf("%s: octoq %s: got %q, want no password in it", name, command, said)
			}
		}
	}
}

// The trouble of a file is not that of Redis.
func TestAFileIsNotRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	bad := written(t, "bad.jsonl", "no JSON\n")
	dir := filepath.Join(t.TempDir(), "dir.jsonl")
	mkdir(t, dir)
	for name, args := range map[string][]string{
		"a directory to read": {"--file", dir},
		"a full disk":         {"--file", bad, "--rejects", "/dev/full"},
	} {
		code, _, said := octoqNow(t, append([]string{"enqueue", "--redis-url", server.URL()}, args...)...)
		if code == exitRedis || code == exitOK || strings.Contains(said, "out of reach") {
			t.Errorf("%s: got %d and %q, want the file's trouble told", name, code, said)
		}
	}
}
