package worker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/octoq/octoq/internal/engine"
)

// ErrRunning is returned by a second Run: a worker runs once.
var ErrRunning = errors.New("worker runs already, or has run")

// Worker works on the campaigns of some accounts.
type Worker struct {
	given   Config // without its defaults
	process *engine.WorkerProcess
	started atomic.Bool
}

// New checks the configuration. It connects to nothing; Run does.
func New(cfg Config) (*Worker, error) {
	given := cfg
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	process, err := engine.New(cfg.engine())
	if err != nil {
		return nil, fmt.Errorf("worker: %w", ofRedis(err))
	}
	return &Worker{given: given, process: process}, nil
}

// Run works until ctx ends. Then it takes nothing new, lets the calls in
// flight finish, hands the rest back to the queues, and returns nil when all of
// its goroutines have ended. It fails at once when Redis is out of reach, or gives
// no run_id because the user may not run INFO: then a Redis that has forgotten
// something looks like one that has not. A Redis that goes away later, or takes
// that right away, is waited for.
func (w *Worker) Run(ctx context.Context) error {
	if !w.started.CompareAndSwap(false, true) {
		return ErrRunning
	}
	err := w.process.Run(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return nil // asked to stop before it had begun
	default:
		return fmt.Errorf("worker: %w", err)
	}
}

// Ready reports whether the worker takes tasks.
func (w *Worker) Ready() bool { return w.process.Ready() }

// Check is nil while the worker can do its work, and says otherwise why it cannot:
// it takes no tasks, or the Redis that it is connected to does not answer, refuses
// to serve, gives no run_id, or is a read-only replica. The text names no host. A
// client that was handed in may wait for a Redis that is frozen for longer than ctx
// lasts, unless its ContextTimeoutEnabled is set.
func (w *Worker) Check(ctx context.Context) error { return w.process.Check(ctx) }
