package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

const (
	// drainServers take from the queue at once: asynq dequeues in one goroutine
	// for each of them.
	drainServers     = 4
	drainConcurrency = 16
	// drainStall is how long nothing may be delivered before it is given up.
	drainStall = 30 * time.Second
)

// readTask checks what a delivered task carries.
type readTask func(queue, typename, id string, payload []byte) error

// drain takes everything out of a queue, as workers would, and fails unless
// each of the first n campaigns was delivered exactly once, whole, and nothing
// else was.
func drain(ctx context.Context, rdb *redis.Client, queue string, n int, read readTask) error {
	d := &drainage{queue: queue, read: read, seen: make([]atomic.Int32, n), moved: make(chan struct{}, 1)}
	servers := make([]*asynq.Server, drainServers)
	for i := range servers {
		servers[i] = asynq.NewServerFromRedisClient(rdb, asynq.Config{
			Concurrency: drainConcurrency, Queues: map[string]int{queue: 1},
			TaskCheckInterval: 5 * time.Millisecond, Logger: silent{}, LogLevel: asynq.FatalLevel,
		})
		if err := servers[i].Start(asynq.HandlerFunc(d.take)); err != nil {
			return fmt.Errorf("deliver queue %s: %w", queue, err)
		}
	}
	err := d.await(ctx)
	var group sync.WaitGroup
	for _, s := range servers {
		group.Go(s.Shutdown)
	}
	group.Wait()
	if err == nil {
		err = d.check(ctx, rdb)
	}
	return err
}

// drainage counts what is delivered.
type drainage struct {
	queue   string
	read    readTask
	seen    []atomic.Int32
	count   atomic.Int64
	strange atomic.Pointer[error]
	moved   chan struct{}
}

func (d *drainage) take(ctx context.Context, t *asynq.Task) error {
	id, _ := asynq.GetTaskID(ctx)
	i, ok := Index(id)
	err := d.read(d.queue, t.Type(), id, t.Payload())
	switch {
	case err != nil:
		err = fmt.Errorf("task %s of queue %s was damaged on its way: %w", id, d.queue, err)
		d.strange.Store(&err)
	case !ok || i >= len(d.seen):
		err = fmt.Errorf("task %s was delivered, and had never been enqueued", id)
		d.strange.Store(&err)
	default:
		d.seen[i].Add(1)
	}
	d.count.Add(1)
	select {
	case d.moved <- struct{}{}:
	default:
	}
	return nil
}

// await returns when as many have come as should, or no more come.
func (d *drainage) await(ctx context.Context) error {
	stall := time.NewTimer(drainStall)
	defer stall.Stop()
	for d.count.Load() < int64(len(d.seen)) {
		select {
		case <-d.moved:
			stall.Reset(drainStall)
		case <-stall.C:
			return fmt.Errorf("queue %s delivered %d of %d campaigns, and then none for %v", d.queue, d.count.Load(), len(d.seen), drainStall)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// check looks at what was delivered, and whether anything is left.
func (d *drainage) check(ctx context.Context, rdb *redis.Client) error {
	if err := d.strange.Load(); err != nil {
		return *err
	}
	for i := range d.seen {
		if got := d.seen[i].Load(); got != 1 {
			return fmt.Errorf("campaign %s was delivered %d times", ID(i), got)
		}
	}
	left, err := asynq.NewInspectorFromRedisClient(rdb).GetQueueInfo(d.queue)
	if err != nil {
		return fmt.Errorf("look what is left in queue %s: %w", d.queue, err)
	}
	if left.Size != 0 {
		return fmt.Errorf("queue %s still holds %d tasks after each campaign was delivered", d.queue, left.Size)
	}
	return ctx.Err()
}

// silent is asynq's log in a benchmark: its lines would stand among the figures.
type silent struct{}

func (silent) Debug(...any) {}
func (silent) Info(...any)  {}
func (silent) Warn(...any)  {}
func (silent) Error(...any) {}
func (silent) Fatal(...any) {}
