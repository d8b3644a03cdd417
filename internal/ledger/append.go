package ledger

import (
	"context"
	"fmt"

	"github.com/octoq/octoq/internal/record"
)

// Append is another package's script that runs after a change that is applied, inside
// the same script: others see both or neither, and Redis keeps or forgets both. It
// may run twice, because a change whose reply was lost is written again.
type Append struct {
	// Script is Lua. KEYS and ARGV are its own, run is the run_id of Redis, as in
	// the moment, and what it returns is dropped.
	Script string
	Keys   []string
	Args   []any
}

// CommitAppending is Commit with something that follows; the zero Append is nothing.
// When Redis refuses the script (CROSSSLOT: the keys are on several nodes of a
// cluster) or stops in what follows, it is unknown whether the change was
// written, and writing it without what follows is safe.
func (s *Store) CommitAppending(ctx context.Context, ch record.Change, then Append) (record.CommitResult, record.Snapshot, error) {
	verdict, m, err := s.commit(ctx, ch, then)
	if err != nil {
		return "", m, fmt.Errorf("commit campaign %s/%s: %w", ch.After.Account(), ch.After.ID(), err)
	}
	return verdict, m, nil
}

// follow adds the keys and arguments of what follows, and how many they are.
func (w *write) follow(then Append) {
	w.keys = append(w.keys, then.Keys...)
	w.args = append(append(w.args, then.Args...), len(then.Keys), len(then.Args))
}
