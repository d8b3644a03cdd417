package worker

import (
	"context"

	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/sweep"
	"github.com/octoq/octoq/internal/task"
)

// expirer lets records of campaigns expire that were cancelled before any worker
// claimed them, and whose first create is gone without a worker having found it.
type expirer struct {
	ledger *ledger.Store
	tasks  *tasks
	cursor string // where the walk goes on
}

// expirePage is how many cancelled campaigns one sweep looks at.
const expirePage = 500

// expire looks at campaigns that were cancelled longer ago than records are kept:
// the others have time.
func (e *expirer) expire(ctx context.Context, account string) (int, error) {
	now, err := e.tasks.clock(ctx)
	if err != nil {
		return 0, err
	}
	ids, next, err := e.ledger.Lasting(ctx, account, now.Add(-e.ledger.Retention()), e.cursor, expirePage)
	if err != nil {
		return 0, err
	}
	e.cursor = next
	wakes := make([]sweep.Wake, len(ids))
	for i, id := range ids {
		wakes[i] = sweep.Wake{ID: id, Step: task.FirstStep()}
	}
	gone, err := e.tasks.gone(ctx, account, wakes)
	if err != nil {
		return 0, err
	}
	var done int
	for i, id := range ids {
		if !gone[i] {
			continue
		}
		if err := e.ledger.Expire(ctx, account, id); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}
