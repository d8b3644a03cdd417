package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// RefusedCampaign is a campaign that was refused for good.
type RefusedCampaign struct {
	Seq       int64     `json:"seq"`
	Account   string    `json:"account"`
	ID        string    `json:"id"`
	Who       string    `json:"who,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	RefusedAt time.Time `json:"refused_at"`
	Reason    string    `json:"reason"`
}

// Refused are up to most of the campaigns that were refused, oldest first, that come
// behind the one of a seq; 0 begins with the first.
func Refused(ctx context.Context, db DB, after int64, most int) ([]RefusedCampaign, error) {
	rows, err := db.Query(ctx, `SELECT seq, account, coalesce(id, ''), who, created_at, refused_at, reason
FROM octoq_outbox_refused WHERE seq > $1 ORDER BY seq LIMIT $2`, after, most)
	if err != nil {
		return nil, fmt.Errorf("read what the outbox has refused: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[RefusedCampaign])
	if err != nil {
		return nil, fmt.Errorf("read what the outbox has refused: %w", err)
	}
	return found, nil
}

// Retry puts refused campaigns into the outbox again, as new rows, and returns the seqs
// of those that it found. It is a person's word that they may be enqueued.
func Retry(ctx context.Context, db DB, seqs ...int64) ([]int64, error) {
	return change(ctx, db, "retry", `WITH gone AS (DELETE FROM octoq_outbox_refused WHERE seq = ANY ($1) RETURNING seq, campaign, who, trace),
put AS (INSERT INTO octoq_outbox (campaign, who, trace) SELECT campaign, who, trace FROM gone ORDER BY seq)
SELECT seq FROM gone ORDER BY seq`, seqs)
}

// Drop deletes refused campaigns, and returns the seqs of those that it found.
func Drop(ctx context.Context, db DB, seqs ...int64) ([]int64, error) {
	return change(ctx, db, "drop", `WITH gone AS (DELETE FROM octoq_outbox_refused WHERE seq = ANY ($1) RETURNING seq) SELECT seq FROM gone ORDER BY seq`, seqs)
}

func change(ctx context.Context, db DB, verb, sql string, seqs []int64) ([]int64, error) {
	rows, err := db.Query(ctx, sql, seqs)
	if err != nil {
		return nil, fmt.Errorf("%s what the outbox has refused: %w", verb, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("%s what the outbox has refused: %w", verb, err)
	}
	return found, nil
}
