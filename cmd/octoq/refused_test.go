package main

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

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
		"a fragment":          {"redis://:hid#den@" + address, "# as %23", exitUsage},
		"a fragment, a port":  {"redis://user:12#34hidden@" + address, "# as %23", exitUsage},
		"a broken encoding":   {"redis://:hidden%zz@" + address, "% as %25", exitUsage},
		"not even an address": {"hidden", "no scheme", exitUsage},
		"no such database":    {"redis://:another@" + address + "/4711", "0 to 15", exitRedis},
	} {
		config := configFile(t, "redis_url: \""+tt.url+"\"")
		for _, command := range []string{"status x", "enqueue --file -", "list"} {
			code, out, said := octoqNow(t, append(strings.Fields(command), "--config", config)...)
			if code != tt.code || !strings.Contains(said, tt.want) || strings.Contains(said, "out of reach") || strings.Count(said, "\n") != 1 {
				t.Errorf("%s: octoq %s: got %d and %q, want %d and one line with %q", name, command, code, said, tt.code, tt.want)
			}
			if strings.Contains(out+said, "hidden") || strings.Contains(said, "den@") {
				t.Errorf("%s: octoq %s: got %q, want no password in it", name, command, said)
			}
		}
	}
}

// A Redis that is there and cannot serve is not "out of reach": what it says is said,
// with one full stop, and what to do.
func TestThereAndNotServing(t *testing.T) {
	t.Parallel()
	busy, crowded := redistest.Start(t), redistest.Start(t)
	script := redis.NewClient(&redis.Options{Addr: busy.Addr, ReadTimeout: -1, MaxRetries: -1})
	t.Cleanup(func() { _ = script.Close() })
	ended := make(chan struct{})
	go func() { defer close(ended); _ = script.Eval(t.Context(), "while true do end", nil).Err() }()
	t.Cleanup(func() { _ = busy.Client().ScriptKill(context.WithoutCancel(t.Context())).Err(); <-ended })
	one := crowded.Client()
	if err := one.ConfigSet(t.Context(), "maxclients", "1").Err(); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ url, want string }{
		"a script":            {busy.URL(), "A script runs on it that does not end"},
		"clients":             {crowded.URL(), "maxclients"},
		"no TLS there":        {"rediss://" + closing(t, "-ERR no TLS here\r\n"), "does not speak TLS: write redis instead of rediss"},
		"a closed connection": {"redis://" + closing(t, ""), "Redis closed the connection"},
	} {
		for _, command := range []string{"status x", "list", "hold ls"} {
			var code int
			var said string
			for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
				if code, _, said = octoqNow(t, append(strings.Fields(command), "--redis-url", tt.url)...); strings.Contains(said, tt.want) {
					break
				}
			}
			if code != exitRedis || !strings.Contains(said, tt.want) || strings.Contains(said, "out of reach") || strings.Contains(said, "..") {
				t.Errorf("%s: octoq %s: got %d and %q, want %d and %q", name, command, code, said, exitRedis, tt.want)
			}
		}
	}
}

// redisSays is an error as Redis words it.
type redisSays string

func (e redisSays) Error() string { return string(e) }
func (redisSays) RedisError()     {}

func TestAdviceOnWhatRedisSays(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]string{
		"NOAUTH Authentication required.":                                                         "It wants a password",
		"WRONGPASS invalid username-password pair or user is disabled.":                           "User or password are wrong",
		"ERR DB index is out of range":                                                            "0 to 15",
		"ERR max number of clients reached":                                                       "close some",
		"READONLY You can't write against a read only replica.":                                   "name its master",
		"OOM command not allowed when used memory > 'maxmemory'.":                                 "maxmemory",
		"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.":  "SCRIPT KILL",
		"BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.": "SCRIPT KILL",
		"LOADING Redis is loading the dataset in memory":                                          "still reading",
		"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.":        "without its master",
		"MISCONF Redis is configured to save RDB snapshots":                                       "its disk",
		"NOPERM this user has no permissions to run the 'eval' command":                           "+eval +evalsha",
	} {
		if got := adviceOn(redisSays(says)); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q in it", says, got, want)
		}
	}
}

// closing is the address of a server that sends a text to each connection, and closes it.
func closing(t *testing.T, says string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte(says))
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return l.Addr().String()
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
			t.Errorf("%s: got %d and %q, want the trouble with the file", name, code, said)
		}
	}
}
