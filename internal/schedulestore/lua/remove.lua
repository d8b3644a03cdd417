-- Removes a schedule if it is still the one that was seen.
-- KEYS: schedules, their cursors. ARGV: name, generation, new version.
local had = redis.call('HGET', KEYS[2], ARGV[1])
if (had and string.match(had, '^%S+') or '') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[2], ':version', ARGV[3])
return 1
