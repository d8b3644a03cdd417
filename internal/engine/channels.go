package engine

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/rights"
)

// warnOfChannels says once if the process may not subscribe to what wakes it, or may
// not wake others. It works without, and looks for work each second.
func warnOfChannels(ctx context.Context, rdb redis.UniversalClient, log zerolog.Logger, accounts []string) {
	var channels []string
	for _, account := range accounts {
		channels = append(channels, key.Released(account))
		for _, s := range record.Stages() {
			channels = append(channels, key.Wake(key.Queue(account, s)))
		}
	}
	err := queue.CanListen(ctx, rdb, channels...)
	grant := rights.GrantFor(err, rights.Worker)
	if err == nil {
		err = rights.TryChannels(ctx, rdb, rights.Worker, key.Wake(":trial:"))
		if missing, _ := errors.AsType[*rights.MissingError](err); missing != nil {
			grant = missing.Grant()
		}
	}
	if grant != "" {
		log.Warn().Err(err).Str("grant", grant).
			Msg("redis does not let producers wake this worker: it looks for work each second, and waits up to a second longer for each step")
	}
}
