package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// DefaultStopTimeout is how long a stopping server waits for its handlers
// unless it is told otherwise.
const DefaultStopTimeout = 20 * time.Second

// ErrStopped is returned by the start of a server that was stopped.
var ErrStopped = errors.New("server was stopped already")

// ServerConfig says what a server works on.
type ServerConfig struct {
	// Redis is shared and not closed.
	Redis redis.UniversalClient
	// Waker is shared by the servers of a process. A server without one has its own.
	Waker   *Waker
	Account string
	Stage   campaign.Stage
	// Concurrency is the number of handlers that run at once, at least 1.
	Concurrency int
	Handler     Handler
	// Log gets asynq's own lines at debug level.
	Log zerolog.Logger
	// Outage keeps the log short while Redis is away; nil logs everything.
	Outage Outage
	// StopTimeout is how long Stop waits for handlers before their contexts are
	// cancelled and their tasks handed back. Zero means DefaultStopTimeout.
	StopTimeout time.Duration
}

// Outage is what a process knows of a Redis that is away.
type Outage interface {
	// Note takes an error and reports whether it is one of an outage, which Note
	// has then logged or counted.
	Note(err error) bool
	// Count reports whether there is an outage, and counts a line that is left
	// out because of it.
	Count() bool
}

func (c ServerConfig) check() error {
	var faults []error
	fault := func(bad bool, what string) {
		if bad {
			faults = append(faults, errors.New(what))
		}
	}
	fault(c.Redis == nil, "there is no Redis client")
	fault(!campaign.ValidAccount(c.Account), fmt.Sprintf("%q is not the name of an account", c.Account))
	fault(!slices.Contains(campaign.Stages(), c.Stage), fmt.Sprintf("there is no stage %q", c.Stage))
	fault(c.Concurrency < 1, "a concurrency below 1 works on nothing")
	fault(c.Handler == nil, "there is no handler")
	fault(c.StopTimeout < 0, "the stop timeout is negative")
	return errors.Join(faults...)
}

// Server takes the tasks of one account and stage, one queue, and gives them
// to a handler. There is one server per queue: a server that waits for one
// queue would not see the others.
type Server struct {
	config   ServerConfig
	client   *client
	asynq    *asynq.Server
	handlers handlers
	crew     *crew
	stopping context.Context //nolint:containedctx // the life of the server, not of a call
	stop     context.CancelFunc

	mu      sync.Mutex // held while starting and stopping
	started bool
	stopped bool
	cleanup []func()
}

// NewServer makes a server; nothing happens before Start.
func NewServer(config ServerConfig) (*Server, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("set up the server of queue %s: %w", key.Queue(config.Account, config.Stage), err)
	}
	if config.StopTimeout == 0 {
		config.StopTimeout = DefaultStopTimeout
	}
	s := &Server{config: config, crew: newCrew()}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.client = &client{
		UniversalClient: config.Redis, names: namesOf(key.Queue(config.Account, config.Stage)),
		stop: s.stopping.Done(), log: config.Log, outage: config.Outage, poll: pollEvery, longest: maxWait,
	}
	s.asynq = asynq.NewServerFromRedisClient(s.client, s.asynqConfig())
	return s, nil
}

func (s *Server) asynqConfig() asynq.Config {
	return asynq.Config{
		Concurrency: s.config.Concurrency,
		Queues:      map[string]int{s.client.queue: 1},
		// The client does the waiting.
		TaskCheckInterval:        time.Millisecond,
		DelayedTaskCheckInterval: time.Millisecond,
		// Nothing is kept after completion.
		JanitorInterval: time.Hour,
		ShutdownTimeout: s.config.StopTimeout,
		IsFailure:       isFailure,
		RetryDelayFunc: func(failures int, err error, _ *asynq.Task) time.Duration {
			return delay(failures, err, time.Now())
		},
		Logger:   asynqLog{s.config.Log, s.config.Outage},
		LogLevel: asynq.InfoLevel,
	}
}

// Start begins to take tasks and returns. It fails when Redis is out of reach,
// and may then be tried again. The context bounds the start alone.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return fmt.Errorf("start queue %s: %w", s.client.queue, ErrStopped)
	}
	if s.started {
		return fmt.Errorf("start queue %s: it runs already", s.client.queue)
	}
	err := s.listen(ctx)
	if err == nil {
		err = s.asynq.Start(asynq.HandlerFunc(s.process))
	}
	if err != nil {
		s.clean()
		return fmt.Errorf("start queue %s: %w", s.client.queue, err)
	}
	s.crew.begin(s.config.Concurrency)
	s.started = true
	return nil
}

// listen makes the queue known and subscribes to its wake-ups.
func (s *Server) listen(ctx context.Context) error {
	if err := s.config.Redis.SAdd(ctx, knownQueues, s.client.queue).Err(); err != nil {
		return err
	}
	w := s.config.Waker
	if w == nil {
		w = NewWaker(s.config.Redis)
		s.cleanup = append(s.cleanup, func() { _ = w.Close() })
	}
	tokens, leave, err := w.listen(ctx, s.client.queue)
	s.cleanup = append(s.cleanup, leave)
	s.client.wakes = tokens
	return err
}

func (s *Server) clean() {
	for _, f := range slices.Backward(s.cleanup) {
		f()
	}
	s.cleanup = nil
}

// Stop ends the server and returns when it has ended: no further task is
// taken, Delivery.Stopping ends so that whoever waits returns Again, calls
// in flight may finish within the stop timeout, and then the contexts of the
// rest are cancelled and their tasks go back into the queue. It waits for every
// handler. It may be called before Start and more than once.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.stopped = true
	s.stop()
	if !s.started {
		return
	}
	s.asynq.Shutdown()
	s.client.closeSubscription(s.client.cancels.Swap(nil))
	s.handlers.wait()
	s.crew.end()
	s.clean()
}

// handlers counts the handlers that run: asynq returns from its shutdown while
// those that it gave up still do.
type handlers struct {
	mu     sync.Mutex
	closed bool
	group  sync.WaitGroup
}

func (h *handlers) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.group.Add(1)
	return true
}

func (h *handlers) leave() { h.group.Done() }

func (h *handlers) wait() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.group.Wait()
}
