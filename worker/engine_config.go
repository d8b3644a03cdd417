package worker

import (
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/engine"
	"github.com/octoq/octoq/internal/octopush"
)

const (
	// sleepAfter is how long an account has nothing to do before it sleeps. To sleep and to
	// wake costs Redis as much as ten seconds of being awake.
	sleepAfter = 30 * time.Second
	// sleepAbove is the number of accounts up to which all stay awake: for few of them, what
	// that saves is not worth the milliseconds that waking takes.
	sleepAbove = 8
)

// engine is the configuration as the engine takes it. The defaults have to be filled
// in, and the accounts start in the order of their names.
func (c Config) engine() engine.Config {
	e := engine.Config{
		RedisURL: c.RedisURL, RedisFiles: c.redisFiles(), Redis: c.Redis, Logger: c.Logger, Name: c.Name, Retention: c.Retention, EventsKeep: c.EventsKeep, PackAfter: c.PackAfter,
		SweepEvery: c.SweepEvery, SweepIdle: c.SweepIdle, StopTimeout: c.StopTimeout, Registerer: c.Registerer,
		TracerProvider: c.TracerProvider, AccountsRoom: c.AccountsRoom, SleepAfter: sleepAfter, SleepAbove: sleepAbove,
	}
	for _, name := range slices.Sorted(maps.Keys(c.Accounts)) {
		e.Accounts = append(e.Accounts, c.engineAccount(name, c.Accounts[name]))
	}
	return e
}

func (c Config) engineAccount(name string, a Account) engine.AccountConfig {
	return engine.AccountConfig{
		Name: name, API: a.api(), Shared: c.sharedSettings(a),
		Rate: a.Rate, Burst: a.Burst, MaxInFlight: a.MaxInFlight, Concurrency: a.Concurrency,
		Manual: a.Confirm == campaign.ConfirmManual, ParkLost: a.LostTicket == LostPark, SendLate: a.Late == campaign.LateSend,
		Rules: a.rules(), Budgets: a.budgets(), Window: a.Window, Deadline: a.Deadline, PollFirst: a.PollFirst, PollMax: a.PollMax,
		Backoff: a.Backoff, BackoffMax: a.BackoffMax, Probe: a.Probe, ProbeMax: a.ProbeMax,
	}
}

// api is how the account reaches the API.
func (a Account) api() octopush.Config {
	return octopush.Config{
		BaseURL: a.APIURL, AllowPlainHTTP: a.AllowPlainHTTP, Login: a.Login, Key: a.Key.hidden(), Timeout: a.Timeout,
	}
}
