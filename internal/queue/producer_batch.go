package queue

import (
	"context"
	"fmt"

	"github.com/octoq/octoq/internal/asynqwire"
)

// Batch is a number of tasks on their way into their queues.
type Batch struct {
	items []Item
	errs  []error
	runs  []*scriptRun
}

// SendError is an error of tasks that were on their way to Redis: they may be
// there. Those that could not be encoded, say, have other errors.
type SendError struct{ Err error }

func (e *SendError) Error() string { return e.Err.Error() }

// Unwrap is what Redis or the network said.
func (e *SendError) Unwrap() error { return e.Err }

// Send puts the tasks of a batch into their queues; the errors are those of
// Enqueue, and those of sending are SendErrors.
func (p *Producer) Send(ctx context.Context, b *Batch) []error {
	calls := make([]asynqwire.ScriptCall, len(b.runs))
	for i, r := range b.runs {
		calls[i] = r.ScriptCall
	}
	var taken []int
	for i, answer := range asynqwire.RunAll(ctx, p.client, calls) {
		places, err := b.runs[i].conflicting(answer)
		if err != nil {
			b.fail(b.runs[i].inBatch, err)
			continue
		}
		for _, n := range places {
			if b.items[n].Task.First != nil {
				taken = append(taken, n)
			}
		}
	}
	p.checkOwners(ctx, b.items, taken, b.errs)
	return b.errs
}

func (b *Batch) fail(places []int, err error) {
	for _, n := range places {
		b.errs[n] = fmt.Errorf("enqueue campaign %s: %w", campaignName(b.items[n].Task), &SendError{err})
	}
}
