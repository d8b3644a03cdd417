package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/runid"
)

// tryRights tries with keys of its own, which it removes, all that a worker runs.
func tryRights(ctx context.Context, rdb redis.UniversalClient) error {
	name := random.Token()
	for _, k := range []string{key.Trial(name), key.TrialOfAsynq(name)} {
		if err := rights.Try(ctx, rdb, rights.Worker, k); err != nil {
			return err
		}
	}
	return nil
}

// ableToWork is nil if Redis does now what a worker asks of it. Of what Redis answers
// the error repeats its code alone.
func ableToWork(ctx context.Context, rdb redis.UniversalClient, accounts []string) error {
	err := queue.NeedRunID(ctx, rdb, accounts...)
	if err == nil {
		err = tryRights(ctx, rdb)
	}
	missing, _ := errors.AsType[*rights.MissingError](err)
	answer, _ := errors.AsType[redis.Error](err)
	switch {
	case err == nil || runid.Missing(err):
		return err
	case missing != nil:
		return missing
	case rights.GrantFor(err, rights.Worker) != "":
		return fmt.Errorf("Redis refuses its user what the role worker needs; to grant it: %s", rights.GrantFor(err, rights.Worker)) //nolint:staticcheck // a name, and the text of a page
	case answer != nil:
		word, _, _ := strings.Cut(answer.Error(), " ")
		return fmt.Errorf("Redis does not do what the role worker needs: %s", word) //nolint:staticcheck // a name, and the text of a page
	default:
		return errors.New("Redis does not answer") //nolint:staticcheck // a name, and the text of a page
	}
}
