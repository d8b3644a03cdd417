package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
)

// secretFile is a file that holds a text.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	return written(t, "secret", text)
}

// quoted is a line of the config file.
func quoted(name, value string) string { return name + ": '" + value + "'" }

// Every setting that may be a secret can be read from a file of its own, as
// orchestrators mount them: with a line break at its end.
func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	inRedis := "redis://:" + hiddenRedis + "@" + s.redis.Addr + "/0"
	for _, end := range []string{"", "\n", "\r\n"} {
		config := configFile(t, quoted("redis_url_file", secretFile(t, inRedis+end)), quoted("web_password_file", secretFile(t, hiddenPage+end)),
			"web_user: octoq", "web_listen: 127.0.0.1:0", "log_level: error")
		if code, _, said := octoqNow(t, "list", "--config", config); code != exitOK {
			t.Errorf("list: got %d and %q, want it to reach Redis", code, said)
		}
		if code, _, said := octoqNow(t, "list", "--redis-url-file", secretFile(t, inRedis+end)); code != exitOK {
			t.Errorf("--redis-url-file: got %d and %q, want it to reach Redis", code, said)
		}
		url := "http://" + address(t, octoqUntilStopped(t, "web", "--config", config), `pages at http://([^/\s]+)/`)
		if status, _ := get(t, "GET", url+"/metrics", signedIn); status != 200 {
			t.Errorf("got %d for the file's password, want 200", status)
		}
		if status, _ := get(t, "GET", url+"/metrics"); status != 401 {
			t.Errorf("got %d without a password, want 401", status)
		}
	}
}

// A file that cannot be used is named, with its setting, and nothing of what it
// holds is.
func TestBadSecretFiles(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	missing := filepath.Join(t.TempDir(), "missing")
	for name, c := range map[string]struct{ file, want string }{
		"missing":     {missing, "no such file"},
		"a directory": {t.TempDir(), "is a directory"},
		"empty":       {secretFile(t, "\n"), "is empty"},
		"too long":    {secretFile(t, strings.Repeat("hidden", 1000)), "more than 4096 bytes"},
	} {
		for setting, command := range map[string]string{"redis_url_file": "list", "web_password_file": "web", "api_key_file": "worker"} {
			config := configFile(t, quoted("redis_url", server.URL()), quoted(setting, c.file), "web_user: octoq", "api_login: a@example.com")
			if setting == "redis_url_file" {
				config = configFile(t, quoted(setting, c.file))
			}
			code, out, said := octoqNow(t, command, "--config", config)
			if code != exitUsage || !strings.Contains(said, setting) || !strings.Contains(said, c.file) || !strings.Contains(said, c.want) || strings.Contains(out+said, "hidden") {
				t.Errorf("%s, %s: got %d and %q, want 2, the setting, the file and %q, and nothing of its content", name, setting, code, said, c.want)
			}
		}
	}
	for setting, command := range map[string]string{"redis_url_file": "list", "web_password_file": "web", "api_key_file": "worker"} {
		for _, secret := range []string{"hidden", "hid/den+hidden=", "redis://u:hidden@127.0.0.1:1/0"} {
			config := configFile(t, quoted("redis_url", server.URL()), quoted(setting, secret), "web_user: octoq", "api_login: a@example.com")
			if setting == "redis_url_file" {
				config = configFile(t, quoted(setting, secret))
			}
			code, out, said := octoqNow(t, command, "--config", config)
			if code != exitUsage || !strings.Contains(said, setting) || strings.Contains(out+said, "hid") {
				t.Errorf("%s is the secret %q: got %d and %q, want 2 and the setting, and nothing of what it is set to", setting, secret, code, said)
			}
		}
	}
	bad := secretFile(t, "redis://:hidden@host:70000")
	if code, out, said := octoqNow(t, "list", "--redis-url-file", bad); code != exitUsage || !strings.Contains(said, bad) || !strings.Contains(said, "port is out of range") || strings.Contains(out+said, "hidden") {
		t.Errorf("a bad address: got %d and %q, want the file and the fault", code, said)
	}
	if code, _, said := octoqNow(t, "enqueue", "--dry-run", "--file", "-", "--redis-url-file", missing); code != exitUsage || !strings.Contains(said, "redis_url_file") {
		t.Errorf("a dry run: got %d and %q, want the file's fault", code, said)
	}
}

// Other users can read the arguments of a process: a password among them is refused,
// and not shown again.
func TestAPasswordIsNoArgument(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"redis://:hidden@127.0.0.1:1", "rediss://user:hidden@127.0.0.1:1/0", "redis://:hid#den@127.0.0.1:1", ":hidden@127.0.0.1:1", "unix://:hidden@/run/redis.sock"} {
		for _, command := range []string{"list", "worker", "web", "bench", "doctor", "doctor --quick", "enqueue --dry-run --file -", "hold ls"} {
			code, out, said := octoqNow(t, append(strings.Fields(command), "--redis-url", address)...)
			for _, want := range []string{"--redis-url", "OCTOQ_REDIS_URL ", "OCTOQ_REDIS_URL_FILE"} {
				if code != exitUsage || !strings.Contains(said, want) || out != "" || strings.Contains(said, "hid") {
					t.Errorf("octoq %s: got %d and %q, want 2 and %q, and no password", command, code, out+said, want)
				}
			}
		}
	}
}

// Two forms of one setting in one place contradict each other, whichever is meant.
func TestValueAndFileAtOnce(t *testing.T) {
	file := secretFile(t, "hidden")
	login := "api_login: a@example.com"
	for name, c := range map[string]struct {
		lines []string
		env   map[string]string
		args  []string
		want  []string
	}{
		"redis_url in the file":    {[]string{"redis_url: redis://:hidden@127.0.0.1:1", "redis_url_file: " + file}, nil, nil, []string{"config file", "redis_url and redis_url_file"}},
		"web_password in the file": {[]string{"web_password: hidden", "web_password_file: " + file}, nil, nil, []string{"web_password and web_password_file"}},
		"api_key in the file":      {[]string{login, "api_key: hidden", "api_key_file: " + file}, nil, nil, []string{"api_key and api_key_file"}},
		"of an account": {
			[]string{"accounts:", "  shop:", "    " + login, "    api_key: hidden", "    api_key_file: " + file}, nil, nil,
			[]string{"accounts.shop.api_key and accounts.shop.api_key_file"},
		},
		"variables": {nil, map[string]string{"OCTOQ_REDIS_URL": "redis://:hidden@127.0.0.1:1", "OCTOQ_REDIS_URL_FILE": file}, nil, []string{"OCTOQ_REDIS_URL and OCTOQ_REDIS_URL_FILE"}},
		"the key":   {nil, map[string]string{"OCTOQ_API_KEY": "hidden", "OCTOQ_API_KEY_FILE": file}, nil, []string{"OCTOQ_API_KEY and OCTOQ_API_KEY_FILE"}},
		"all":       {nil, map[string]string{"OCTOQ_API_KEY": "hidden", "OCTOQ_API_KEY_FILE": file, "OCTOQ_WEB_PASSWORD": "hidden", "OCTOQ_WEB_PASSWORD_FILE": file}, nil, []string{"OCTOQ_API_KEY and", "OCTOQ_WEB_PASSWORD and"}},
		"flags":     {nil, nil, []string{"--redis-url", "redis://127.0.0.1:1", "--redis-url-file", file}, []string{"--redis-url and --redis-url-file"}},
	} {
		t.Run(name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			for _, command := range []string{"worker", "list"} {
				code, out, said := octoqNow(t, append([]string{command, "--config", configFile(t, c.lines...)}, c.args...)...)
				for _, want := range append(c.want, "leave one of them out") {
					if code != exitUsage || !strings.Contains(said, want) || strings.Contains(out+said, "hidden") {
						t.Errorf("octoq %s: got %d and %q, want 2 and %q", command, code, said, want)
					}
				}
			}
		})
	}
}

// The higher layer wins in whatever form it speaks: flags over variables, variables
// over the file, the file over the default.
func TestTheHigherLayerWinsInEitherForm(t *testing.T) {
	upper, lower := secretFile(t, "redis://upper"), secretFile(t, "redis://lower")
	for name, c := range map[string]struct {
		lines []string
		env   map[string]string
		flags map[string]string
		want  string
	}{
		"a file over the default":            {[]string{"redis_url_file: " + upper}, nil, nil, "redis://upper"},
		"a variable over the file's file":    {[]string{"redis_url_file: " + lower}, map[string]string{"OCTOQ_REDIS_URL": "redis://upper"}, nil, "redis://upper"},
		"a variable's file over the file":    {[]string{"redis_url: redis://lower"}, map[string]string{"OCTOQ_REDIS_URL_FILE": upper}, nil, "redis://upper"},
		"a flag over a variable's file":      {nil, map[string]string{"OCTOQ_REDIS_URL_FILE": lower}, map[string]string{"redis-url": "redis://upper"}, "redis://upper"},
		"a flag's file over a variable":      {nil, map[string]string{"OCTOQ_REDIS_URL": "redis://lower"}, map[string]string{"redis-url-file": upper}, "redis://upper"},
		"empty variables say nothing":        {[]string{"redis_url_file: " + upper}, map[string]string{"OCTOQ_REDIS_URL": "", "OCTOQ_REDIS_URL_FILE": ""}, nil, "redis://upper"},
		"an empty line says nothing":         {[]string{"redis_url_file:", "redis_url: redis://upper"}, nil, nil, "redis://upper"},
		"an empty flag is empty and nothing": {nil, map[string]string{"OCTOQ_REDIS_URL_FILE": lower}, map[string]string{"redis-url": ""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
			flags.String("config", "", "")
			addFlags(flags, "redis_url")
			if err := flags.Set("config", configFile(t, c.lines...)); err != nil {
				t.Fatal(err)
			}
			for name, value := range c.flags {
				if err := flags.Set(name, value); err != nil {
					t.Fatal(err)
				}
			}
			k, err := load(flags)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := valueOrFile(k, "redis_url"); got != c.want || err != nil {
				t.Errorf("got %q and %v, want %q", got, err, c.want)
			}
		})
	}
}

// What an account says of its key itself takes the place of the top's, in either form.
func TestTheKeyOfAnAccount(t *testing.T) {
	t.Setenv("OCTOQ_API_KEY", "top")
	own := secretFile(t, " own \n")
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.String("config", "", "")
	config := configFile(t, "api_login: a@example.com", "accounts:", "  default:", "    api_key_file: "+own, "  shop:", "    api_login: b@example.com", "    api_key: shop")
	if err := flags.Set("config", config); err != nil {
		t.Fatal(err)
	}
	k, err := load(flags)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := accountsFrom(k)
	if err != nil || accounts["default"].Key != "own" || accounts["shop"].Key != "shop" {
		t.Errorf("got %d and %d characters and %v, want own and shop", len(accounts["default"].Key), len(accounts["shop"].Key), err)
	}
	if err := os.WriteFile(config, []byte("accounts:\n  shop:\n    api_login: b@example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if k, err = load(flags); err != nil {
		t.Fatal(err)
	}
	if _, err := accountsFrom(k); err == nil || !strings.Contains(err.Error(), "accounts.shop.api_key_file") {
		t.Errorf("got %v, want no key: the top's is of no other account", err)
	}
}

// doctor asks the API with the key of a file too.
func TestDoctorReadsSecretsFromFiles(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	k := s.settings(t)
	code, findings := diagnose(t, "--config", configFile(t,
		quoted("redis_url_file", secretFile(t, k.String("redis_url")+"\n")), quoted("api_key_file", secretFile(t, hiddenKey+"\n")),
		quoted("api_url", k.String("api_url")), "api_login: a@example.com"))
	if code != exitOK || findings[doctor.CheckAPI].Level != doctor.OK {
		t.Errorf("got %d and %+v, want all well", code, findings)
	}
}
