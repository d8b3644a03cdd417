-- Settle: what became of an event that was taken.
-- KEYS: 1 webhooks, 2 meta, 3 deliveries, 4 order, 5 due, 6 delivered, 7 failed.
-- ARGV: 1 id, 2 event, 3 its lane, 4 what was kept of it, 5 what becomes of it (a
-- delivery), 6 its state, 7 now in milliseconds, 8 when it is due if it waits, 9 how many
-- that were delivered are kept, 10 how many that failed, 11 those that failed before that
-- moment go.
-- Answers since when all fails, '' if not; false if it is settled already, or not kept.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return false end
if redis.call('HGET', KEYS[3], ARGV[2]) ~= ARGV[4] then return false end

local function drop(log, member)
  redis.call('ZREM', log, member)
  redis.call('HDEL', KEYS[3], string.sub(member, 18))
end
local function trim(log, most, before)
  local over = redis.call('ZCARD', log) - tonumber(most)
  local few = 20
  for i, member in ipairs(redis.call('ZRANGE', log, 0, few - 1)) do
    if i <= over or string.sub(member, 1, 16) < before then drop(log, member) end
  end
end

local seq, now = string.sub(ARGV[4], 1, 16), string.format('%016d', ARGV[7])
local lane = ARGV[3]
if ARGV[6] == 'waiting' then
  redis.call('HSET', KEYS[3], ARGV[2], seq .. string.rep('0', 16) .. ARGV[5])
  redis.call('ZADD', KEYS[5], ARGV[8], lane)
else
  redis.call('HSET', KEYS[3], ARGV[2], seq .. now .. ARGV[5])
  redis.call('ZREM', KEYS[4], lane .. ' ' .. seq .. ' ' .. ARGV[2])
  if #redis.call('ZRANGE', KEYS[4], '[' .. lane .. ' ', '(' .. lane .. '!', 'BYLEX', 'LIMIT', 0, 1) > 0 then
    redis.call('ZADD', KEYS[5], ARGV[7], lane)
  else
    redis.call('ZREM', KEYS[5], lane)
  end
  redis.call('ZADD', ARGV[6] == 'failed' and KEYS[7] or KEYS[6], 0, now .. ' ' .. ARGV[2])
  trim(KEYS[6], ARGV[9], '')
  trim(KEYS[7], ARGV[10], string.format('%016d', ARGV[11]))
end
if ARGV[6] == 'delivered' then
  redis.call('HDEL', KEYS[2], 'failing')
elseif not redis.call('HGET', KEYS[2], 'failing') then
  redis.call('HSET', KEYS[2], 'failing', ARGV[7])
end
return redis.call('HGET', KEYS[2], 'failing') or ''
