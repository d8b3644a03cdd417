package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

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
	client                  redis.UniversalClient
	scripts                 scripts
	put, putLater           *redis.Script
	waitingSet, waitingList *redis.Script

	templates sync.Map // of *template by queue; nil where asynq's own client is asked
}

// NewProducer makes a producer; the client is not closed by it.
func NewProducer(client redis.UniversalClient) *Producer {
	return &Producer{
		client: client, put: redis.NewScript(luaPut), putLater: redis.NewScript(luaPutLater),
		waitingSet: redis.NewScript(luaWaitingSet), waitingList: redis.NewScript(luaWaitingList),
	}
}

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
	return p.Send(ctx, p.Prepare(ctx, items))
}

// template is the template of a queue's messages; nil if there is none. The
// first time the queue is added to those that asynq and asynqmon know of.
func (p *Producer) template(ctx context.Context, queue, typename string) (*template, error) {
	if known, ok := p.templates.Load(queue); ok {
		t, _ := known.(*template)
		return t, nil
	}
	if err := p.client.SAdd(ctx, knownQueues, queue).Err(); err != nil {
		return nil, err
	}
	t, err := newTemplate(ctx, &p.scripts, queue, typename)
	if err != nil {
		t = nil // asynq has changed: its own client knows how
	}
	p.templates.Store(queue, t)
	return t, nil
}

// settle finds out whose the tasks are that took the ids of first creates.
func (p *Producer) settle(ctx context.Context, items []Item, taken []int, errs []error) {
	if len(taken) == 0 {
		return
	}
	asked := make([]func() (Queued, error), len(taken))
	pipe := p.client.Pipeline()
	for i, at := range taken {
		asked[i] = askQueued(ctx, pipe, items[at].Task.Account, items[at].Task.ID, false)
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
