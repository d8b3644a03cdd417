-- Adds a schedule, whose ticks begin after this moment, or replaces one.
-- KEYS: schedules, their cursors. ARGV: name, text, generation, 1 to replace.
-- Returns 0 if there is one and it is not to be replaced. May be repeated.
local had = redis.call('HGET', KEYS[2], ARGV[1])
if had and string.match(had, '^%S+') == ARGV[3] then return 1 end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 and ARGV[4] ~= '1' then return 0 end
local last = had and string.match(had, '%d+$') or '0'
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3] .. ' ' .. redis.call('TIME')[1] .. ' ' .. last, ':version', ARGV[3])
return 1
