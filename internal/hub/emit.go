package hub

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/key"
)

// outboxMost is about how many events an outbox holds at most, as the scripts that
// write records have it.
const outboxMost = 100_000

// Emit puts an event that no record writes into its account's outbox.
func Emit(ctx context.Context, rdb redis.UniversalClient, e event.Event) error {
	text, err := json.Marshal(e)
	if err == nil {
		err = rdb.XAdd(ctx, &redis.XAddArgs{Stream: key.Outbox(e.Account), MaxLen: outboxMost, Approx: true, Values: []any{"event", text}}).Err()
	}
	if err != nil {
		return fmt.Errorf("write the event %s of account %s: %w", e.Type, e.Account, err)
	}
	return nil
}
