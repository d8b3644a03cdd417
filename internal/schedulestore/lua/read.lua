-- Takes in an account's schedules at one moment.
-- KEYS: schedules, their cursors. ARGV: the version the caller knows.
-- Returns seconds, microseconds, version, changed (1 or 0), cursors, and the
-- schedules if they changed.
local now = redis.call('TIME')
local cursors = redis.call('HGETALL', KEYS[2])
local version = ''
for i = 1, #cursors, 2 do
  if cursors[i] == ':version' then version = cursors[i + 1] end
end
if version == ARGV[1] then
  return {now[1], now[2], version, 0, cursors, {}}
end
return {now[1], now[2], version, 1, cursors, redis.call('HGETALL', KEYS[1])}
