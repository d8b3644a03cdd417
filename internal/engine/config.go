package engine

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/redisconn"
)

// Config is what a worker process works by. It is complete: package worker has the
// defaults and refuses what makes no sense. The fields mean what worker.Config says.
type Config struct {
	// RedisURL or Redis, exactly one of them. A client that is handed in is not
	// closed.
	RedisURL   string
	RedisFiles redisconn.Files // of RedisURL
	Redis      redis.UniversalClient
	Accounts   []AccountConfig // in the order in which they start
	// AccountsRoom is for how many accounts connections to Redis may be opened, where
	// that is more than there are.
	AccountsRoom int
	Logger       zerolog.Logger
	Name         string // the worker's, as timelines and leases have it
	Retention    time.Duration
	EventsKeep   time.Duration
	// PackAfter is how long after its end a campaign's record is packed.
	PackAfter  time.Duration
	SweepEvery time.Duration
	SweepIdle  time.Duration
	// SleepAfter is how long an account must have had nothing to do before it sleeps; 0
	// lets none sleep. SleepAbove is the number of accounts up to which none sleeps.
	SleepAfter time.Duration
	SleepAbove int
	// StopTimeout bounds the wait for calls in flight.
	StopTimeout time.Duration
	Registerer  prometheus.Registerer // nil means no metrics
	// TracerProvider makes the spans of calls; nil makes none.
	TracerProvider trace.TracerProvider
}

// AccountConfig is one Octopush login with its limits and rules. The fields mean what
// those of worker.Account say.
type AccountConfig struct {
	Name string
	API  octopush.Config
	// Rate is in calls a second, MaxInFlight in calls, both over all workers; 0 is
	// no limit.
	Rate        float64
	Burst       int
	MaxInFlight int
	Concurrency int // calls of a stage at once in this process
	// Manual lets a campaign wait for an approval of its price, ParkLost makes it a
	// dead letter when its ticket is lost, and SendLate has it sent although its
	// send_at has passed.
	Manual   bool
	ParkLost bool
	SendLate bool
	// Rules and Budgets are what the config file demands of the account's campaigns.
	Rules    budget.Rules
	Budgets  []budget.Budget
	Window   string // of wholesale campaigns; empty means at any hour
	Deadline time.Duration
	// The pauses between looks at a ticket, after failures, and between probes of
	// an account on hold: from the first to the longest.
	PollFirst, PollMax  time.Duration
	Backoff, BackoffMax time.Duration
	Probe, ProbeMax     time.Duration
	// Shared are the settings that all workers of the account have to have in
	// common, as texts by the settings' names. They are compared, and have no other
	// effect.
	Shared map[string]string
}
