package engine

import (
	"cmp"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/octopush"
)

// processOf is a worker process for accounts, with worker's defaults in the fields
// that a test leaves out.
func processOf(t *testing.T, cfg Config, accounts ...AccountConfig) *WorkerProcess {
	t.Helper()
	cfg.Name = cmp.Or(cfg.Name, "test")
	cfg.Retention = cmp.Or(cfg.Retention, 90*24*time.Hour)
	cfg.SweepEvery = cmp.Or(cfg.SweepEvery, 5*time.Second)
	cfg.SweepIdle = cmp.Or(cfg.SweepIdle, 45*time.Second)
	cfg.PackAfter = cmp.Or(cfg.PackAfter, time.Hour)
	cfg.StopTimeout = cmp.Or(cfg.StopTimeout, 20*time.Second)
	for _, a := range accounts {
		cfg.Accounts = append(cfg.Accounts, complete(a))
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// accountOf builds the first account of a process, which does not work.
func accountOf(t *testing.T, p *WorkerProcess, rdb redis.UniversalClient) *account {
	t.Helper()
	d, err := p.deps(rdb, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAccount(d.of(p.config.Accounts[0]), newChores(d.of(p.config.Accounts[0])))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.client.Close)
	return a
}

func complete(a AccountConfig) AccountConfig {
	a.Name = cmp.Or(a.Name, "default")
	a.API.Login, a.API.Key = cmp.Or(a.API.Login, "me@example.org"), cmp.Or(a.API.Key, "k")
	a.API.Timeout = cmp.Or(a.API.Timeout, 15*time.Second)
	a.Burst, a.Concurrency = cmp.Or(a.Burst, 5), cmp.Or(a.Concurrency, 10)
	a.Deadline = cmp.Or(a.Deadline, 24*time.Hour)
	a.PollFirst, a.PollMax = cmp.Or(a.PollFirst, time.Second), cmp.Or(a.PollMax, 30*time.Second)
	a.Backoff, a.BackoffMax = cmp.Or(a.Backoff, time.Second), cmp.Or(a.BackoffMax, 5*time.Minute)
	a.Probe, a.ProbeMax = cmp.Or(a.Probe, 5*time.Second), cmp.Or(a.ProbeMax, 5*time.Minute)
	return a
}

// at is an API at an address.
func at(url string) octopush.Config { return octopush.Config{BaseURL: url} }

// with is a process that uses a client.
func with(rdb redis.UniversalClient) Config { return Config{Redis: rdb} }
