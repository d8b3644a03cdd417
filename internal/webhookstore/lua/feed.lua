-- Feed: events are queued, and the cursor moves behind them.
-- KEYS: 1 webhooks, 2 meta, 3 deliveries, 4 order, 5 due.
-- ARGV: 1 id, 2 the cursor that was read from, 3 the next one, 4 now in milliseconds,
-- then for each event: its id, its lane, its delivery.
-- Answers 1, 0 if others have moved the cursor, -1 if there is no such webhook.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return -1 end
if (redis.call('HGET', KEYS[2], 'cursor') or '') ~= ARGV[2] then return 0 end
local seq = tonumber(redis.call('HGET', KEYS[2], 'seq') or '0')
for i = 5, #ARGV, 3 do
  local event, lane = ARGV[i], ARGV[i + 1]
  if redis.call('HEXISTS', KEYS[3], event) == 0 then -- else it came before
    seq = seq + 1
    local text = string.format('%016d', seq)
    redis.call('HSET', KEYS[3], event, text .. string.rep('0', 16) .. ARGV[i + 2])
    redis.call('ZADD', KEYS[4], 0, lane .. ' ' .. text .. ' ' .. event)
    if not redis.call('ZSCORE', KEYS[5], lane) then redis.call('ZADD', KEYS[5], ARGV[4], lane) end
  end
end
redis.call('HSET', KEYS[2], 'cursor', ARGV[3], 'seq', string.format('%d', seq))
return 1
