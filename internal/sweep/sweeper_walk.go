package sweep

import (
	"context"
	"slices"

	"github.com/octoq/octoq/internal/record"
)

// batch is how many records one look takes, so that neither side is kept long.
const batch = 200

// paged has about so many ids looked at, page by page from a cursor on, and
// returns where it stopped: "" at the end.
func paged(page func(cursor string) ([]string, string, error), cursor string, budget int, look func(ids []string) (int, error)) (found int, next string, err error) {
	for {
		ids, next, err := page(cursor)
		if err != nil {
			return found, cursor, err
		}
		n, err := look(ids)
		found += n
		if budget -= len(ids); err != nil || next == "" || budget <= 0 {
			return found, next, err
		}
		cursor = next
	}
}

// each looks for the wake-ups of those of some records that should have one,
// has those put back that will not run, and counts them.
func (s *Sweeper) each(
	ctx context.Context, ids []string,
	wanted func(record.Record, record.Snapshot) bool, step func(record.Record) record.Step,
	putBack func(context.Context, record.Record, record.Snapshot) (int, error),
) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	all, err := s.Ledger.LoadAll(ctx, s.Account, ids)
	if err != nil {
		return 0, err
	}
	s.unknown += all.Unknown
	records := slices.DeleteFunc(all.Records, func(r record.Record) bool { return !wanted(r, all.At) })
	expected := make([]ExpectedTask, len(records))
	for i, r := range records {
		expected[i] = ExpectedTask{ID: r.ID(), Step: step(r)}
	}
	if len(expected) == 0 {
		return 0, nil
	}
	stuck, err := s.Queue.Stuck(ctx, s.Account, expected)
	if err != nil {
		return 0, err
	}
	var found int
	for i, r := range records {
		if !stuck[i] {
			continue
		}
		put, err := putBack(ctx, r, all.At)
		if err != nil {
			return found, err
		}
		found += put
	}
	return found, nil
}
