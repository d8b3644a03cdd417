package queue

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/runid"
)

const luaAskRunID = runid.Lua + "return (run_id())"

// RunID is the run of the Redis that holds the account's ledger (see package
// runid); "" where Redis has none (miniredis) or does not tell it.
func RunID(ctx context.Context, c redis.Cmdable, account string) (string, error) {
	return AskRunID(ctx, c, account)()
}

// AskRunID is RunID for a pipeline: the answer is there after its Exec. Asking
// by a key makes a cluster ask the very node that answers for the ledger.
func AskRunID(ctx context.Context, c redis.Cmdable, account string) func() (string, error) {
	cmd := c.Eval(ctx, luaAskRunID, []string{key.Meta(account)})
	return func() (string, error) {
		id, err := cmd.Text()
		if err != nil {
			return "", fmt.Errorf("ask Redis for its run_id: %w", err)
		}
		return id, nil
	}
}
