package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/task"
)

const (
	// timeout is how long a handler may work on a task before asynq gives it to
	// somebody else. Handlers return well before.
	timeout = 10 * time.Minute
	// maxPipeline bounds the memory of one pipeline, not the number of tasks.
	maxPipeline = 1024
)

// Item is a task and when it is due. A zero or past time means now, a future
// one is rounded up to the next whole second.
type Item struct {
	Task task.Task
	At   time.Time
}

// Producer puts tasks into queues. It is safe for concurrent use.
type Producer struct {
	client  redis.UniversalClient
	scripts scripts
	known   sync.Map // queues that asynq's set of all queues holds
}

// NewProducer makes a producer; the client is not closed by it.
func NewProducer(client redis.UniversalClient) *Producer { return &Producer{client: client} }

// Put is Enqueue of one task.
func (p *Producer) Put(ctx context.Context, t task.Task, at time.Time) error {
	return p.Enqueue(ctx, []Item{{Task: t, At: at}})[0]
}

// Enqueue puts tasks into their queues, 1,024 to a pipeline, and returns one
// error or nil for each. A step or a letter that is there already is no error.
// A first create whose id is taken is a ConflictError, unless the one that is
// there bears the same nonce: then it is the producer's own.
//
// After any other error the task may be there or not; the same Item may be
// enqueued again.
func (p *Producer) Enqueue(ctx context.Context, items []Item) []error {
	errs := make([]error, 0, len(items))
	for len(items) > 0 {
		n := min(len(items), maxPipeline)
		errs = append(errs, p.enqueue(ctx, items[:n])...)
		items = items[n:]
	}
	return errs
}

func (p *Producer) enqueue(ctx context.Context, items []Item) []error {
	errs := make([]error, len(items))
	calls, at := p.calls(ctx, items, errs)
	answers, sent := send(ctx, p.client, calls)
	var taken []int
	for i, err := range sent {
		if err != nil {
			errs[at[i]] = fmt.Errorf("enqueue campaign %s: %w", name(items[at[i]].Task), err)
		} else if answers[i] == 0 && items[at[i]].Task.First != nil {
			taken = append(taken, at[i])
		}
	}
	p.settle(ctx, items, taken, errs)
	return errs
}

// calls is what has to be run for the items that can be; at says for which. The
// last one of each queue that is due now carries the wake-up.
func (p *Producer) calls(ctx context.Context, items []Item, errs []error) (calls []call, at []int) {
	last := map[string]int{}
	for i, item := range items {
		queue := key.Queue(item.Task.Account, item.Task.Step.Stage)
		c, err := p.call(ctx, queue, item)
		if err != nil {
			errs[i] = err
			continue
		}
		calls, at = append(calls, c), append(at, i)
		if c.kind == kindEnqueue {
			last[queue] = len(calls) - 1
		}
	}
	channels := make([]string, len(calls))
	for queue, i := range last {
		channels[i] = key.Wake(queue)
	}
	for i, c := range calls {
		calls[i] = c.waking(&p.scripts, channels[i])
	}
	return calls, at
}

func (p *Producer) call(ctx context.Context, queue string, item Item) (call, error) {
	typename, id, payload, err := task.Encode(item.Task)
	if err != nil {
		return call{}, err
	}
	err = p.makeKnown(ctx, queue)
	var c call
	if err == nil {
		c, err = collect(ctx, &p.scripts, asynq.NewTask(typename, payload), asynq.Queue(queue), asynq.TaskID(id),
			asynq.MaxRetry(maxRetry), asynq.Timeout(timeout), asynq.ProcessAt(ceilSecond(item.At)))
	}
	if err != nil {
		return call{}, fmt.Errorf("enqueue campaign %s: %w", name(item.Task), err)
	}
	return c, nil
}

// makeKnown adds a queue to those that asynq and asynqmon know of.
func (p *Producer) makeKnown(ctx context.Context, queue string) error {
	if _, ok := p.known.Load(queue); ok {
		return nil
	}
	if err := p.client.SAdd(ctx, knownQueues, queue).Err(); err != nil {
		return err
	}
	p.known.Store(queue, true)
	return nil
}

// settle finds out whose the tasks are that took the ids of first creates.
func (p *Producer) settle(ctx context.Context, items []Item, taken []int, errs []error) {
	if len(taken) == 0 {
		return
	}
	asked := make([]func() (Queued, error), len(taken))
	pipe := p.client.Pipeline()
	for i, at := range taken {
		asked[i] = askQueued(ctx, pipe, items[at].Task.Account, items[at].Task.ID)
	}
	_, _ = pipe.Exec(ctx) // every command has its own error
	for i, at := range taken {
		there, err := asked[i]()
		errs[at] = conflict(items[at].Task, there, err)
	}
}

// ErrConflict is what a ConflictError is.
var ErrConflict = errors.New("the id is taken in the queue")

// ConflictError is returned for a first create whose id is taken.
type ConflictError struct {
	Account, ID string
	// There is the task that has the id; nil if it was gone, or could not be
	// read, when it was looked at. The ledger knows more then.
	There *Queued
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("campaign %s/%s: %v", e.Account, e.ID, ErrConflict)
}

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

func conflict(t task.Task, there Queued, err error) error {
	e := &ConflictError{Account: t.Account, ID: t.ID}
	if err != nil {
		return e
	}
	if t.First.Nonce != "" && there.First.Nonce == t.First.Nonce {
		return nil
	}
	e.There = &there
	return e
}

func name(t task.Task) string { return t.Account + "/" + t.ID }
