package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/runid"
)

// luaAskOrigin answers run_id, seconds and microseconds.
const luaAskOrigin = runid.Lua + `
local now = redis.call('TIME')
return {run_id(), now[1], now[2]}
`

// Origin is where and when a campaign is enqueued.
type Origin struct {
	// RunID is the run of the Redis that holds the account's ledger (see package
	// runid); empty where the user may not run INFO.
	RunID string
	// At is that Redis's clock, in microseconds.
	At time.Time
}

// RunID is the run of the Redis that holds the account's ledger (see package
// runid); "" where the user may not run INFO.
func RunID(ctx context.Context, c redis.Cmdable, account string) (string, error) {
	o, err := AskOrigin(ctx, c, account)()
	return o.RunID, err
}

// NeedRunID is runid.ErrMissing unless Redis gives a run_id for each account.
func NeedRunID(ctx context.Context, c redis.Cmdable, accounts ...string) error {
	pipe := c.Pipeline()
	asked := make([]func() (Origin, error), len(accounts))
	for i, account := range accounts {
		asked[i] = AskOrigin(ctx, pipe, account)
	}
	_, _ = pipe.Exec(ctx) // every command has its own error
	for _, ask := range asked {
		switch o, err := ask(); {
		case err != nil:
			return err
		case o.RunID == "":
			return runid.ErrMissing
		}
	}
	return nil
}

// AskOrigin asks for the origin of what is enqueued next. In a pipeline the
// answer is there after its Exec. Asking by a key makes a cluster ask the very
// node that answers for the ledger.
func AskOrigin(ctx context.Context, c redis.Cmdable, account string) func() (Origin, error) {
	cmd := c.Eval(ctx, luaAskOrigin, []string{key.Meta(account)})
	return func() (Origin, error) {
		o, err := originOf(cmd.StringSlice())
		if err != nil {
			return Origin{}, fmt.Errorf("ask Redis for its run_id and time: %w", err)
		}
		return o, nil
	}
}

func originOf(answer []string, err error) (Origin, error) {
	if err != nil {
		return Origin{}, err
	}
	if len(answer) != 3 {
		return Origin{}, fmt.Errorf("unexpected answer of a script: %v", answer)
	}
	seconds, err1 := strconv.ParseInt(answer[1], 10, 64)
	micros, err2 := strconv.ParseInt(answer[2], 10, 64)
	return Origin{RunID: answer[0], At: time.Unix(seconds, micros*int64(time.Microsecond)).UTC()}, errors.Join(err1, err2)
}

// RunsOf are the runs of all Redis servers that have something of octoq's, as one text. It
// changes whenever one of them is another.
func RunsOf(ctx context.Context, c redis.UniversalClient) (string, error) {
	cluster, ok := c.(*redis.ClusterClient)
	if !ok {
		return originRun(ctx, c)
	}
	var mu sync.Mutex
	var runs []string
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		run, err := originRun(ctx, master)
		mu.Lock()
		defer mu.Unlock()
		runs = append(runs, run)
		return err
	})
	slices.Sort(runs)
	return strings.Join(runs, " "), err
}

// originRun is the run of the one server that a client asks.
func originRun(ctx context.Context, c redis.Cmdable) (string, error) {
	o, err := originOf(c.Eval(ctx, luaAskOrigin, nil).StringSlice())
	if err != nil {
		return "", fmt.Errorf("ask Redis for its run_id: %w", err)
	}
	return o.RunID, nil
}
