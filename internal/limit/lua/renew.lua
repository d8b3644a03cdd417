-- Renews the leases of calls under way. A lease that has ended stays ended.
--
-- KEYS  1 slots (sorted set)  2 hold (hash)
-- ARGV  1 lease in µs  2 lease of the seat in ms  3 the probe's campaign, or ""
--       4.. tokens
-- Answers how many of the leases are still alive.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local alive = 0
for i = 4, #ARGV do
  local ends = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i]) or 0)
  if ends > now then
    redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[1]), ARGV[i])
    alive = alive + 1
  end
end
if ARGV[3] ~= '' and redis.call('HGET', KEYS[2], 'seat') == ARGV[3] then
  redis.call('HSET', KEYS[2], 'seat_until', string.format('%.0f', math.floor(now / 1000) + ARGV[2]))
end
return alive
