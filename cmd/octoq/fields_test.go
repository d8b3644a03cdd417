package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/worker"
)

// Errors of the program name settings: its users need not know the fields of a Go
// struct.
func TestFaultsNameSettings(t *testing.T) {
	t.Parallel()
	top := []string{"api_login: a@example.com", "api_key: k"}
	agency := []string{"accounts:", "  agency:", "    api_login: a@example.com", "    api_key: k"}
	for name, c := range map[string]struct {
		lines []string
		args  []string
		want  []string
	}{
		"plain http":        {append(top, "api_url: http://api.example.com/v1"), nil, []string{"api_url (OCTOQ_API_URL)", "api.example.com", "api_plain_http (OCTOQ_API_PLAIN_HTTP)"}},
		"no URL":            {append(top, "api_url: octopush"), nil, []string{"api_url (OCTOQ_API_URL)", "https://"}},
		"confirm":           {append(top, "confirm: perhaps"), nil, []string{"confirm (OCTOQ_CONFIRM)", "perhaps"}},
		"late":              {append(top, "late: perhaps"), nil, []string{"late (OCTOQ_LATE)"}},
		"lost ticket":       {append(top, "lost_ticket: perhaps"), nil, []string{"lost_ticket (OCTOQ_LOST_TICKET)"}},
		"window":            {append(top, "window: by day"), nil, []string{"window (OCTOQ_WINDOW)", "by day"}},
		"timeout":           {append(top, "api_timeout: 2h"), nil, []string{"api_timeout (OCTOQ_API_TIMEOUT)"}},
		"of an account":     {append(agency, "    confirm: perhaps"), nil, []string{`account "agency": confirm is`}},
		"no login":          {[]string{"accounts:", "  agency:", "    api_key: k"}, nil, []string{"accounts.agency.api_login"}},
		"no key":            {[]string{"accounts:", "  agency:", "    api_login: a@example.com"}, nil, []string{"accounts.agency.api_key_file"}},
		"empty Redis":       {top, []string{"--redis-url", ""}, []string{"redis_url (OCTOQ_REDIS_URL)"}},
		"retention":         {append(top, "retention: 1h"), nil, []string{"retention (OCTOQ_RETENTION)", "24h"}},
		"packing":           {append(top, "pack_after: never"), nil, []string{"pack_after (OCTOQ_PACK_AFTER)", "never"}},
		"waits":             {append(top, "poll_first: 1m"), nil, []string{"poll_max (OCTOQ_POLL_MAX) is 30s", "poll_first (OCTOQ_POLL_FIRST)"}},
		"concurrency":       {append(top, "concurrency: 1000000"), nil, []string{"concurrency (OCTOQ_CONCURRENCY)", "10000"}},
		"several at a time": {append(top, "confirm: perhaps", "late: perhaps"), nil, []string{"OCTOQ_CONFIRM", "OCTOQ_LATE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, said := octoqNow(t, append([]string{"worker", "--config", configFile(t, c.lines...)}, c.args...)...)
			for _, want := range c.want {
				if code != exitUsage || !strings.Contains(said, want) {
					t.Errorf("got exit %d and %q, want 2 and %q", code, said, want)
				}
			}
			if strings.Contains(said, "field") || strings.Contains(said, "RedisURL") {
				t.Errorf("got %q, want no names of Go", said)
			}
		})
	}
	for _, args := range [][]string{{"list"}, {"web"}} {
		code, _, said := octoqNow(t, append(args, "--redis-url", "")...)
		if code != exitUsage || !strings.Contains(said, "OCTOQ_REDIS_URL") || strings.Contains(said, "RedisURL") {
			t.Errorf("octoq %s: got exit %d and %q, want 2 and the setting", args[0], code, said)
		}
	}
}

// Every field of an account has a setting by whose name errors call it.
func TestFieldsHaveSettings(t *testing.T) {
	t.Parallel()
	own := []string{"Login", "Key", "Unlimited", "Budgets"} // checked before, no setting of its own, or a list in the file alone
	for f := range reflect.TypeFor[worker.Account]().Fields() {
		if !slices.Contains(own, f.Name) && !known(settingOf(f.Name)) {
			t.Errorf("%s: got %q, which is no setting", f.Name, settingOf(f.Name))
		}
	}
	for _, name := range []string{"RedisURL", "Retention"} {
		if !known(settingOf(name)) {
			t.Errorf("%s: got %q, which is no setting", name, settingOf(name))
		}
	}
}
