package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// folderOf makes a folder of these files.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inFolder are settings with a folder of accounts, and these lines in the config file.
func inFolder(t *testing.T, dir string, lines ...string) *koanf.Koanf {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.String("config", "", "")
	if err := flags.Set("config", configFile(t, append(lines, "accounts_dir: "+dir)...)); err != nil {
		t.Fatal(err)
	}
	k, err := load(flags)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const secretOfFolder = "s3cret-of-the-folder"

// Each file is an account that takes from the top what it does not say; what is hidden, a
// folder or has another ending is none.
func TestAFolderOfAccounts(t *testing.T) {
	t.Parallel()
	const one = "api_login: one@example.com\napi_key: " + secretOfFolder + "\n"
	dir := folderOf(t, map[string]string{
		"one.yaml": one, "two.yml": one + "rate: 7\nbudgets:\n  - {name: all, per: month, amount: 5}\n",
		".hidden.yaml": "x", "README": "x", "three.yaml.bak": "x", "four.json": "x",
	})
	for _, folder := range []string{"..data", "five.yaml"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := accountsFrom(inFolder(t, dir, "rate: 9", "accounts: {six: {api_login: six@example.com, api_key: k}}"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(accounts)), []string{"one", "six", "two"}; !slices.Equal(got, want) {
		t.Fatalf("accounts: got %q, want %q", got, want)
	}
	if a, b := accounts["one"], accounts["two"]; a.Rate != 9 || b.Rate != 7 || len(b.Budgets) != 1 || a.Key != secretOfFolder {
		t.Errorf("got rates %v and %v and %d budgets, want the top's, the file's and one", a.Rate, b.Rate, len(b.Budgets))
	}
	if accounts, err := accountsFrom(inFolder(t, t.TempDir())); err != nil || len(accounts) > 0 {
		t.Errorf("an empty folder: got %d accounts and %v, want none", len(accounts), err)
	}
}

// A file with a fault takes nothing from the others, and its fault names the file and
// repeats nothing that may be a key.
func TestFaultyFilesOfAFolder(t *testing.T) {
	t.Parallel()
	const login, key = "api_login: a@example.com\n", "api_key: " + secretOfFolder + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"a-key.yaml":     {secretOfFolder, "it is no YAML of settings, in line 1"},
		"an-alias.yaml":  {login + "api_key: *" + secretOfFolder, "it is no YAML of settings"},
		"empty.yaml":     {" \n", "it is empty"},
		"large.yaml":     {login + key + "# " + strings.Repeat("x", longestAccount), "it holds more than 65536 bytes"},
		"no-key.yaml":    {login, "no API key: set api_key_file"},
		"no-login.yaml":  {key, "no login: set api_login"},
		"gone.yaml":      {login + "api_key_file: /nowhere/key\n", "api_key_file: open /nowhere/key: no such file"},
		"both.yaml":      {login + key + "api_key_file: /nowhere/key\n", "api_key and api_key_file are both set"},
		"mistyped.yaml":  {login + key + "rat: 5\n", "unknown key rat: did you mean rate?"},
		"top.yaml":       {login + key + "redis_url: x\n", "redis_url is one for all accounts"},
		"value.yaml":     {login + key + "rate: fast\n", `rate is "fast"`},
		"order.yaml":     {login + key + "poll_max: 10ms\n", "poll_max is 10ms"},
		"Not-a-Name.yml": {login + key, `"Not-a-Name" is not a valid account name`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folderOf(t, map[string]string{"good.yaml": login + key, name: c.text})
			accounts, faulty, err := accountsOf(inFolder(t, dir))
			if err != nil || len(accounts) != 1 || len(faulty) != 1 {
				t.Fatalf("got %d accounts, %d faults and %v, want the good one and a fault", len(accounts), len(faulty), err)
			}
			got := faulty[0].err.Error()
			if !strings.HasPrefix(got, filepath.Join(dir, name)+": ") || !strings.Contains(got, c.want) || strings.Contains(got, secretOfFolder[:6]) {
				t.Errorf("got %q, want the file, %q and no key", got, c.want)
			}
		})
	}
}

// What can be read but once is not read again, nor waited for.
func TestAPipeIsNotReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := readFolder(dir)
	if err != nil || len(files) != 1 || files[0].err == nil {
		t.Errorf("got %+v and %v, want a fault of the file", files, err)
	}
	f := accountFile{account: "shop", path: "shop.yaml", settings: map[string]any{"api_key_file": pipe}}
	if err := f.check(); err == nil || !strings.Contains(err.Error(), "can be read but once") {
		t.Errorf("a key from a pipe: got %v, want that it can be read but once", err)
	}
	var w settingsWatch
	for _, k := range []*koanf.Koanf{inFolder(t, dir), inFolder(t, dir, "api_key_file: "+pipe)} {
		w.follow("", k)
		piped := len(w.files) > 0
		if first, second := w.changed(), w.changed(); first || second == piped {
			t.Errorf("with a pipe as the key's file %t: got changes %t and %t", piped, first, second)
		}
	}
}

// An account that two places set is a fault of the file, which names both, and nobody
// guesses which was meant.
func TestAnAccountOfTwoPlaces(t *testing.T) {
	t.Parallel()
	const one = "api_login: one@example.com\napi_key: k\n"
	for want, c := range map[string]struct{ files, lines []string }{
		"accounts.one of the config file and by ": {[]string{"one.yaml"}, []string{"accounts: {one: {api_login: a@example.com, api_key: k}}"}},
		"one.yaml and by ":                        {[]string{"one.yaml", "one.yml"}, nil},
		"api_login (OCTOQ_API_LOGIN) and by ":     {[]string{"default.yaml"}, []string{"api_login: a@example.com", "api_key: k"}},
	} {
		files := map[string]string{}
		for _, name := range c.files {
			files[name] = one
		}
		_, faulty, err := accountsAtStart(inFolder(t, folderOf(t, files), c.lines...))
		if err == nil || exitCode(err) != exitUsage || !strings.Contains(err.Error(), want) || len(faulty) != len(c.files) {
			t.Errorf("got %v and %d faults, want %q in it", err, len(faulty), want)
		}
	}
}

// A folder that is not there, and a fault of the top, are no file's.
func TestFaultsBesideAFolder(t *testing.T) {
	t.Parallel()
	dir := folderOf(t, map[string]string{"one.yaml": "api_login: one@example.com\napi_key: k\n"})
	for want, k := range map[string]*koanf.Koanf{
		"accounts_dir (OCTOQ_ACCOUNTS_DIR): open /nowhere": inFolder(t, "/nowhere"),
		`rate (OCTOQ_RATE) is "fast"`:                      inFolder(t, dir, "rate: fast"),
	} {
		if _, _, err := accountsOf(k); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Files count as changed when they stay as they have become: the config file, those of the
// folder and those with keys, also where a link leads elsewhere.
func TestChangesOfFilesAreNoticed(t *testing.T) {
	t.Parallel()
	dir, key, config := t.TempDir(), secretFile(t, "k"), configFile(t, "rate: 5")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one, two := filepath.Join(dir, "..one"), filepath.Join(dir, "..two")
	write(one, "rate: 5")
	write(two, "rate: 6")
	link := filepath.Join(dir, "shop.yaml")
	to := func(target string) {
		t.Helper()
		_ = os.Remove(link)
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	var w settingsWatch
	w.follow(config, inFolder(t, dir, "accounts: {a: {api_login: a@example.com, api_key_file: "+key+"}}"))
	want := func(what string, changes ...bool) {
		t.Helper()
		for i, change := range changes {
			if got := w.changed(); got != change {
				t.Errorf("%s, look %d: got %t, want %t", what, i+1, got, change)
			}
		}
	}
	want("at first", false, true, false, false)
	to(one)
	want("a file comes", false, true, false)
	to(two)
	want("its link leads elsewhere", false, true, false)
	write(key, "l")
	want("a key changes", false, true, false)
	write(config, "rate: 6")
	want("the config file changes", false)
	write(config, "rate: 7")
	want("and again", false, true, false)
	write(config, "rate: 8")
	want("it changes", false)
	write(config, "rate: 7")
	want("and back", false, false)
	w.forget()
	want("forgotten", true, false)
}

// A command that asks the API for one account takes the same files for faulty as a worker
// does, for the same reason.
func TestCommandsJudgeAFolderAsWorkersDo(t *testing.T) {
	t.Parallel()
	const login = "api_login: a@example.com\napi_key: " + secretOfFolder + "\n"
	k := inFolder(t, folderOf(t, map[string]string{
		"good.yaml": login, "unknown.yaml": login + "colour: red\n", "unreadable.yaml": login + "rate: fast\n",
		"refused.yaml": login + "window: whenever\n", "nobody.yaml": "api_key: k\n", "both.yaml": login,
	}), "accounts: {both: {api_login: b@example.com, api_key: k}}")
	accounts, faulty, err := accountsOf(k.Copy())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"good": ""}
	for _, f := range faulty {
		want[f.account] = f.err.Error()
	}
	if len(want) != 6 {
		t.Fatalf("got the faults %q, want those of five files", want)
	}
	for account, text := range want {
		got := ""
		a, err := apiAccount(k, account)
		if err != nil {
			got = err.Error()
		}
		if got != text || err == nil && a.Login != accounts[account].Login {
			t.Errorf("%s: got %q of login %q, want %q", account, got, a.Login, text)
		}
	}
}
