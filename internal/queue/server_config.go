package queue

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// DefaultStopTimeout is how long a stopping server waits for its handlers
// unless its config says otherwise.
const DefaultStopTimeout = 20 * time.Second

// ServerConfig says what a server works on.
type ServerConfig struct {
	// Redis is shared and not closed.
	Redis redis.UniversalClient
	// Waker is shared by the servers of a process. A server without one makes one
	// for itself.
	Waker   *Waker
	Account string
	Stage   campaign.Stage
	// Registered says that the queue is known to asynq's page already (see Register), so
	// that the start needs no answer of Redis before it takes tasks.
	Registered bool
	// Concurrency is the number of handlers that run at once, at least 1.
	Concurrency int
	// ForAlerts is the number of handlers besides that may run, for alerts alone: so
	// an alert finds a place while others take as long as they like.
	ForAlerts int
	Handler   Handler
	// Log gets asynq's own lines at debug level.
	Log zerolog.Logger
	// Outage keeps the log short while Redis is away; nil logs everything.
	Outage Outage
	// StopTimeout is how long Stop waits for handlers before their contexts are
	// cancelled and their tasks handed back. Zero means DefaultStopTimeout.
	StopTimeout time.Duration
}

// handlers is how many may run at once.
func (c ServerConfig) handlers() int { return c.Concurrency + c.ForAlerts }

func (c ServerConfig) queue() string { return key.Queue(c.Account, c.Stage) }

func (c ServerConfig) check() error {
	var faults []error
	fault := func(bad bool, what string) {
		if bad {
			faults = append(faults, errors.New(what))
		}
	}
	fault(c.Redis == nil, "there is no Redis client")
	fault(!campaign.ValidAccount(c.Account), fmt.Sprintf("%q is not the name of an account", c.Account))
	fault(!slices.Contains(record.Stages(), c.Stage), fmt.Sprintf("there is no stage %q", c.Stage))
	fault(c.Concurrency < 1, "a concurrency below 1 works on nothing")
	fault(c.ForAlerts < 0, "the number of places for alerts is negative")
	fault(c.Handler == nil, "there is no handler")
	fault(c.StopTimeout < 0, "the stop timeout is negative")
	return errors.Join(faults...)
}
