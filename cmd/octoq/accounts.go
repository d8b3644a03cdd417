package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/worker"
)

// accountsFrom builds the accounts of the settings: flags, variables and the
// top of the file make the one called "default"; each entry under accounts: in
// the file is another, and takes from the top what it does not say itself. The
// top's credentials are nobody else's.
func accountsFrom(k *koanf.Koanf) (map[string]worker.Account, error) {
	accounts := map[string]worker.Account{}
	names := k.MapKeys("accounts")
	if len(names) == 0 || k.String("api_login") != "" {
		names = append(names, campaign.DefaultAccount)
	}
	var faults []error
	for _, name := range names {
		a, err := accountFrom(k, name)
		if err != nil {
			faults = append(faults, fmt.Errorf("account %q: %w", name, err))
		}
		accounts[name] = a
	}
	if err := errors.Join(faults...); err != nil {
		return nil, usagef("%v", err)
	}
	return accounts, nil
}

// values reads one account's settings and gathers what is wrong with them.
type values struct {
	k      *koanf.Koanf
	name   string
	faults []error
}

// text is the account's own value, else that of the top.
func (v *values) text(name string) string {
	own := "accounts." + v.name + "." + name
	if v.k.Exists(own) {
		return v.k.String(own)
	}
	if v.name != campaign.DefaultAccount && strings.HasPrefix(name, "api_key") || v.name != campaign.DefaultAccount && name == "api_login" {
		return ""
	}
	return v.k.String(name)
}

func (v *values) fault(name, want string) {
	v.faults = append(v.faults, fmt.Errorf("%s is %q: want %s", name, v.text(name), want))
}

// missing says where an account's credentials belong: variables are those of
// the default account alone.
func (v *values) missing(what, name, variables string) error {
	if v.name != campaign.DefaultAccount {
		return fmt.Errorf("%s: set accounts.%s.%s in the config file", what, v.name, name)
	}
	return fmt.Errorf("%s: set %s, or %s in the config file", what, variables, name)
}

func (v *values) flag(name string) bool {
	on, err := strconv.ParseBool(v.text(name))
	if err != nil {
		v.fault(name, "true or false")
	}
	return on
}

func (v *values) number(name string) float64 {
	n, err := strconv.ParseFloat(v.text(name), 64)
	if err != nil || n < 0 || n > 1e9 {
		v.fault(name, "a number, 0 or more")
	}
	return n
}

func (v *values) whole(name string) int {
	n, err := strconv.Atoi(v.text(name))
	if err != nil || n < 1 {
		v.fault(name, "a whole number, 1 or more")
	}
	return n
}

// wholeOrNone reads a limit that 0 switches off.
func (v *values) wholeOrNone(name string) int {
	n, err := strconv.Atoi(v.text(name))
	if err != nil || n < 0 {
		v.fault(name, "a whole number, 0 (no limit) or more")
	}
	return n
}

func (v *values) duration(name string) time.Duration {
	d, err := parseDuration(v.text(name))
	if err != nil || d <= 0 {
		v.fault(name, "a duration such as 30s, 5m, 24h or 90d")
	}
	return d
}

func accountFrom(k *koanf.Koanf, name string) (worker.Account, error) {
	v := &values{k: k, name: name}
	a := worker.Account{
		APIURL: v.text("api_url"), AllowPlainHTTP: v.flag("api_plain_http"), Login: v.text("api_login"), Timeout: v.duration("api_timeout"),
		Rate: v.number("rate"), Burst: v.whole("burst"), MaxInFlight: v.wholeOrNone("max_in_flight"),
		Concurrency: v.whole("concurrency"), Confirm: v.text("confirm"), LostTicket: v.text("lost_ticket"),
		Late: v.text("late"), Window: v.text("window"),
		Deadline: v.duration("deadline"), PollFirst: v.duration("poll_first"), PollMax: v.duration("poll_max"),
		Backoff: v.duration("backoff"), BackoffMax: v.duration("backoff_max"),
		Probe: v.duration("probe"), ProbeMax: v.duration("probe_max"),
	}
	a.Unlimited = a.Rate == 0 || a.MaxInFlight == 0 // each of them is no limit at 0, and holds above
	key, err := v.key()
	if err != nil {
		v.faults = append(v.faults, err)
	}
	a.Key = key
	if a.Login == "" {
		v.faults = append(v.faults, v.missing("no login", "api_login", "OCTOQ_API_LOGIN"))
	}
	return a, errors.Join(v.faults...)
}

// key is the API key, from the setting or from the file that it names.
func (v *values) key() (worker.Secret, error) {
	if key := v.text("api_key"); key != "" {
		return worker.Secret(key), nil
	}
	name := v.text("api_key_file")
	if name == "" {
		return "", v.missing("no API key", "api_key_file", "OCTOQ_API_KEY or OCTOQ_API_KEY_FILE")
	}
	const longest = 4096
	f, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return "", fmt.Errorf("read the API key: %w", err)
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, longest)
	n, err := f.Read(b)
	key := strings.TrimSpace(string(b[:n]))
	if err != nil || key == "" || n == longest {
		return "", fmt.Errorf("read the API key: %s holds no key", name)
	}
	return worker.Secret(key), nil
}

// parseDuration reads Go's durations and whole days, such as 90d.
func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n > 36500 {
			return 0, fmt.Errorf("%q is no number of days", s)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return time.ParseDuration(s)
}
