package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// DB reads and writes the tables: a *pgxpool.Pool or a pgx.Tx.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Status is how the outbox stands.
type Status struct {
	Waiting int64         // campaigns that wait; 1,000,000 stands for that many or more
	Oldest  time.Duration // age of the oldest of them
	Refused int64         // campaigns that were refused for good
}

const statusSQL = `SELECT (SELECT count(*) FROM (SELECT FROM octoq_outbox LIMIT 1000000) AS w),
  coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM octoq_outbox ORDER BY seq LIMIT 1), 0),
  (SELECT count(*) FROM (SELECT FROM octoq_outbox_refused LIMIT 1000000) AS r)`

// ReadStatus asks how the outbox stands.
func ReadStatus(ctx context.Context, db DB) (Status, error) {
	var s Status
	var seconds float64
	if err := db.QueryRow(ctx, statusSQL).Scan(&s.Waiting, &seconds, &s.Refused); err != nil {
		return Status{}, fmt.Errorf("read how the outbox stands: %w", err)
	}
	s.Oldest = max(0, time.Duration(seconds*float64(time.Second)))
	return s, nil
}

// measureEvery is how often the metrics are read from PostgreSQL.
const measureEvery = 5 * time.Second

// measure publishes how the outbox stands until ctx ends. What cannot be read stays as
// it was, with the time that it is from.
func (r *Relay) measure(ctx context.Context) {
	for ctx.Err() == nil {
		within, cancel := context.WithTimeout(ctx, 2*measureEvery)
		s, err := ReadStatus(within, r.cfg.Pool)
		cancel()
		if err == nil {
			r.metrics.set(s, time.Now())
		}
		pause(ctx, measureEvery, nil)
	}
}
