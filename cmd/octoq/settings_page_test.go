package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/reference"
)

// bound is the least or the greatest value of a setting, and one beyond it.
type bound struct{ name, says, last, beyond string }

// bounds are those that the page names; a test holds them against the program.
func bounds() []bound {
	return []bound{
		{"api_timeout", "at most", "60s", "61s"},
		{"burst", "at least", "1", "0"},
		{"concurrency", "at least", "1", "0"},
		{"concurrency", "at most", "10000", "10001"},
		{"max_in_flight", "at least", "0", "-1"},
		{"rate", "at least", "0", "-1"},
		{"retention", "at least", "24h", "23h"},
		{"events_keep", "at least", "2h", "1h"},
	}
}

// notes are what the page says of settings beyond their help.
func notes() map[string]string {
	return map[string]string{
		"redis_url":      "Redis 6.2 or newer; [run.md](run.md#redis) says how it has to be set up.",
		"api_login":      "`octoq hold set` and `octoq vouch` ask only whether it is there: they warn of an account that is not known.",
		"api_key_file":   "It is read when a command starts, and by a worker again when it changes. White space around the key is dropped.",
		"accounts_dir":   "A file holds 64 KiB at most, the folder 10,000 files. [run.md](run.md#accounts) says how accounts come and go.",
		"rate":           "`max_in_flight` holds whatever the rate is.",
		"max_in_flight":  "`rate` holds whatever that is.",
		"concurrency":    "Twice as many campaigns are in hand meanwhile.",
		"confirm":        "A campaign's own [`confirm`](fields.md#confirm) can only be stricter. [budgets.md](budgets.md#rules) has what else may demand a person.",
		"approve_above":  "[budgets.md](budgets.md#rules) says more; it is compared with a price of the last 15 minutes.",
		"late":           "A campaign's own [`late`](fields.md#late) comes first.",
		"window":         "A campaign's own [`window`](fields.md#window) narrows it. [times.md](times.md) says how a window is written.",
		"deadline":       "It counts from the stage's first call on.",
		"lost_ticket":    "`recreate` creates it anew, twice at most.",
		"poll_max":       "Not below `poll_first`.",
		"backoff_max":    "Not below `backoff`.",
		"probe_max":      "Not below `probe`.",
		"retention":      "A forgotten id can be enqueued again.",
		"events_keep":    "Workers and `octoq web` remove what is older.",
		"pack_after":     "It reads as before. An octoq that knows no records of version 5 cannot read it then: while there is one, such as a producer, give more than `retention`.",
		"webhook_key":    "`openssl rand -base64 48` makes one. Another key makes other secrets: each webhook then waits until `rotate_secret` gives it one.",
		"webhook_allow":  "Without it, webhooks go to addresses of the internet by https alone.",
		"durable":        "[delivery.md](delivery.md) says what that is worth.",
		"web_user":       "For `octoq worker` it guards `listen`.",
		"web_password":   "For `octoq worker` it guards `listen`.",
		"api_plain_http": "Loopback is allowed without it.",
	}
}

// settingsPage is docs/settings.md.
func settingsPage() string {
	var b strings.Builder
	b.WriteString("# Settings\n\n" + reference.Made("cmd/octoq/settings.go"))
	for _, paragraph := range []string{
		"A setting has one name in three forms: `rate` is the flag `--rate`, the variable `OCTOQ_RATE` and the key `rate` of the config file (YAML, named by `--config` or " +
			"`OCTOQ_CONFIG`). Flags win over variables, variables over the file, the file over the default. An empty variable counts as unset.",
		"Durations are written as `30s`, `5m`, `24h` or `90d`. A key of the config file that octoq does not know is refused; of variables that begin with `OCTOQ_`, the worker " +
			"warns. Secrets are no flags, because others can read the arguments of a process.",
		"A setting that is per account may stand below `accounts:` in the config file, for each of them; what an account does not say, it takes from the top, its login and key " +
			"aside. The top is the account `default`. With [`accounts_dir`](#accounts_dir) such an entry may be a file of its own:",
	} {
		b.WriteString(reference.Wrap(paragraph) + "\n")
	}
	b.WriteString("```yaml\nrate: 5\naccounts:\n  agency:\n    api_login: agency@example.com\n    api_key_file: /run/secrets/agency_key\n    rate: 20\n```\n\n")
	b.WriteString("| variable | default | per account | what it is |\n|---|---|---|---|\n")
	for _, s := range settings() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s |\n", s.variable(), s.name, code(s.value), yes(s.account), cell(s.help))
	}
	readers := readersOf(newRoot())
	for _, s := range settings() {
		b.WriteString("\n" + s.section(readers[s.name]))
	}
	return b.String()
}

// section is one setting in full.
func (s setting) section(readers []string) string {
	var b strings.Builder
	b.WriteString("## `" + s.name + "`\n\n")
	b.WriteString(reference.Wrap(s.help+". "+notes()[s.name]) + "\n")
	flag := "none, it is a secret"
	if !s.secret {
		flag = "`--" + s.flag() + "`"
	}
	b.WriteString(reference.WrapItem("Flag: " + flag + " · variable: `" + s.variable() + "` · key: `" + s.name + "`"))
	if s.value == "" {
		b.WriteString("- Default: none\n")
	} else {
		b.WriteString("- Default: " + code(s.value) + "\n")
	}
	for _, limit := range bounds() {
		if limit.name == s.name {
			b.WriteString("- Limit: " + limit.says + " `" + limit.last + "`\n")
		}
	}
	b.WriteString("- Per account: " + either(s.account, "yes", "no") + "\n")
	b.WriteString("- Secret: " + either(s.secret, "yes", "no") + "\n")
	b.WriteString(reference.WrapItem("Read by: " + strings.Join(readers, ", ")))
	return b.String()
}

// readersOf lists the commands that go by each setting, from a command down.
func readersOf(c *cobra.Command) map[string][]string {
	readers := map[string][]string{}
	for _, name := range settingsOf(c) {
		readers[name] = append(readers[name], "`"+c.CommandPath()+"`")
	}
	for _, sub := range c.Commands() {
		for name, commands := range readersOf(sub) {
			readers[name] = append(readers[name], commands...)
		}
	}
	return readers
}

func either(is bool, one, other string) string {
	if is {
		return one
	}
	return other
}

func yes(is bool) string { return either(is, "yes", "") }

// code is a value in a cell or an item, nothing if there is none.
func code(value string) string {
	if value == "" {
		return ""
	}
	return "`" + value + "`"
}

// cell is a text as a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// A setting that no command reads is none, and what is read has to be known.
func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	readers := readersOf(newRoot())
	for _, s := range settings() {
		if len(readers[s.name]) == 0 {
			t.Errorf("%s: no command has its flag, nor says by readsToo that it reads it", s.name)
		}
	}
	for name := range readers {
		if !known(name) {
			t.Errorf("%s is read, and is no setting", name)
		}
	}
	for name := range notes() {
		if !known(name) {
			t.Errorf("the page has a note on %s, which is no setting", name)
		}
	}
}

// A secret is read by whatever has the flag that goes with it.
func TestSecretsHaveReaders(t *testing.T) {
	t.Parallel()
	readers := readersOf(newRoot())
	for secret, beside := range map[string]string{"api_key": "api_key_file", "web_password": "web_user", "webhook_key": "webhook_allow"} {
		if strings.Join(readers[secret], " ") != strings.Join(readers[beside], " ") {
			t.Errorf("%s is read by %v, and %s by %v", secret, readers[secret], beside, readers[beside])
		}
	}
}

// The limits on the page are those of the program: the last values are taken, and
// each that is beyond one is bad usage of its setting.
func TestBoundsOfSettings(t *testing.T) {
	t.Parallel()
	work := func(lines ...string) (exit int, said string) {
		config := configFile(t, append(lines, "api_login: a@example.com", "api_key: k")...)
		exit, _, said = octoqNow(t, "worker", "--redis-url", "redis://127.0.0.1:1", "--config", config)
		return exit, said
	}
	last := map[string][]string{} // lines of the config file
	for _, limit := range bounds() {
		last[limit.says] = append(last[limit.says], limit.name+": "+strconv.Quote(limit.last))
		if exit, said := work(limit.name + ": " + strconv.Quote(limit.beyond)); exit != exitUsage || !strings.Contains(said, limit.name) {
			t.Errorf("%s: %s: got exit %d and %q, want 2 and the setting named", limit.name, limit.beyond, exit, said)
		}
	}
	for says, lines := range last {
		if exit, said := work(lines...); exit != exitRedis {
			t.Errorf("%s %q: got exit %d and %q, want them taken", says, lines, exit, said)
		}
	}
}
