package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/octoq/octoq/internal/record"
)

// Append is another package's script that runs after a change that is applied, inside
// the same script: others see both or neither, and Redis keeps or forgets both. It
// may run twice, because a change whose reply was lost is written again.
type Append struct {
	// Script is Lua. KEYS and ARGV are its own, run is the run_id of Redis, as in
	// the moment.
	Script string
	Keys   []string
	Args   []any
	// Applied, if there is one, is called once the change is known to be applied, with
	// the run_id of Redis and what the script returned, nil for nothing.
	Applied func(runID string, answer any)
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

// applied passes on what the script returned, if the change was applied: a third item of
// the commit's answer. Its run_id is without the epoch of the ledger.
func (a Append) applied(verdict record.CommitResult, run string, answer any) {
	items, _ := answer.([]any)
	if a.Applied == nil || verdict != record.CommitApplied {
		return
	}
	runID, _, _ := strings.Cut(run, ".")
	var returned any
	if len(items) > 2 {
		returned = items[2]
	}
	a.Applied(runID, returned)
}

// follow adds the keys and arguments of what follows, and how many they are.
func (w *write) follow(then Append) {
	w.keys = append(w.keys, then.Keys...)
	w.args = append(append(w.args, then.Args...), len(then.Keys), len(then.Args))
}
