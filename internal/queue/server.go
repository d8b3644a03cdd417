package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"github.com/octoq/octoq/internal/asynqwire"
)

// ErrStopped is returned by the start of a server that was stopped.
var ErrStopped = errors.New("server was stopped already")

// Server takes the tasks of one account and stage, one queue, and gives them
// to a handler. There is one server per queue: a server that waits for one
// queue would not see the others.
type Server struct {
	config     ServerConfig
	client     *serverClient
	asynq      *asynq.Server
	dispatcher dispatcher
	stop       context.CancelFunc

	mu      sync.Mutex // held while starting and stopping
	started bool
	stopped bool
	cleanup []func()
}

// NewServer makes a server; nothing happens before Start.
func NewServer(config ServerConfig) (*Server, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("set up the server of queue %s: %w", config.queue(), err)
	}
	if config.StopTimeout == 0 {
		config.StopTimeout = DefaultStopTimeout
	}
	stopping, stop := context.WithCancel(context.Background())
	s := &Server{config: config, stop: stop, client: newServerClient(config, stopping.Done())}
	s.dispatcher = dispatcher{
		queue: config.queue(), handler: config.Handler, inflight: &s.client.inflight, pool: newWorkerPool(),
		stopping: stopping, log: config.Log,
	}
	s.asynq = asynq.NewServerFromRedisClient(s.client, s.asynqConfig())
	return s, nil
}

func (s *Server) asynqConfig() asynq.Config {
	return asynq.Config{
		Concurrency: s.config.handlers(),
		Queues:      map[string]int{s.config.queue(): 1},
		// The client does the waiting.
		TaskCheckInterval:        time.Millisecond,
		DelayedTaskCheckInterval: time.Millisecond,
		// Nothing is kept after completion.
		JanitorInterval: time.Hour,
		ShutdownTimeout: s.config.StopTimeout,
		IsFailure:       isFailure,
		RetryDelayFunc: func(failures int, err error, _ *asynq.Task) time.Duration {
			return retryDelay(failures, err, time.Now())
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
		return fmt.Errorf("start queue %s: %w", s.config.queue(), ErrStopped)
	}
	if s.started {
		return fmt.Errorf("start queue %s: it runs already", s.config.queue())
	}
	err := s.listen(ctx)
	if err == nil {
		err = s.asynq.Start(&s.dispatcher)
	}
	if err != nil {
		s.clean()
		return fmt.Errorf("start queue %s: %w", s.config.queue(), err)
	}
	s.dispatcher.pool.start(s.config.handlers())
	s.started = true
	return nil
}

// listen makes the queue known and subscribes to its wake-ups.
func (s *Server) listen(ctx context.Context) error {
	if !s.config.Registered {
		if err := s.config.Redis.SAdd(ctx, asynqwire.QueueSet, s.config.queue()).Err(); err != nil {
			return err
		}
	}
	w := s.config.Waker
	if w == nil {
		w = NewWaker(s.config.Redis)
		s.cleanup = append(s.cleanup, func() { _ = w.Close() })
	}
	tokens, leave, err := w.listen(ctx, s.config.queue())
	s.cleanup = append(s.cleanup, leave)
	s.client.dequeuer.wakes = tokens
	return err
}

func (s *Server) clean() {
	for _, f := range slices.Backward(s.cleanup) {
		f()
	}
	s.cleanup = nil
}

// Stop ends the server and returns when it has ended: no further task is
// taken, Delivery.Stopping ends so that a handler that waits returns Again, calls
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
	s.client.unsubscribe()
	s.dispatcher.running.wait()
	s.dispatcher.pool.stop()
	ctx, cancel := context.WithTimeout(context.Background(), handBackTimeout)
	defer cancel()
	s.client.handBackPrefetched(ctx, time.Time{})
	s.clean()
}
