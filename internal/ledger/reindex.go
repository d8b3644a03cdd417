package ledger

import (
	"context"
	"fmt"
	"strconv"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// reindexBatch is how many ids one run of the script looks at.
const reindexBatch = 500

// reindex gives a place in the account's list to records that have none: those
// that an octoq without the list has written. The list is complete if it holds as
// many ids as the sets of all states together, which is asked with every page.
// What an older worker writes during an upgrade stands among the latest changes, so
// the walks begin there, and end as soon as nothing is missing.
func (s *Store) reindex(ctx context.Context, account string) (given int, err error) {
	walks := make(map[campaign.State]*walk, len(campaign.States()))
	for _, state := range campaign.States() {
		walks[state] = &walk{key: key.State(account, state), newest: true}
	}
	for {
		whole, err := s.indexed(ctx, account)
		if err != nil || whole {
			return given, err
		}
		if len(walks) == 0 {
			return given, s.unlist(ctx, account)
		}
		for state, w := range walks {
			n, more, err := s.reindexSome(ctx, account, state, w)
			given += n
			if err != nil {
				return given, err
			}
			if !more {
				delete(walks, state)
			}
		}
	}
}

// Reindex completes an account's list, once in the life of a Store, and returns how
// many campaigns it gave their place. A listing does so itself where it has to; a
// worker spares the first one after an upgrade the wait.
func (s *Store) Reindex(ctx context.Context, account string) (int, error) {
	if _, done := s.reindexed.Load(account); done {
		return 0, nil
	}
	if err := checkAccount(account); err != nil {
		return 0, err
	}
	n, err := s.reindex(ctx, account)
	if err != nil {
		return n, fmt.Errorf("complete the list of account %s: %w", account, err)
	}
	s.reindexed.Store(account, true)
	return n, nil
}

// unlist takes ids without a record out of the list: an octoq that did not know of
// it has trimmed them.
func (s *Store) unlist(ctx context.Context, account string) error {
	w := &walk{key: key.Enqueued(account), newest: true}
	for more := true; more; {
		var err error
		if _, more, err = s.reindexSome(ctx, account, "", w); err != nil {
			return err
		}
	}
	return nil
}

// indexed reports whether every record has its place.
func (s *Store) indexed(ctx context.Context, account string) (bool, error) {
	keys := []string{key.Enqueued(account)}
	for _, state := range campaign.States() {
		keys = append(keys, key.State(account, state))
	}
	return s.scripts.indexed.Run(ctx, s.rdb, keys).Bool()
}

// reindexSome goes on with a walk, returns how many ids it gave a place, and whether
// the walk goes on.
func (s *Store) reindexSome(ctx context.Context, account string, state campaign.State, w *walk) (given int, more bool, err error) {
	places, err := w.next(ctx, s.rdb, reindexBatch)
	if err != nil || len(places) == 0 {
		return 0, false, err
	}
	keys, args := []string{w.key, key.Enqueued(account)}, []any{string(state)}
	for _, p := range places {
		keys = append(keys, key.Record(account, p.id))
		args = append(args, p.id, strconv.FormatInt(p.at, 10))
	}
	w.cursor = places[len(places)-1].cursor()
	given, err = s.scripts.reindex.Run(ctx, s.rdb, keys, args...).Int()
	return given, len(places) == reindexBatch, err
}
