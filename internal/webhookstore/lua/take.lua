-- Take: the first of each lane that is due, for a while.
-- KEYS: 1 deliveries, 2 order, 3 due. ARGV: 1 now, 2 until when they are taken, both in
-- milliseconds; 3 how many at most.
-- Answers when the next lane is due, '' if none, and events with what is kept of each.
local taken = {}
for _, lane in ipairs(redis.call('ZRANGE', KEYS[3], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
  local first = redis.call('ZRANGE', KEYS[2], '[' .. lane .. ' ', '(' .. lane .. '!', 'BYLEX', 'LIMIT', 0, 1)[1]
  local event = first and string.match(first, '[^ ]*$')
  local kept = event and redis.call('HGET', KEYS[1], event)
  if kept then
    redis.call('ZADD', KEYS[3], ARGV[2], lane)
    taken[#taken + 1] = event
    taken[#taken + 1] = kept
  else
    if first then redis.call('ZREM', KEYS[2], first) end
    if not first then redis.call('ZREM', KEYS[3], lane) end
  end
end
return { redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2] or '', taken }
