package queue

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redistest"
)

// withoutNode fails whatever a pipeline asks a node that is away.
type withoutNode struct{ tag string }

func (withoutNode) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (withoutNode) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (w withoutNode) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		for _, c := range cmds {
			if strings.Contains(c.String(), w.tag) {
				c.SetErr(errors.New("the node is away"))
			}
		}
		return err
	}
}

// A node that is away leaves the accounts of others as they are: they are known.
func TestLookKnowsWhatOtherNodesHave(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	rdb.LPush(t.Context(), "asynq:{b.create}:pending", "m")
	rdb.AddHook(withoutNode{"{a.status}"})
	keys := []*WorkloadKeys{NewWorkloadKeys("a", FurtherKeys{}), NewWorkloadKeys("b", FurtherKeys{}), NewWorkloadKeys("c", FurtherKeys{})}
	for _, c := range []struct {
		apart bool
		want  [3]Workload
	}{
		{true, [3]Workload{{Unknown: true}, {Open: true}, {}}},
		{false, [3]Workload{{Unknown: true}, {Unknown: true}, {Unknown: true}}}, // they are asked together
	} {
		l := &Looker{rdb: rdb, apart: c.apart}
		found, err := l.Look(t.Context(), keys, make([]Workload, 3), true)
		if err == nil || [3]Workload(found) != c.want {
			t.Errorf("apart %v: got %+v, %v, want %+v and an error", c.apart, found, err, c.want)
		}
	}
}
