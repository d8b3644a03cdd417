package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/testenv"
)

// A developer who has exported every setting there is, as README has people do,
// runs tests as an IDE does: they pass, nothing happens in that Redis, and no
// test calls that API. With OCTOQ_EXPORTED=all it is make test, whole.
func TestExportedSettingsReachNoTest(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb := server.Client()
	if err := rdb.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatalf("reset what Redis has counted: %v", err)
	}
	var calls atomic.Int64
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer api.Close()

	variables := exported(t, server.URL(), api.URL)
	if os.Getenv("OCTOQ_EXPORTED") == "all" {
		runAllExported(t, variables)
	} else {
		runExported(t, variables,
			"TestPagesTellWhatHappensAndNoSecret", "TestDoctorFindsAllWell", "TestStatusSaysWhatStopsACampaign", // ./cmd/octoq
			"TestCampaignsAreSentOnce", "TestDemo") // ./internal/e2e
	}

	if n := calls.Load(); n > 0 {
		t.Errorf("the exported API got %d calls, want none", n)
	}
	if got := commandsOf(t, rdb); len(got) > 0 {
		t.Errorf("the exported Redis got the commands %q, want none", got)
	}
	if n, err := rdb.DBSize(t.Context()).Result(); n > 0 || err != nil {
		t.Errorf("the exported Redis holds %d keys (%v), want none", n, err)
	}
}

// exported is every setting as a variable, each with a value that would change
// what a test sees, and a config file that says the same.
func exported(t *testing.T, redisURL, apiURL string) []string {
	t.Helper()
	known := map[string]string{
		"redis_url": redisURL, "redis_url_file": configFile(t, redisURL), "web_password_file": configFile(t, "developers-password"), "api_url": apiURL, "api_plain_http": "true", "api_login": "developer@example.com",
		"api_key": "developers-key", "api_key_file": configFile(t, "developers-key"),
		"approve_by": "other", "confirm": "manual", "late": "send", "window": "Mo 03:00-03:01 UTC", "lost_ticket": "park", "durable": "replicas:1",
		"listen": "127.0.0.1:0", "web_listen": "127.0.0.1:0", "web_auth": "required", "web_plain_http": "true", "web_cert_file": configFile(t, "developers-certificate"), "web_key_file": configFile(t, "developers-key"), "web_user": "developer", "web_spool_max": "17KiB", "web_password": "developers-password",
		"token": "octoq_live_developers", "token_file": configFile(t, "octoq_live_developers"), "audit_log": "stdout", "public_url": "https://octoq.example.com", "oidc_issuer": "https://login.example.com", "oidc_client_id": "developer", "oidc_client_secret": "developers-secret", "oidc_client_secret_file": configFile(t, "developers-secret"),
		"oidc_scopes": "profile", "oidc_role_claim": "roles", "oidc_roles": "developers=admin",
		"webhook_key": strings.Repeat("developers-key", 3), "webhook_key_file": configFile(t, strings.Repeat("developers-key", 3)), "webhook_allow": "127.0.0.0/8",
		"callback_secret": "developers-callbacks", "callback_secret_file": configFile(t, "developers-callbacks"), "callback_secret_old": "developers-callbacks-before",
		"callback_secret_old_file": configFile(t, "developers-callbacks-before"), "callback_listen": "127.0.0.1:0", "callback_proof": "false", "numbers_key": "developers-numbers", "numbers_key_file": configFile(t, "developers-numbers"),
		"accounts_dir": t.TempDir(), "log_level": "error", "log_format": "console",
		"redis_ca_file": configFile(t, "developers-ca"), "redis_cert_file": configFile(t, "developers-certificate"), "redis_key_file": configFile(t, "developers-key"), "redis_sentinel_password_file": configFile(t, "developers-sentinels"),
	}
	var variables, lines []string
	for _, s := range settings() {
		value, ok := known[s.name]
		if !ok {
			value = another(t, s)
		}
		variables = append(variables, s.variable()+"="+value)
		lines = append(lines, s.name+": "+strconv.Quote(value))
	}
	return append(variables, "OCTOQ_CONFIG="+configFile(t, lines...))
}

// another is a value that is not the default: of numbers one more, of durations
// twice as long.
func another(t *testing.T, s setting) string {
	t.Helper()
	if n, err := strconv.Atoi(s.value); err == nil {
		return strconv.Itoa(n + 1)
	}
	d, err := parseDuration(s.value)
	if err != nil {
		t.Fatalf("setting %s has no value here that a developer could have exported", s.name)
	}
	return (2 * d).String()
}

// runExported runs some tests of this package and of internal/e2e with variables
// that are exported, and wants each of them to pass.
func runExported(t *testing.T, variables []string, tests ...string) {
	t.Helper()
	args := []string{"test", "-v", "-count=1", "-run", "^(" + strings.Join(tests, "|") + ")$"}
	if raceDetector() {
		args = append(args, "-race") // compiled already
	}
	c := exec.CommandContext(t.Context(), "go", append(args, "./cmd/octoq", "./internal/e2e")...)
	c.Dir = filepath.Join("..", "..")
	c.Env = append(testenv.Clean(), variables...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("go test with every setting exported: %v\n%s", err, out)
	}
	for _, test := range tests {
		if err == nil && !strings.Contains(string(out), "--- PASS: "+test+" ") {
			t.Errorf("%s is not among what ran:\n%s", test, out)
		}
	}
}

// runAllExported runs make test with variables that are exported.
func runAllExported(t *testing.T, variables []string) {
	t.Helper()
	// Named once more: a make around this one has exported its own PKG and ARGS.
	c := exec.CommandContext(t.Context(), "make", "--no-print-directory", "test", "PKG=./...", "ARGS=")
	c.Dir = filepath.Join("..", "..")
	c.Env = append(append(testenv.Clean(), "MAKEFLAGS="), variables...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("make test with every setting exported: %v\n%s", err, out)
	}
	const least = 60
	passed := strings.Count("\n"+string(out), "\nok ")
	if passed < least {
		t.Errorf("got %d packages that pass, want %d at least: is it all of make test?\n%s", passed, least, out)
	}
	t.Logf("%d packages pass with %d variables exported", passed, len(variables))
}

func raceDetector() bool {
	build, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// commandsOf lists the commands that a Redis has carried out, those of this test
// aside.
func commandsOf(t *testing.T, rdb *redis.Client) []string {
	t.Helper()
	info, err := rdb.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatalf("ask Redis what it has carried out: %v", err)
	}
	var commands []string
	for line := range strings.Lines(info) {
		if rest, ok := strings.CutPrefix(line, "cmdstat_"); ok {
			name, _, _ := strings.Cut(rest, ":")
			commands = append(commands, name)
		}
	}
	return slices.DeleteFunc(commands, func(name string) bool { return name == "config|resetstat" || name == "info" })
}

// No setting has the name of a variable that tests keep.
func TestTestsKeepNoSetting(t *testing.T) {
	t.Parallel()
	for _, s := range settings() {
		if slices.Contains(testenv.Own(), s.variable()) {
			t.Errorf("%s is a setting, and internal/testenv/own.txt keeps it for tests", s.variable())
		}
	}
}
