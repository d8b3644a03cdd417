-- Puts a schedule's text in the place of the one that was seen.
-- KEYS: schedules, their cursors. ARGV: name, seen, text, new version.
-- Returns 0 if it is another by now. May be repeated.
local has = redis.call('HGET', KEYS[1], ARGV[1])
if has == ARGV[3] then return 1 end
if has ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[2], ':version', ARGV[4])
return 1
