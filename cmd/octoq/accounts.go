package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/worker"
)

// accountsFrom builds the accounts of the settings: flags, variables and the top of the
// config file make the one called "default"; each entry under accounts: in the file, and
// each file of accounts_dir, is another, and takes from the top what it does not say
// itself, but for the credentials: those at the top are the default account's alone. A
// fault of any is an error.
func accountsFrom(k *koanf.Koanf) (map[string]worker.Account, error) {
	accounts, faulty, err := accountsOf(k)
	if err != nil {
		return nil, err
	}
	for _, f := range faulty {
		err = errors.Join(err, f.err)
	}
	if err != nil {
		return nil, usagef("%v", err)
	}
	return accounts, nil
}

// accountsOf is accountsFrom without the accounts whose file in accounts_dir has a fault:
// of these it returns the files. An error is one of the other settings.
func accountsOf(k *koanf.Koanf) (map[string]worker.Account, []accountFile, error) {
	files, err := addFolder(k)
	if err != nil {
		return nil, nil, err
	}
	accounts, found := readAccounts(k, files)
	var faulty []accountFile
	for _, f := range files {
		if f.err = f.fault(accounts, found); f.err != nil {
			faulty = append(faulty, f)
		}
		if f.twice {
			continue // it may be one of the config file
		}
		delete(found, f.account)
		if f.err != nil {
			delete(accounts, f.account)
		}
	}
	faults := topFaults(k)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		faults = append(faults, fmt.Errorf("account %q: %w", name, errors.Join(found[name]...)))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, nil, usagef("%v", err)
	}
	return accounts, faulty, nil
}

// topFaults are the faults of what all accounts of a folder take from the top, which are
// no file's.
func topFaults(k *koanf.Koanf) []error {
	if k.String("accounts_dir") == "" {
		return nil
	}
	_, faults := accountFrom(k, "", "") // the account that says nothing itself
	return slices.DeleteFunc(faults, func(err error) bool { _, ofValue := errors.AsType[*valueError](err); return !ofValue })
}

// fault is why the account of a file is not served: the file's own fault, what cannot be
// read of its settings, or what a worker refuses of them; nil if it is. accounts and
// unreadable are what readAccounts returns.
func (f accountFile) fault(accounts map[string]worker.Account, unreadable map[string][]error) error {
	if f.err != nil {
		return f.err
	}
	faults := slices.Clone(unreadable[f.account])
	if len(faults) == 0 {
		if _, err := worker.New(alone(f.account, accounts[f.account])); err != nil {
			faults = append(faults, bySettings(f.account, err))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", f.path, errors.Join(faults...))
}

// alone is a worker of one account, which is only checked.
func alone(name string, a worker.Account) worker.Config {
	return worker.Config{RedisURL: "redis://127.0.0.1:1", Accounts: map[string]worker.Account{name: a}}
}

// readAccounts reads accounts with the faults of each that has some. Those of files have
// to be in k.
func readAccounts(k *koanf.Koanf, files []accountFile) (map[string]worker.Account, map[string][]error) {
	accounts, faults := map[string]worker.Account{}, map[string][]error{}
	places := map[string]string{}
	for _, f := range files {
		places[f.account] = f.path
	}
	for _, name := range namesIn(k) {
		a, found := accountFrom(k, name, places[name])
		if len(found) > 0 {
			faults[name] = found
		}
		accounts[name] = a
	}
	return accounts, faults
}

// namesIn are the names of the accounts that k has settings of. Where there are none, and
// no folder could bring some, they are those of the default account.
func namesIn(k *koanf.Koanf) []string {
	names := k.MapKeys("accounts")
	if k.String("api_login") != "" || len(names) == 0 && k.String("accounts_dir") == "" {
		names = append(names, campaign.DefaultAccount)
	}
	return names
}

// values reads one account's settings and gathers what is wrong with them.
type values struct {
	k      *koanf.Koanf
	name   string
	file   string // of accounts_dir, that the account is from; "" if it is from none
	faults []error
}

// text is the account's own value, else that of the top.
func (v *values) text(name string) string {
	own := "accounts." + v.name + "." + name
	if v.k.Exists(own) {
		return v.k.String(own)
	}
	if v.name != campaign.DefaultAccount && name == "api_login" {
		return ""
	}
	return v.k.String(name)
}

func (v *values) fault(name, want string) {
	v.faults = append(v.faults, &valueError{name, fmt.Sprintf("%s is %q: want %s", v.called(name), v.text(name), want)})
}

// valueError is a value of a setting that cannot be read.
type valueError struct{ setting, text string }

func (e *valueError) Error() string { return e.text }

// called is what people call a setting of the account: one that it does not set
// itself is the top's, which has a variable.
func (v *values) called(name string) string {
	if inherits(v.k, v.name, name) {
		return called(campaign.DefaultAccount, name)
	}
	return name
}

// inherits reports whether an account takes a setting from the top.
func inherits(k *koanf.Koanf, account, name string) bool {
	return !k.Exists("accounts." + account + "." + name)
}

// missing says where an account's credentials belong: variables are those of
// the default account alone.
func (v *values) missing(what, name, variables string) error {
	switch {
	case v.file != "":
		return fmt.Errorf("%s: set %s", what, name)
	case v.name != campaign.DefaultAccount:
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

// accountFrom is an account with what is wrong with its settings. file is the one of
// accounts_dir that it is from, if it is from one.
func accountFrom(k *koanf.Koanf, name, file string) (worker.Account, []error) {
	v := &values{k: k, name: name, file: file}
	a := worker.Account{
		APIURL: v.text("api_url"), AllowPlainHTTP: v.flag("api_plain_http"), Login: v.text("api_login"), Timeout: v.duration("api_timeout"),
		Rate: v.number("rate"), Burst: v.whole("burst"), MaxInFlight: v.wholeOrNone("max_in_flight"),
		Concurrency: v.whole("concurrency"), Confirm: v.text("confirm"), LostTicket: v.text("lost_ticket"),
		ApproveAbove: v.money("approve_above"), ApproveAboveContacts: v.wholeOrNone("approve_above_contacts"), ApproveBy: v.text("approve_by"), Budgets: v.budgets(),
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
	return a, v.faults
}

// key is the API key, from the setting or from the file that it names. What the
// account says itself takes the place of the top's, in either form.
func (v *values) key() (worker.Secret, error) {
	prefix := ""
	if own := "accounts." + v.name + "."; v.k.String(own+"api_key") != "" || v.k.String(own+"api_key_file") != "" {
		prefix = own
	} else if v.name != campaign.DefaultAccount {
		return "", v.missing("no API key", "api_key_file", "")
	}
	key, file := v.k.String(prefix+"api_key"), v.k.String(prefix+"api_key_file")
	switch {
	case key != "":
		return worker.Secret(key), nil
	case file == "":
		return "", v.missing("no API key", "api_key_file", "OCTOQ_API_KEY or OCTOQ_API_KEY_FILE")
	}
	key, err := readSecret(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", v.called("api_key_file"), err)
	}
	return worker.Secret(strings.TrimSpace(key)), nil
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
