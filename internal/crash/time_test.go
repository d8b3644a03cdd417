package crash

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// away is how long no worker runs after a crash: longer than asynq's lease and its
// recoverer's margin, a claim, a maintenance lease, and the sweep's delay.
const away = 90 * time.Second

// luaPass lets time pass for an account without a worker: whatever is kept as a time
// of an account, its tasks and its records is moved into the past, and what would
// have expired is gone.
const luaPass = `
local account, s = ARGV[1], tonumber(ARGV[2])
local now = tonumber(redis.call('TIME')[1])
local function text(n) return string.format('%.0f', n) end
local function scores(k, by, before)
  local all = redis.call('ZRANGE', k, 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do
    local at = tonumber(all[i + 1])
    if not before or at < before then redis.call('ZADD', k, text(at - by), all[i]) end
  end
end
local function fields(k, by, ...)
  for _, f in ipairs({...}) do
    local v = tonumber(redis.call('HGET', k, f) or '')
    if v and v > 0 then redis.call('HSET', k, f, text(v - by)) end
  end
end
local ours = 'octoq:{' .. account .. '}:'
for i = 3, #ARGV do
  local kind, name = string.match(ARGV[i], '^(%a+) (.*)$')
  if kind == 'stage' then
    local queue = 'asynq:{' .. account .. '.' .. name .. '}:'
    for _, z in ipairs({'lease', 'scheduled', 'retry'}) do scores(queue .. z, s, now + 86400) end
  elseif kind == 'state' then
    scores(ours .. 'state:' .. name, s * 1000)
  elseif kind == 'id' then
    fields(ours .. 'c:' .. name, s * 1000, 'updated_at', 'claim_deadline', 'due_at', 'waiting_since')
  elseif kind == 'lead' then
    redis.call('DEL', ours .. 'lead:' .. name)
  end
end
scores(ours .. 'orphans', s * 1000)
scores(ours .. 'slots', s * 1000000)
fields(ours .. 'limit', s * 1000000, 'tat', 'cool')
fields(ours .. 'hold', s * 1000, 'since', 'opened', 'probe_at', 'seat_until')
return 1
`

// pass lets time pass for an account's campaigns.
func pass(ctx context.Context, rdb *redis.Client, account string, ids ...string) error {
	args := []any{account, int(away / time.Second), "lead sweep", "lead hold"}
	for _, s := range record.Stages() {
		args = append(args, "stage "+string(s))
	}
	for _, s := range campaign.States() {
		args = append(args, "state "+string(s))
	}
	for _, id := range ids {
		args = append(args, "id "+id)
	}
	return rdb.Eval(ctx, luaPass, nil, args...).Err()
}
