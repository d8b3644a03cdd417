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

const (
	// relistBatch is how many keys Redis looks at in one step.
	relistBatch = 1000
	// longList is the length above which a pending list is not searched: Redis
	// would be held up for each of its tasks.
	longList = 5000
)

// luaRelist lists a task again that stands in none of its queue's lists. Tasks
// of a queue go to pending or, those of alerts, to the list of alerts; letters to the
// year 9999. A task that is said to be pending may stand in either list: asynq's page
// and older workers put into asynq's what was in the other.
const luaRelist = asynqwire.LuaPutBack + `
local state = redis.call('HGET', KEYS[1], 'state')
if not state or redis.call('HSTRLEN', KEYS[1], 'msg') == 0 then return 0 end
for i = 4, 7 do
  if redis.call('ZSCORE', KEYS[i], ARGV[1]) then return 0 end
end
local function long(list) return redis.call('LLEN', list) > tonumber(ARGV[2]) end
if state == 'pending' and (long(KEYS[2]) or long(KEYS[8])) then return 0 end
if redis.call('LPOS', KEYS[3], ARGV[1]) then return 0 end
for _, i in ipairs({ 2, 8 }) do
  if not long(KEYS[i]) and redis.call('LPOS', KEYS[i], ARGV[1]) then return 0 end
end
if ARGV[5] ~= '' then
  redis.call('ZADD', KEYS[4], ARGV[5], ARGV[1])
  redis.call('HSET', KEYS[1], 'state', 'scheduled')
  return 1
end
put_back(KEYS[1], ARGV[1], KEYS[2], KEYS[8], ARGV[3], ARGV[4])
return 1
`

// Relist looks for tasks of a stage that stand in no list, some 1,000 keys of
// Redis at a time, and lists them again: asynq's "all" actions leave such tasks
// behind. The cursor is 0 at first; it is 0 again when all were looked at.
// Pending tasks are passed over while more than 5,000 of them wait.
func (i *Inspector) Relist(ctx context.Context, account string, s campaign.Stage, cursor uint64) (next uint64, relisted int, err error) {
	k := asynqwire.KeysOf(key.Queue(account, s))
	next, ids, err := i.scan(ctx, k, cursor)
	if err == nil && len(ids) > 0 {
		relisted, err = i.relist(ctx, k, s, ids)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("look for unlisted tasks of queue %s: %w", k.Queue, err)
	}
	return next, relisted, nil
}

// scan names some of a queue's tasks. On a cluster it asks the node that has them.
func (i *Inspector) scan(ctx context.Context, k asynqwire.Keys, cursor uint64) (next uint64, ids []string, err error) {
	var node redis.Cmdable = i.client
	if cluster, ok := i.client.(*redis.ClusterClient); ok {
		if node, err = cluster.MasterForKey(ctx, k.Pending()); err != nil {
			return 0, nil, err
		}
	}
	names, next, err := node.Scan(ctx, cursor, k.Task("*"), relistBatch).Result()
	for _, name := range names {
		if id, ok := k.TaskID(name); ok {
			ids = append(ids, id)
		}
	}
	return next, ids, err
}

func (i *Inspector) relist(ctx context.Context, k asynqwire.Keys, s campaign.Stage, ids []string) (int, error) {
	score := ""
	if s == campaign.StageDead {
		score = fmt.Sprint(never().Unix())
	}
	script := redis.NewScript(luaRelist)
	calls := make([]asynqwire.ScriptCall, len(ids))
	for at, id := range ids {
		calls[at] = asynqwire.ScriptCall{
			Script: script,
			Keys:   []string{k.Task(id), k.Pending(), k.Active(), k.Scheduled(), k.Retry(), k.Archived(), k.Completed(), key.Alerts(k.Queue)},
			Args:   []any{id, longList, time.Now().UnixNano(), key.Wake(k.Queue), score},
		}
	}
	relisted := 0
	for _, cmd := range asynqwire.RunAll(ctx, i.client, calls) {
		n, err := cmd.Int()
		if err != nil {
			return relisted, err
		}
		relisted += n
	}
	return relisted, nil
}
