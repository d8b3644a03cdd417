package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// withDefaults returns a copy with every unset field filled in.
func (c Config) withDefaults() Config {
	c.Accounts, c.Strict = slices.Clone(c.Accounts), slices.Clone(c.Strict)
	if len(c.Accounts) == 0 {
		c.Accounts = []Account{{Login: DefaultLogin, Key: DefaultKey, Balance: DefaultBalance}}
	}
	c.Reports = c.Reports.withDefaults()
	c.NotReadyCode = cmp.Or(c.NotReadyCode, codeComputing)
	c.ReadyStatus = cmp.Or(c.ReadyStatus, "ready_to_be_sent")
	c.AfterSend = cmp.Or(c.AfterSend, AfterSendSent)
	c.DuplicateCode = cmp.Or(c.DuplicateCode, codeDuplicate)
	c.RequestIDTTL = cmp.Or(c.RequestIDTTL, 24*time.Hour)
	c.PricePerContact = cmp.Or(c.PricePerContact, 0.05)
	c.RetryAfter = cmp.Or(c.RetryAfter, 1)
	c.HugeSize = cmp.Or(c.HugeSize, 10<<20)
	c.MaxHang = cmp.Or(c.MaxHang, time.Minute)
	c.LogSize = cmp.Or(c.LogSize, 1_000_000)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// validate reports every fault of a configuration whose defaults are filled in.
func (c Config) validate() error {
	_, strict := newStrictness(c.Strict)
	return errors.Join(validateAccounts(c.Accounts), c.validateNumbers(), c.validateWords(), c.Shares.validate(), c.Reports.validate(), strict)
}

func validateAccounts(accounts []Account) error {
	var errs []error
	seen := map[string]bool{}
	for i, a := range accounts {
		if a.Login == "" || a.Key == "" {
			errs = append(errs, fmt.Errorf("account %d needs a login and a key", i+1))
		}
		if seen[a.Login] {
			errs = append(errs, fmt.Errorf("login %q is there twice", a.Login))
		}
		if !isAmount(a.Balance) {
			errs = append(errs, fmt.Errorf("balance of %q must be 0 or more, got %v", a.Login, a.Balance))
		}
		seen[a.Login] = true
	}
	return errors.Join(errs...)
}

func (c Config) validateNumbers() error {
	var errs []error
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"compute time", int64(c.ComputeTime)},
		{"not-ready code", int64(c.NotReadyCode)},
		{"duplicate code", int64(c.DuplicateCode)},
		{"request_id lifetime", int64(c.RequestIDTTL)},
		{"number of contacts", int64(c.Contacts)},
		{"latency", int64(c.Latency)},
		{"jitter", int64(c.Jitter)},
		{"retry-after", int64(c.RetryAfter)},
		{"huge size", int64(c.HugeSize)},
		{"longest hang", int64(c.MaxHang)},
		{"log size", int64(c.LogSize)},
	} {
		if n.value < 0 {
			errs = append(errs, fmt.Errorf("%s must not be negative, got %d", n.name, n.value))
		}
	}
	if !isAmount(c.PricePerContact) {
		errs = append(errs, fmt.Errorf("price per contact must be 0 or more, got %v", c.PricePerContact))
	}
	return errors.Join(errs...)
}

func (c Config) validateWords() error {
	known := []string{AfterSendSent, AfterSendReady, AfterSendBare, AfterSendUnknown}
	if !slices.Contains(known, c.AfterSend) {
		return fmt.Errorf("after-send must be one of %v, got %q", known, c.AfterSend)
	}
	return nil
}

func (s Shares) validate() error {
	var errs []error
	sum := 0.0
	for _, sh := range s.list() {
		if !isShare(sh.part) {
			errs = append(errs, fmt.Errorf("share of %s must be between 0 and 1, got %v", sh.fault, sh.part))
		}
		sum += sh.part
	}
	if sum > 1+1e-9 {
		errs = append(errs, fmt.Errorf("shares must add up to 1 at most, got %v", sum))
	}
	return errors.Join(errs...)
}

// isShare reports whether f can be a probability; NaN cannot.
func isShare(f float64) bool { return f >= 0 && f <= 1 }

// isAmount reports whether f can be a sum of money that fits the ledger; NaN and infinity cannot.
func isAmount(f float64) bool { return f >= 0 && f <= math.MaxInt64/unitsPerEuro/2 }
