package main

import (
	"net/http"
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

// Inside a closed network, as that of the compose file, others may reach the simulator, by any name; elsewhere a name
// other than localhost is a web page that aims at it.
func TestSimulatorBeyondLoopbackIfToldSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"simulate", "--listen", "0.0.0.0:0", "--beyond-loopback"}, http.StatusOK},
		{[]string{"simulate", "--listen", "127.0.0.1:0"}, http.StatusMisdirectedRequest},
	} {
		port := address(t, octoqUntilStopped(t, c.args...), `API at http://\S+:(\d+)/v1/public`)
		status, text := get(t, http.MethodGet, "http://127.0.0.1:"+port+"/_sim/log", func(r *http.Request) { r.Host = "simulator:8081" })
		if status != c.want {
			t.Errorf("octoq %v: got %d for another name, want %d: %s", c.args, status, c.want, text)
		}
	}
}
