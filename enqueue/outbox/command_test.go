package outbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue/outbox"
	"github.com/octoq/octoq/enqueue/outbox/internal/pgtest"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/testenv"
)

// call runs the program to its end and returns what it printed and its exit code.
func call(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	c := exec.CommandContext(t.Context(), command(t), args...)
	c.Env = append(testenv.Clean(), env...)
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	_ = c.Run() // the exit code says it
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// The command makes the tables, relays by the settings of its environment, and shows
// and settles what was refused.
func TestTheCommandFromMigrateToDrop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `DROP TABLE octoq_outbox, octoq_outbox_refused`)
	env := []string{"OCTOQ_OUTBOX_DSN_FILE=" + secretFile(t, w.url), "OCTOQ_REDIS_URL_FILE=" + secretFile(t, w.redis.URL())}
	if _, stderr, code := call(t, env, "run"); code != 1 || !strings.Contains(stderr, "octoq-outbox migrate") {
		t.Errorf("run without tables: got %d and %q, want what to do", code, stderr)
	}
	for range 2 {
		if _, stderr, code := call(t, env, "migrate"); code != 0 {
			t.Fatalf("migrate: got %d and %q", code, stderr)
		}
	}
	if stdout, _, _ := call(t, env, "schema"); stdout != outbox.Schema() {
		t.Errorf("schema: got %q", stdout)
	}
	bad := order("b")
	w.put(t, order("a"), bad)
	w.exec(t, `UPDATE octoq_outbox SET campaign = campaign || '{"type":"fax"}' WHERE id = 'b'`)
	if stdout, _, _ := call(t, env, "status"); !strings.HasPrefix(stdout, "waiting 2, ") {
		t.Errorf("status: got %q, want two", stdout)
	}
	addr := redistest.FreeAddr(t)
	p, err := proctest.Start(filepath.Join(t.TempDir(), "log"), append(testenv.Clean(), append(env, "OCTOQ_LISTEN="+addr)...), command(t), "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	until(t, "one is refused and none waits", func() bool { s := w.status(t); return s.Waiting == 0 && s.Refused == 1 })
	if got := w.queued(t, campaign.DefaultAccount); !slices.Equal(got, []string{"a"}) {
		t.Errorf("enqueued: got %q, want a", got)
	}
	until(t, "the metrics show it", func() bool { return strings.Contains(get(t, "http://"+addr+"/metrics"), "octoq_outbox_refused 1\n") })
	if got := get(t, "http://"+addr+"/readyz"); got != "ok\n" {
		t.Errorf("readyz: got %q", got)
	}
	settleByCommand(t, env)
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code, err := p.Wait(within); err != nil || code != 0 {
		t.Errorf("stopped: got %d, %v, want 0\n%s", code, err, p.Log())
	}
}

// settleByCommand lists what was refused, tries it again, and drops it.
func settleByCommand(t *testing.T, env []string) {
	t.Helper()
	var last int64
	for _, verb := range []string{"retry", "drop"} {
		var one outbox.RefusedCampaign
		until(t, "the list has the refused one", func() bool {
			stdout, _, code := call(t, env, "refused", "--json")
			return code == 0 && json.Unmarshal([]byte(stdout), &one) == nil && one.Seq != last
		})
		if one.ID != "b" || !strings.Contains(one.Reason, "type") {
			t.Errorf("refused: got %+v", one)
		}
		if _, stderr, code := call(t, env, verb, fmt.Sprint(one.Seq), "999999"); code != 3 || !strings.Contains(stderr, "999999") {
			t.Errorf("%s of one that is not there: got %d and %q", verb, code, stderr)
		}
		if _, stderr, code := call(t, env, verb, fmt.Sprint(one.Seq)); code != 0 {
			t.Errorf("%s: got %d and %q", verb, code, stderr)
		}
		last = one.Seq
	}
	if stdout, _, _ := call(t, env, "status", "--json"); !strings.Contains(stdout, `"refused":0`) {
		t.Errorf("status: got %q, want none refused", stdout)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	http.DefaultClient.CloseIdleConnections()
	return string(body)
}

// Settings that cannot be meant are bad usage, and are said by their names.
func TestTheCommandRefusesMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"both":       {[]string{"OCTOQ_OUTBOX_DSN=x", "OCTOQ_OUTBOX_DSN_FILE=/x"}, []string{"run"}, "both set"},
		"no file":    {[]string{"OCTOQ_OUTBOX_DSN_FILE=/does/not/exist"}, []string{"run"}, "/does/not/exist"},
		"durable":    {[]string{"OCTOQ_DURABLE=paper"}, []string{"run"}, "OCTOQ_DURABLE"},
		"retention":  {[]string{"OCTOQ_RETENTION=1h"}, []string{"run"}, "24h"},
		"days":       {[]string{"OCTOQ_RETENTION=0d"}, []string{"run"}, "OCTOQ_RETENTION"},
		"batch":      {[]string{"OCTOQ_OUTBOX_BATCH=many"}, []string{"run"}, "OCTOQ_OUTBOX_BATCH"},
		"level":      {[]string{"OCTOQ_LOG_LEVEL=loud"}, []string{"run"}, "OCTOQ_LOG_LEVEL"},
		"redis":      {[]string{"OCTOQ_REDIS_URL=http://x"}, []string{"run"}, "RedisURL"},
		"argument":   {nil, []string{"run", "now"}, "no argument"},
		"flag":       {nil, []string{"run", "--dsn", "x"}, "unknown flag"},
		"no number":  {nil, []string{"retry"}, "octoq-outbox refused"},
		"bad number": {nil, []string{"drop", "a"}, "octoq-outbox refused"},
	} {
		if _, stderr, code := call(t, c.env, c.args...); code != 2 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: got %d and %q, want 2 and %q", name, code, stderr, c.want)
		}
	}
}

// Neither output, whatever goes wrong, shows a password.
func TestNoPasswordIsPrinted(t *testing.T) {
	t.Parallel()
	s := server(t)
	const secret = "hunter2-of-the-relay"
	for name, env := range map[string][]string{
		"wrong password":   {"OCTOQ_OUTBOX_DSN=" + s.URL(pgtest.User, secret, "postgres")},
		"no such server":   {"OCTOQ_OUTBOX_DSN=postgres://u:" + secret + "@127.0.0.1:1/x"},
		"no such URL":      {"OCTOQ_OUTBOX_DSN=postgres://u:" + secret + "@127.0.0.1:port/x"},
		"no such keys":     {"OCTOQ_OUTBOX_DSN=host=127.0.0.1 password=" + secret + " port=x"},
		"wrong in a file":  {"OCTOQ_OUTBOX_DSN_FILE=" + secretFile(t, s.URL(pgtest.User, secret, "postgres"))},
		"a URL of no kind": {"OCTOQ_OUTBOX_DSN=postgres://u:" + secret + "%zz@127.0.0.1/x"},
	} {
		stdout, stderr, code := call(t, env, "status")
		if code == 0 || stderr == "" {
			t.Errorf("%s: got %d and %q, want an error", name, code, stderr)
		}
		if strings.Contains(stdout+stderr, secret) {
			t.Errorf("%s: the password is printed: %s", name, stderr)
		}
	}
	w := newWorld(t)
	w.redis.Kill()
	p, err := proctest.Start(filepath.Join(t.TempDir(), "log"), append(testenv.Clean(),
		"OCTOQ_OUTBOX_DSN="+w.url, "OCTOQ_REDIS_URL=redis://:"+secret+"@"+w.redis.Addr, "OCTOQ_LOG_LEVEL=trace"), command(t), "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	until(t, "the trouble is logged", func() bool { return strings.Contains(p.Log(), "cannot be relayed") })
	if log := p.Log(); strings.Contains(log, secret) || strings.Contains(log, pgtest.Password) {
		t.Errorf("a password is logged:\n%s", log)
	}
}
