package engine

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
)

// together counts the scripts that touch ledger and queues at once, and how many
// of them Redis refused.
type together struct{ sent, refused atomic.Int64 }

func (s *together) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *together) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		var ledger, queues bool
		for _, a := range cmd.Args() {
			k, _ := a.(string)
			ledger = ledger || strings.HasPrefix(k, "octoq:{default}")
			queues = queues || strings.HasPrefix(k, "asynq:{")
		}
		if ledger && queues {
			s.sent.Add(1)
			if redis.HasErrorPrefix(err, "CROSSSLOT") {
				s.refused.Add(1)
			}
		}
		return err
	}
}

func (s *together) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func newSlow(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(&slow{inside: map[string]int{}, most: map[string]int{}})
	t.Cleanup(server.Close)
	return server.URL
}

// With a step's answer the next one is queued and the task acknowledged, from
// the second task of each server on.
func TestStepsAreHandedOver(t *testing.T) {
	t.Parallel()
	const campaigns, stages = 12, 3
	rdb, seen := redistest.Start(t).Client(), &together{}
	rdb.AddHook(seen)
	sendAll(t, rdb, campaign.PurposeAlert, campaigns, AccountConfig{API: at(newSlow(t)), Concurrency: 1})
	if n := seen.sent.Load(); n < stages*campaigns/2 || seen.refused.Load() != 0 {
		t.Errorf("%d steps were handed over, %d refused, want most of %d and none", n, seen.refused.Load(), stages*campaigns)
	}
}

// On a cluster no script may touch ledger and queues together: there the parts
// of handing over follow one another, and that is found out once.
func TestCampaignsOnACluster(t *testing.T) {
	t.Parallel()
	const campaigns, handlers = 12, 3 * handlersPerCall
	rdb, seen := redistest.StartCluster(t), &together{}
	rdb.AddHook(seen)
	sendAll(t, rdb, campaign.PurposeAlert, campaigns, AccountConfig{API: at(newSlow(t)), Concurrency: 1})
	if n := seen.sent.Load(); n == 0 || n != seen.refused.Load() || n > 2*handlers {
		t.Errorf("%d steps were handed over, %d of them refused, want all refused, and few", n, seen.refused.Load())
	}
}
