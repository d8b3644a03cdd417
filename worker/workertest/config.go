package workertest

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/worker"
)

// The one login that the simulated API lets in.
const (
	login = "test@example.com"
	key   = "workertest-key"
)

// Config says how worker and API behave. The zero Config is usable.
type Config struct {
	// Redis is where the campaigns are; it stays its owner's to close. Nil
	// makes an embedded one.
	Redis redis.UniversalClient
	// Worker is the worker's configuration. Its Redis is filled in, and so is
	// an account called "default" when it has none.
	Worker worker.Config
	// Account is the configuration of each account that Worker.Accounts does
	// not have; APIURL, Login and Key are filled in everywhere. Unless it says
	// otherwise there are no limits, and waits after failures are short.
	Account worker.Account

	// Compute is how long the API computes a campaign, Latency how long it
	// takes to answer. Contacts is the number of contacts of every list and tag,
	// 100 by default, at 0.05 € each. Credit is the account's, in euros, a
	// million by default; below zero it has none.
	Compute, Latency time.Duration
	Contacts         int
	Credit           float64
}

func (c Config) withDefaults() Config {
	if c.Contacts == 0 {
		c.Contacts = 100
	}
	switch {
	case c.Credit == 0:
		c.Credit = 1e6
	case c.Credit < 0:
		c.Credit = 0
	}
	return c
}

// forWorker is the worker's configuration for a Redis and an API.
func (c Config) forWorker(rdb redis.UniversalClient, url string) worker.Config {
	w := c.Worker
	w.RedisURL, w.Redis = "", rdb
	if w.Name == "" {
		w.Name = "workertest"
	}
	accounts := map[string]worker.Account{}
	for name, a := range w.Accounts {
		accounts[name] = a
	}
	if len(accounts) == 0 {
		accounts[campaign.DefaultAccount] = quick(c.Account)
	}
	for name, a := range accounts {
		a.APIURL, a.Login, a.Key = url, login, key
		accounts[name] = a
	}
	w.Accounts = accounts
	return w
}

// quick is an account whose waits are short and each of whose limits is off,
// unless it is set.
func quick(a worker.Account) worker.Account {
	a.Unlimited = true
	short := func(d *time.Duration, by time.Duration) {
		if *d == 0 {
			*d = by
		}
	}
	short(&a.PollFirst, 100*time.Millisecond)
	short(&a.PollMax, max(time.Second, a.PollFirst))
	short(&a.Backoff, 200*time.Millisecond)
	short(&a.BackoffMax, max(2*time.Second, a.Backoff))
	short(&a.Probe, 500*time.Millisecond)
	short(&a.ProbeMax, max(2*time.Second, a.Probe))
	short(&a.Timeout, 5*time.Second)
	return a
}
