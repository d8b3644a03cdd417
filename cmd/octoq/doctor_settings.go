package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/web"
	"github.com/octoq/octoq/worker"
)

// settingsFindings are the faults of all settings but those of accounts: some of
// them were found while the settings were gathered.
func settingsFindings(ctx context.Context, k *koanf.Koanf, gathered []error) []doctor.Finding {
	var found []doctor.Finding
	for _, err := range append(gathered, settingsFaults(ctx, k)...) {
		found = append(found, doctor.BadSettings(err.Error()))
	}
	for _, u := range unreadVariables(os.Environ()) {
		found = append(found, doctor.UnreadVariable(u.String()))
	}
	return found
}

// settingsFaults reads each setting as the commands do that use it.
func settingsFaults(ctx context.Context, k *koanf.Koanf) (faults []error) {
	_, address := redisAddress(k)
	_, retention := retentionOf(k)
	_, log := newLogger(k, io.Discard)
	_, durable := durableOption(k.String("durable"))
	_, spoolMax := spoolMaxOf(k)
	_, required := signInRequired(k)
	_, provider := oidcOf(k)
	for _, err := range []error{address, retention, log, durable, required, loginFault(k), provider, spoolMax} {
		if err != nil {
			faults = append(faults, err)
		}
	}
	for _, name := range []string{"listen", "web_listen"} {
		if addr := k.String(name); addr != "" {
			if err := web.CheckAddress(ctx, addr); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", called("", name), err))
			}
		}
	}
	return faults
}

// loginFault is what is wrong with user and password of the web pages.
func loginFault(k *koanf.Koanf) error {
	password, err := valueOrFile(k, "web_password")
	if err != nil {
		return err
	}
	_, err = web.NewLogin(k.String("web_user"), password)
	return err
}

// accountFindings are the faults of an account's settings: those that cannot be
// read, and those that a worker refuses.
func accountFindings(k *koanf.Koanf, name string, a worker.Account, unreadable []error) []doctor.Finding {
	if a.Login == "" || a.Key == "" { // that is among the faults already
		a.Login, a.Key = "missing", "missing"
	}
	_, err := worker.New(alone(name, a)) // connects to nothing
	var found []doctor.Finding
	for _, err := range append(unreadable, leaves(err)...) {
		found = append(found, accountFinding(k, name, err))
	}
	return found
}

// limitFindings are the faults of what accounts take from the top, where there is no
// account.
func limitFindings(k *koanf.Koanf) []doctor.Finding {
	a, faults := accountFrom(k, campaign.DefaultAccount, "")
	missing := func(err error) bool { _, unreadable := errors.AsType[*valueError](err); return !unreadable }
	return accountFindings(k, campaign.DefaultAccount, a, slices.DeleteFunc(faults, missing))
}

// accountFinding is one fault. Of a setting that the account takes from the top it is
// the top's, and the same for all accounts.
func accountFinding(k *koanf.Koanf, account string, err error) doctor.Finding {
	var value *valueError
	var field *worker.FieldError
	of, text := "", strings.TrimPrefix(strings.TrimPrefix(err.Error(), "worker: "), fmt.Sprintf("account %q: ", account))
	switch {
	case errors.As(err, &value):
		of = value.setting
	case errors.As(err, &field):
		of = settingOf(field.Field)
		plain := *field
		plain.Account = ""
		if text = settingFault(account, &plain); inherits(k, account, of) {
			text = settingFault("", &plain)
		}
	}
	f := doctor.BadSettings(text)
	if of == "" || !inherits(k, account, of) {
		f.Account = account
	}
	return f
}
