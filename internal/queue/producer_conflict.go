package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/octoq/octoq/internal/task"
)

// ErrConflict is what a ConflictError is.
var ErrConflict = errors.New("the id is taken in the queue")

// ConflictError is returned for a first create whose id is taken.
type ConflictError struct {
	Account, ID string
	// Existing is the task that has the id; nil if it was gone, or could not be
	// read, when it was looked at. The ledger knows more then.
	Existing *QueuedCampaign
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("campaign %s/%s: %v", e.Account, e.ID, ErrConflict)
}

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// checkOwners finds out whose the tasks are that have taken the ids of first
// creates; taken and errs are by the place in items.
func (p *Producer) checkOwners(ctx context.Context, items []Item, taken []int, errs []error) {
	if len(taken) == 0 {
		return
	}
	answers := make([]func() (QueuedCampaign, error), len(taken))
	pipe := p.client.Pipeline()
	for i, at := range taken {
		answers[i] = askQueued(ctx, pipe, items[at].Task.Account, items[at].Task.ID, false)
	}
	_, _ = pipe.Exec(ctx) // every command has its own error
	for i, at := range taken {
		existing, err := answers[i]()
		errs[at] = conflict(items[at].Task, existing, err)
	}
}

// conflict is nil if the existing task is the producer's own.
func conflict(t task.Task, existing QueuedCampaign, err error) error {
	e := &ConflictError{Account: t.Account, ID: t.ID}
	if err != nil {
		return e
	}
	if t.First.Nonce != "" && existing.First.Nonce == t.First.Nonce {
		return nil
	}
	e.Existing = &existing
	return e
}
