package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
)

// Stuck names tasks of a stage that no worker will take: active ones whose
// lease ended before the cutoff or is missing, and archived ones. At most limit
// of either are named.
func (i *Inspector) Stuck(ctx context.Context, account string, s campaign.Stage, cutoff time.Time, limit int) ([]string, error) {
	k := asynqwire.KeysOf(key.Queue(account, s))
	// Of most accounts there is neither, at most times.
	if n, err := i.client.Exists(ctx, k.Active(), k.Archived()).Result(); err != nil {
		return nil, fmt.Errorf("look for stuck tasks in queue %s: %w", k.Queue, err)
	} else if n == 0 {
		return nil, nil
	}
	var active, archived *redis.StringSliceCmd
	var leased *redis.ZSliceCmd
	_, err := i.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		active = pipe.LRange(ctx, k.Active(), 0, -1)
		leased = pipe.ZRangeWithScores(ctx, k.Lease(), 0, -1)
		archived = pipe.ZRange(ctx, k.Archived(), 0, int64(limit)-1)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for stuck tasks in queue %s: %w", k.Queue, err)
	}
	valid := map[string]bool{}
	for _, z := range leased.Val() {
		id, _ := z.Member.(string)
		valid[id] = time.Unix(int64(z.Score), 0).After(cutoff)
	}
	var stuck []string
	for _, id := range active.Val() {
		if !valid[id] && len(stuck) < limit {
			stuck = append(stuck, id)
		}
	}
	return append(stuck, archived.Val()...), nil
}

// luaRequeue looks again and puts a stuck task back in the same moment. What
// has no message is no task, and only keeps its id from being used.
const luaRequeue = asynqwire.LuaPutBack + `
local state = redis.call('HGET', KEYS[1], 'state')
local broken = redis.call('HSTRLEN', KEYS[1], 'msg') == 0
-- A worker that may not write hashes takes a task to the active ones, and leaves it
-- called pending.
local taken = state == 'pending' and redis.call('LPOS', KEYS[2], ARGV[1])
if state == 'active' or not state or taken then
  local lease = redis.call('ZSCORE', KEYS[3], ARGV[1])
  if lease and tonumber(lease) > tonumber(ARGV[2]) then return 0 end
elseif state ~= 'archived' and not broken then
  return 0
end
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
if broken then
  redis.call('DEL', KEYS[1])
  return 0
end
put_back(KEYS[1], ARGV[1], KEYS[4], KEYS[6], ARGV[3], ARGV[4])
return 1
`

// Requeue puts a task back to the head of its queue if it is active under a
// lease that ended before the cutoff, or under none, or archived. It reports
// whether it did. An id without a task is removed instead.
func (i *Inspector) Requeue(ctx context.Context, queue, taskID string, cutoff time.Time) (bool, error) {
	k := asynqwire.KeysOf(queue)
	keys := []string{k.Task(taskID), k.Active(), k.Lease(), k.Pending(), k.Archived(), key.Alerts(queue)}
	moved, err := redis.NewScript(luaRequeue).Run(ctx, i.client, keys,
		taskID, cutoff.Unix(), time.Now().UnixNano(), key.Wake(queue)).Int()
	if err != nil {
		return false, fmt.Errorf("put task %s back into queue %s: %w", taskID, queue, err)
	}
	return moved == 1, nil
}
