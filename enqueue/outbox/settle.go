package outbox

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

const (
	deleteSQL = `DELETE FROM octoq_outbox WHERE seq = ANY ($1)`

	refuseSQL = `WITH gone AS (
  DELETE FROM octoq_outbox o USING unnest($1::bigint[], $2::text[]) AS r (seq, reason) WHERE o.seq = r.seq
  RETURNING o.seq, o.campaign, o.who, o.created_at, r.reason, o.trace)
INSERT INTO octoq_outbox_refused (seq, campaign, who, created_at, reason, trace) SELECT * FROM gone`

	// The wait doubles from one second up to half a minute.
	postponeSQL = `UPDATE octoq_outbox o SET tries = o.tries + 1, problem = r.reason,
  retry_at = clock_timestamp() + interval '1 s' * least(30, power(2, least(o.tries, 5)))
FROM unnest($1::bigint[], $2::text[]) AS r (seq, reason) WHERE o.seq = r.seq`
)

// settle writes down what became of the rows.
func settle(ctx context.Context, tx pgx.Tx, rows []*row) error {
	gone, _ := of(rows, enqueued, known)
	var b pgx.Batch
	if len(gone) > 0 {
		b.Queue(deleteSQL, gone)
	}
	if seqs, reasons := of(rows, refused); len(seqs) > 0 {
		b.Queue(refuseSQL, seqs, reasons)
	}
	if seqs, reasons := of(rows, postponed); len(seqs) > 0 {
		b.Queue(postponeSQL, seqs, reasons)
	}
	if b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("write down what became of the rows of the outbox: %w", err)
	}
	return nil
}

// of are the rows of some fates, with their reasons.
func of(rows []*row, fates ...fate) (seqs []int64, reasons []string) {
	for _, one := range rows {
		for _, f := range fates {
			if one.fate == f {
				seqs, reasons = append(seqs, one.seq), append(reasons, one.reason)
			}
		}
	}
	return seqs, reasons
}
