package engine

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/stage"
)

// A task has served only by what the Redis knows that it was taken from.
func TestATaskHasServedByItsOwnRedisAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		res  stage.JobResult
		want bool
	}{
		"its own":              {stage.JobResult{Done: true, RunID: "aaaa"}, true},
		"in a later epoch":     {stage.JobResult{Done: true, RunID: "aaaa.2"}, true},
		"another one":          {stage.JobResult{Done: true, RunID: "bbbb"}, false},
		"none":                 {stage.JobResult{Done: true}, false},
		"it comes back anyway": {stage.JobResult{RunID: "aaaa"}, false},
	} {
		got := (&handler{}).keepForeign(queue.Delivery{RunID: "aaaa"}, c.res)
		if got.Done != c.want || c.res.Done && !got.Done && got.At.IsZero() {
			t.Errorf("%s: got %+v, want done %v", name, got, c.want)
		}
	}
	onCluster := &handler{apart: redisconn.HasSeveralNodes(&redis.ClusterClient{})}
	if got := onCluster.keepForeign(queue.Delivery{RunID: "aaaa"}, stage.JobResult{Done: true, RunID: "bbbb"}); !got.Done {
		t.Error("on a cluster, where task and record are on different nodes, it comes back")
	}
}
