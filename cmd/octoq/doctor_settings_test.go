package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
)

// settingsFound are doctor's findings about settings, with the account in front.
func settingsFound(t *testing.T, args ...string) (code int, faults, warnings, others []string) {
	t.Helper()
	code, out, said := octoqNow(t, append([]string{"doctor", "--json"}, args...)...)
	if strings.Contains(out+said, "hidden") || said != "" {
		t.Errorf("got %s%s, want findings alone and no secret", out, said)
	}
	for line := range strings.Lines(out) {
		var f doctor.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		switch text := strings.TrimPrefix(f.Account+": ", ": ") + f.What; {
		case f.Check != doctor.CheckSettings:
			others = append(others, f.Check)
		case f.Level == doctor.Fault:
			faults = append(faults, text)
		default:
			warnings = append(warnings, text)
		}
		if f.Level != doctor.OK && f.Do == "" {
			t.Errorf("got %+v, want what to do", f)
		}
	}
	return code, faults, warnings, others
}

// Every setting that cannot be used is a finding of its own, and the rest is looked
// at all the same.
func TestDoctorFindsEverySettingThatIsWrong(t *testing.T) { //nolint:paralleltest // it sets variables of the process
	server := redistest.Start(t, "--appendonly", "yes")
	for name, value := range map[string]string{
		"OCTOQ_RATE": "five", "OCTOQ_BURST": "0", "OCTOQ_WINDOW": "by day", "OCTOQ_DEADLINE": "soon", "OCTOQ_CONFIRM": "perhaps", "OCTOQ_API_URL": "octopush",
		"OCTOQ_API_LOGIN": "a@example.com", "OCTOQ_RETENTION": "1h", "OCTOQ_DURABLE": "always", "OCTOQ_LISTEN": "nowhere", "OCTOQ_WEB_LISTEN": "127.0.0.1:99999",
		"OCTOQ_WEB_USER": "octoq", "OCTOQ_WEB_SPOOL_MAX": "1GB", "OCTOQ_LOG_LEVEL": "loud", "OCTOQ_OIDC_ISSUER": "https://login.example.com", "OCTOQ_API_KEY": "hidden", "OCTOQ_API_KEY_FILE": "/hidden",
	} {
		t.Setenv(name, value)
	}
	config := configFile(t, "reids_url: redis://127.0.0.1:1", "accounts:", "  shop:", "    api_login: b@example.com", "    api_key: hidden", "    poll_max: never", "    late: perhaps",
		"    brust: 6", "    listen: 127.0.0.1:0",
		`  "Bad Name":`, "    api_login: c@example.com", "    api_key: hidden")
	code, faults, _, others := settingsFound(t, "--config", config, "--redis-url", server.URL())
	all := strings.Join(faults, "\n")
	for _, want := range []string{
		"unknown key reids_url: did you mean redis_url?", "unknown key accounts.shop.brust: did you mean accounts.shop.burst?",
		"unknown key accounts.shop.listen: listen is one for all accounts and stands at the top of the file",
		"OCTOQ_API_KEY and OCTOQ_API_KEY_FILE are both set",
		`rate (OCTOQ_RATE) is "five"`, `burst (OCTOQ_BURST) is "0"`, "window (OCTOQ_WINDOW)", `deadline (OCTOQ_DEADLINE) is "soon"`,
		"confirm (OCTOQ_CONFIRM)", "api_url (OCTOQ_API_URL)", `shop: poll_max is "never"`, "Bad Name: not a valid account name", "shop: late is",
		"retention (OCTOQ_RETENTION)", "durable (OCTOQ_DURABLE)", "listen (OCTOQ_LISTEN)", "web_listen (OCTOQ_WEB_LISTEN)", "OCTOQ_WEB_PASSWORD", "web_spool_max (OCTOQ_WEB_SPOOL_MAX)", "log_level (OCTOQ_LOG_LEVEL)", "OCTOQ_OIDC_CLIENT_ID",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("got\n%s\nwant %q among them", all, want)
		}
	}
	for i, text := range faults {
		if slices.Contains(faults[:i], text) || strings.Contains(text, "\n") || strings.Contains(text, "worker:") || strings.Contains(text, `account "`) {
			t.Errorf("got %q, want one fault of one setting, once", text)
		}
	}
	if code != exitFailed || len(others) < 10 {
		t.Errorf("got %d and the other checks %q, want 1 and Redis looked at", code, others)
	}
}

// What looks like a variable of octoq and is none is named, with the one that was
// meant.
func TestDoctorNamesVariablesThatNothingReads(t *testing.T) { //nolint:paralleltest // it sets variables of the process
	server := redistest.Start(t, "--appendonly", "yes")
	for _, name := range []string{"OCTOQ_REDIS_ULR", "OCTOQ_MAX_INFLIGHT", "OCTOQ_CONFG", "OCTOQ_SOMETHING_ELSE", "OCTOQ_WEB_PORT", "OCTOQ_RATE"} {
		t.Setenv(name, "5")
	}
	code, faults, warnings, _ := settingsFound(t, "--redis-url", server.URL())
	all := strings.Join(warnings, "\n")
	for _, want := range []string{
		"OCTOQ_REDIS_ULR is read by nothing: did you mean OCTOQ_REDIS_URL?", "OCTOQ_MAX_INFLIGHT is read by nothing: did you mean OCTOQ_MAX_IN_FLIGHT?",
		"OCTOQ_CONFG is read by nothing: did you mean OCTOQ_CONFIG?", "OCTOQ_SOMETHING_ELSE is read by nothing",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("got\n%s\nwant %q", all, want)
		}
	}
	if code != exitOK || len(faults) > 0 || strings.Contains(all, "OCTOQ_WEB_PORT is") || strings.Contains(all, "OCTOQ_RATE is") || strings.Contains(all, "ELSE is read by nothing:") {
		t.Errorf("got %d, %q and %q, want warnings alone, of those that nothing reads", code, faults, warnings)
	}
}

// Limits that cannot be read are found without an account too.
func TestDoctorFindsLimitsWithoutAnAccount(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes")
	code, faults, warnings, _ := settingsFound(t, "--redis-url", server.URL(), "--config", configFile(t, "rate: five", "confirm: perhaps"))
	if code != exitFailed || len(faults) != 2 || !strings.HasPrefix(faults[0], `rate (OCTOQ_RATE) is "five"`) || !strings.HasPrefix(faults[1], "confirm (OCTOQ_CONFIRM)") ||
		!slices.Contains(warnings, "no account is set, so the API was not asked") {
		t.Errorf("got %d, %q and %q, want both faults, and that no account is set", code, faults, warnings)
	}
}

// An address of Redis that cannot be read keeps doctor from nothing else.
func TestDoctorGoesOnWithoutAnAddressOfRedis(t *testing.T) {
	t.Parallel()
	s := newStand(t, "redis_url: redis://:hidden@host:70000")
	code, faults, _, others := settingsFound(t, "--config", s.config)
	if want := "redis_url (OCTOQ_REDIS_URL) cannot be read: its port is out of range: want 1 to 65535"; code != exitFailed || len(faults) != 1 || faults[0] != want {
		t.Errorf("got %d and %q, want 1 and %q", code, faults, want)
	}
	if !strings.Contains(strings.Join(others, " "), doctor.CheckAPI) {
		t.Errorf("got the checks %q, want the API asked", others)
	}
}
