package ledger

import (
	"context"
	"fmt"

	"github.com/octoq/octoq/internal/record"
)

// Found is what Look finds under an id: a record without its timeline, or why
// there is none, as Load returns it.
type Found struct {
	Record record.Record
	Err    error
}

// Look reads many records in one pipeline. Unlike Load it writes nothing.
func (s *Store) Look(ctx context.Context, account string, ids []string) []Found {
	pipe := s.rdb.Pipeline()
	read := s.ask(ctx, pipe, account, ids)
	if pipe.Len() > 0 {
		_, _ = pipe.Exec(ctx) // every command has its own error
	}
	found := read()
	for i, f := range found {
		if f.Err != nil {
			found[i].Err = fmt.Errorf("look for campaign %s/%s: %w", account, ids[i], f.Err)
		}
	}
	return found
}
