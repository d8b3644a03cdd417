package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// Compose files and shells hand empty variables on; a user who left one empty has
// said nothing, and a window in the config file must not end by it.
func TestEmptyVariablesAreUnset(t *testing.T) { //nolint:paralleltest // it sets variables of the process
	for _, s := range settings() {
		t.Setenv(s.variable(), "")
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.String("config", "", "")
	k, err := load(flags)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	for _, s := range settings() {
		if got := k.String(s.name); got != s.value {
			t.Errorf("%s: got %q, want the default %q", s.variable(), got, s.value)
		}
	}
	const window = "Mo-Sa 08:00-20:00 Europe/Paris"
	if err := flags.Set("config", configFile(t, "window: "+window)); err != nil {
		t.Fatalf("set the flag: %v", err)
	}
	k, err = load(flags)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	if got := k.String("window"); got != window {
		t.Errorf("window: got %q, want that of the file", got)
	}
}

// ofWorker are the settings that octoq worker --help documents.
func ofWorker() []setting {
	flags := newWorker().Flags()
	return slices.DeleteFunc(settings(), func(s setting) bool { return flags.Lookup(s.flag()) == nil })
}

// A setting that the compose file does not hand on is dropped without a word.
func TestComposeHandsOnAllSettings(t *testing.T) {
	t.Parallel()
	compose := koanf.New(".")
	if err := compose.Load(file.Provider(filepath.Join("..", "..", "docker-compose.yml")), yaml.Parser()); err != nil {
		t.Fatalf("read the compose file: %v", err)
	}
	fixed := []string{"redis_url", "api_key_file", "listen"}
	ownForm := []string{"redis_url_file", "web_password_file"}                                                      // the compose file sets the other form of them
	ownForm = append(ownForm, "redis_ca_file", "redis_cert_file", "redis_key_file", "redis_sentinel_password_file") // its Redis has no TLS, and no sentinels
	for _, s := range ofWorker() {
		if slices.Contains(ownForm, s.name) {
			continue
		}
		got := compose.String("services.worker.environment." + s.variable())
		if want := "${" + s.variable(); !slices.Contains(fixed, s.name) && !strings.HasPrefix(got, want) {
			t.Errorf("services.worker.environment.%s is %q, want %s from .env", s.variable(), got, want)
		} else if got == "" {
			t.Errorf("services.worker.environment.%s is missing", s.variable())
		}
	}
}

// The page of the settings names every one, and no other page one that there is not.
func TestPagesNameTheSettings(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "settings.md"))
	if err != nil {
		t.Fatalf("read the page: %v", err)
	}
	for _, s := range settings() {
		forms := []string{s.name, s.variable()}
		if !s.secret {
			forms = append(forms, "--"+s.flag())
		}
		for _, form := range forms {
			if !strings.Contains(string(page), "`"+form+"`") {
				t.Errorf("docs/settings.md does not name %s", form)
			}
		}
	}
	for _, name := range []string{"start.md", "run.md", "watch.md", "times.md", "schedules.md", "files.md", "letters.md", "commands.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatalf("read the page: %v", err)
		}
		if unknown := unreadVariables(regexp.MustCompile(envPrefix+`[A-Z_]+`).FindAllString(string(text), -1)); len(unknown) > 0 {
			t.Errorf("%s names %q, which are no settings", name, unknown)
		}
	}
}

// A misspelt variable is a limit that does not hold: the worker names it, and
// none that something else reads.
func TestWorkerNamesUnknownVariables(t *testing.T) { //nolint:paralleltest // it sets variables of the process
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, envPrefix) {
			t.Setenv(name, "") // put back behind the test
			_ = os.Unsetenv(name)
		}
	}
	for _, name := range []string{"OCTOQ_WINDOWS", "OCTOQ_WINDOW", "OCTOQ_CONFIG", "OCTOQ_WEB_PORT"} {
		t.Setenv(name, "")
	}
	_, _, said := octoqNow(t, "worker", "--redis-url", "redis://127.0.0.1:1", "--config", configFile(t, "api_login: a@example.com", "api_key: k", "log_format: json"))
	if want := `"variables":["OCTOQ_WINDOWS"],"probably_meant":["OCTOQ_WINDOW"]`; strings.Count(said, "variables") != 2 || !strings.Contains(said, want) {
		t.Errorf("got %q, want one warning with %s", said, want)
	}
}
