package worker

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

func valid() Config {
	return Config{RedisURL: "redis://127.0.0.1:1", Accounts: map[string]Account{
		campaign.DefaultAccount: {APIURL: "http://127.0.0.1:1", Login: "a@example.com", Key: "secret-key"},
	}}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := valid().withDefaults()
	if err != nil {
		t.Fatalf("a minimal config: %v", err)
	}
	a := cfg.Accounts[campaign.DefaultAccount]
	if a.Rate != 5 || a.Burst != 5 || a.MaxInFlight != 1 || a.Concurrency != 10 || a.Timeout != 15*time.Second || a.Deadline != 24*time.Hour {
		t.Errorf("account: got %+v, want the documented defaults", a)
	}
	if cfg.StopTimeout <= a.Timeout {
		t.Errorf("stop timeout: got %v, want more than one call's %v", cfg.StopTimeout, a.Timeout)
	}
	if got := valid().Accounts[campaign.DefaultAccount].Rate; got != 0 {
		t.Errorf("the caller's config was changed: rate %v", got)
	}
}

func TestFaultsAreReportedTogether(t *testing.T) {
	t.Parallel()
	cfg := valid()
	cfg.RedisURL = ""
	cfg.Retention = -time.Second
	cfg.Accounts["Bad Name"] = Account{Confirm: "maybe", LostTicket: "x", Burst: -1, Rate: -1, Timeout: time.Hour}
	_, err := New(cfg)
	if err == nil {
		t.Fatal("got no error, want all faults")
	}
	for _, want := range []string{"RedisURL and Redis", "Retention", "Bad Name", "Confirm", "LostTicket", "Burst", "Rate", "Timeout"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to name %s", err, want)
		}
	}
}

// New also refuses what only a part of the worker can refuse, and no error holds the key.
func TestNewChecksTheParts(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config, *Account){
		"no login":       func(_ *Config, a *Account) { a.Login = "" },
		"no key":         func(_ *Config, a *Account) { a.Key = "" },
		"plain http":     func(_ *Config, a *Account) { a.APIURL = "http://api.example.com" },
		"a broken URL":   func(c *Config, _ *Account) { c.RedisURL = "redis://:pass@[::1" },
		"a broken limit": func(_ *Config, a *Account) { a.Rate = 1e-9 },
		"no accounts":    func(c *Config, _ *Account) { c.Accounts = nil },
	} {
		cfg := valid()
		a := cfg.Accounts[campaign.DefaultAccount]
		change(&cfg, &a)
		if cfg.Accounts != nil {
			cfg.Accounts[campaign.DefaultAccount] = a
		}
		_, err := New(cfg)
		if err == nil || strings.Contains(err.Error(), "secret-key") || strings.Contains(err.Error(), "pass@") {
			t.Errorf("%s: got %v, want an error without secrets", name, err)
		}
	}
	if _, err := New(valid()); err != nil {
		t.Errorf("a valid config: %v", err)
	}
}

// Rate and calls in flight are limited each by itself.
func TestUnlimitedLiftsWhatIsNotSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		given    Account
		rate     float64
		inFlight int
	}{
		{"defaults", Account{}, 5, 1},
		{"neither", Account{Unlimited: true}, 0, 0},
		{"rate alone", Account{Unlimited: true, Rate: 7}, 7, 0},
		{"calls in flight alone", Account{Unlimited: true, MaxInFlight: 3}, 0, 3},
		{"both", Account{Unlimited: true, Rate: 7, MaxInFlight: 3}, 7, 3},
	} {
		if got, _ := c.given.withDefaults(); got.Rate != c.rate || got.MaxInFlight != c.inFlight {
			t.Errorf("%s: got rate %v and %d in flight, want %v and %d", c.name, got.Rate, got.MaxInFlight, c.rate, c.inFlight)
		}
	}
}

// Values that each make sense alone and none together, or that endanger what the
// ledger promises, are faults of the field.
func TestOddValuesAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field, other string
		change       func(*Config, *Account)
	}{
		{"Retention", "", func(c *Config, _ *Account) { c.Retention = 24*time.Hour - time.Second }},
		{"PackAfter", "", func(c *Config, _ *Account) { c.PackAfter = -time.Second }},
		{"EventsKeep", "", func(c *Config, _ *Account) { c.EventsKeep = 2*time.Hour - time.Second }},
		{"Concurrency", "", func(_ *Config, a *Account) { a.Concurrency = 10_001 }},
		{"PollMax", "PollFirst", func(_ *Config, a *Account) { a.PollFirst, a.PollMax = 2*time.Second, time.Second }},
		{"PollMax", "PollFirst", func(_ *Config, a *Account) { a.PollFirst = time.Minute }},
		{"BackoffMax", "Backoff", func(_ *Config, a *Account) { a.BackoffMax = time.Millisecond }},
		{"ProbeMax", "Probe", func(_ *Config, a *Account) { a.Probe = time.Hour }},
	} {
		cfg := valid()
		a := cfg.Accounts[campaign.DefaultAccount]
		c.change(&cfg, &a)
		cfg.Accounts[campaign.DefaultAccount] = a
		var fault *FieldError
		if _, err := New(cfg); !errors.As(err, &fault) || fault.Field != c.field || fault.Other != c.other {
			t.Errorf("%s: got %v, want a fault of it", c.field, err)
		}
	}
	cfg := valid()
	cfg.Retention = 24 * time.Hour
	if _, err := New(cfg); err != nil {
		t.Errorf("the shortest retention: %v", err)
	}
}

func TestAccountRefusesBadWindowAndLate(t *testing.T) {
	t.Parallel()
	for _, a := range []Account{{Window: "by day"}, {Window: "08:00-20:00 UTC holidays=XX"}, {Late: "maybe"}} {
		if _, faults := a.withDefaults(); errors.Join(faults...) == nil {
			t.Errorf("%+v: got no error", a)
		}
	}
	if a, faults := (Account{Window: "Mo-Sa 08:00-20:00 Europe/Paris holidays=FR"}).withDefaults(); errors.Join(faults...) != nil || a.Late != campaign.LateDead {
		t.Errorf("got late %q, %v, want dead", a.Late, faults)
	}
}
