-- Keep: keep replies or opt-outs that are not there yet, and have each counted.
-- KEYS[1] what holds for all reports, KEYS[2] the journal, KEYS[3] the hash of what is
-- kept, KEYS[4] its names by time. ARGV: the fingerprint of the key of numbers, how many
-- are kept at most, for how long in milliseconds (0: for good), whether the oldest make
-- room (1) or nothing more is kept (0), then for each its name, what is kept of it, and
-- the entry of the journal.
local known = redis.call('HGET', KEYS[1], 'key')
if not known then
  redis.call('HSET', KEYS[1], 'key', ARGV[1])
elseif known ~= ARGV[1] then
  return 'key'
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local most, keep, rolls = tonumber(ARGV[2]), tonumber(ARGV[3]) * 1000, ARGV[4] == '1'
local have = redis.call('ZCARD', KEYS[4])
-- Each is later than all before it, in microseconds: many come within one of them, and
-- the clock of another master may be behind.
local at = now
local newest = redis.call('ZRANGE', KEYS[4], -1, -1, 'WITHSCORES')[2]
if newest then at = math.max(at, tonumber(newest) + 1) end
if not rolls then
  local fresh = 0
  for i = 5, #ARGV, 3 do fresh = fresh + 1 - redis.call('HEXISTS', KEYS[3], ARGV[i]) end
  if fresh > 0 and have + fresh > most then return 'full' end
end

for i = 5, #ARGV, 3 do
  if redis.call('HEXISTS', KEYS[3], ARGV[i]) == 0 then
    redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1])
    redis.call('ZADD', KEYS[4], string.format('%.0f', at), ARGV[i])
    have, at = have + 1, at + 1
  end
  if ARGV[i + 2] ~= '' then redis.call('RPUSH', KEYS[2], ARGV[i + 2]) end
end
if keep > 0 then
  -- The oldest go: those beyond the number, and those whose time has passed.
  local oldest = redis.call('ZRANGE', KEYS[4], 0, math.max(99, have - most - 1), 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if have <= most and tonumber(oldest[i + 1]) > now - keep then break end
    redis.call('HDEL', KEYS[3], oldest[i])
    redis.call('ZREM', KEYS[4], oldest[i])
    have = have - 1
  end
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
  redis.call('PEXPIRE', KEYS[4], ARGV[3])
end
return 'taken'
