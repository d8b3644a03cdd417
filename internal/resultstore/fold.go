package resultstore

import (
	"context"
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// foldBatch is how many entries one script counts: some milliseconds.
const foldBatch = 500

// Fold counts the journal of an account, and returns how many entries it had. It may be
// run by several at once, and be repeated.
func (s *Store) Fold(ctx context.Context, account string) (int, error) {
	if !campaign.ValidAccount(account) {
		return 0, fmt.Errorf("%w: %q is no account", campaign.ErrInvalid, account)
	}
	keys := []string{key.Reports(account), key.UnknownTickets(account), key.ReportsMeta(account), key.OpenResults(account)}
	args := append([]any{foldBatch}, s.prefixes(account)...)
	args = append(args, s.options.Detail.Milliseconds(), s.options.Retention.Milliseconds(), s.bounds.unknownTickets, s.bounds.unknownNumbers, s.bounds.numbers)
	var sum int
	for {
		n, err := s.fold.Run(ctx, s.rdb, keys, args...).Int()
		if err != nil {
			return sum, fmt.Errorf("count the reports of account %s: %w", account, err)
		}
		if sum += n; n < foldBatch {
			return sum, nil
		}
	}
}

// Tend looks again at reported tickets that no campaign had, and returns how many of them
// have one by now.
func (s *Store) Tend(ctx context.Context, account string) (int, error) {
	keys := []string{key.UnknownTickets(account), key.ReportsMeta(account)}
	args := append(s.prefixes(account), s.options.Detail.Milliseconds(), s.options.Retention.Milliseconds())
	n, err := s.tend.Run(ctx, s.rdb, keys, args...).Int()
	if err != nil {
		return 0, fmt.Errorf("look at unknown tickets of account %s: %w", account, err)
	}
	return n, nil
}

// prefixes are what the keys of results, tickets and records begin with.
func (s *Store) prefixes(account string) []any {
	return []any{key.Results(account, ""), key.Ticket(account, ""), key.Record(account, "")}
}
