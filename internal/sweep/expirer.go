package sweep

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/task"
)

// expirePage is how many cancelled campaigns one sweep looks at.
const expirePage = 500

// Expirer lets records of campaigns expire that were cancelled before any worker
// claimed them, and whose first create is gone without a worker having found it.
// Its fields are set once, before use.
type Expirer struct {
	Ledger LastingRecords
	Queue  TaskFinder
	// Clock asks for Redis's time.
	Clock func(context.Context) (time.Time, error)

	cursor string // where the walk goes on
}

// Expire looks at campaigns that were cancelled longer ago than records are kept:
// the others have time. It returns how many it let expire.
func (e *Expirer) Expire(ctx context.Context, account string) (int, error) {
	now, err := e.Clock(ctx)
	if err != nil {
		return 0, err
	}
	ids, next, err := e.Ledger.Lasting(ctx, account, now.Add(-e.Ledger.Retention()), e.cursor, expirePage)
	if err != nil {
		return 0, err
	}
	e.cursor = next
	expected := make([]ExpectedTask, len(ids))
	for i, id := range ids {
		expected[i] = ExpectedTask{ID: id, Step: task.FirstStep()}
	}
	gone, err := e.Queue.Gone(ctx, account, expected)
	if err != nil {
		return 0, err
	}
	var done int
	for i, id := range ids {
		if !gone[i] {
			continue
		}
		if err := e.Ledger.Expire(ctx, account, id); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}
