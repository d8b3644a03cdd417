package main

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// What is no address, or would let others in, is invalid input: exit 2, and
// nothing is begun.
func TestWrongAddressesAreBadUsage(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	worker := []string{"worker", "--log-level", "error", "--redis-url", server.URL(), "--api-url", "http://127.0.0.1:1", "--config", configFile(t, "api_login: a@example.com", "api_key: k")}
	for _, c := range []struct {
		args []string
		want string
	}{
		{append(worker, "--listen", "9090"), "host:port"},
		{append(worker, "--listen", "127.0.0.1:99999"), "host:port"},
		{[]string{"web", "--redis-url", server.URL(), "--web-listen", "localhost"}, "host:port"},
		{[]string{"simulate", "--listen", "foo"}, "host:port"},
		{[]string{"simulate", "--listen", "foo", "--beyond-loopback"}, "host:port"},
		{[]string{"simulate", "--listen", "0.0.0.0:0"}, "--beyond-loopback"},
		{[]string{"simulate", "--listen", ":0"}, "--beyond-loopback"},
		{[]string{"simulate", "--strict=stop,boom"}, "known are cancel, errors, pending, status200, stop, strings, times, words and all"},
		{[]string{"simulate", "--strict="}, "no name"},
		{[]string{"demo", "--stay", "--web-listen", "0.0.0.0:0"}, "127.0.0.1"},
		{[]string{"demo", "--stay", "--web-listen", "foo"}, "host:port"},
		{[]string{"doctor", "--probe", "foo"}, "http://127.0.0.1:9090/healthz"},
	} {
		code, out, said := octoqNow(t, c.args...)
		if code != exitUsage || out != "" || !strings.Contains(said, c.want) || strings.Count(said, "\n") != 1 {
			t.Errorf("octoq %s: got exit %d, %q and %q, want 2 and one line that says %q", strings.Join(c.args, " "), code, out, said, c.want)
		}
	}
}

// Inside a closed network, as that of the compose file, others may reach the simulator.
func TestSimulatorBeyondLoopbackIfToldSo(t *testing.T) {
	t.Parallel()
	said := octoqUntilStopped(t, "simulate", "--listen", "0.0.0.0:0", "--beyond-loopback")
	address(t, said, `API at http://(\S+)/v1/public`)
}
