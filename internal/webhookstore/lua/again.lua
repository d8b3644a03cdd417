-- Again: an event is sent once more, or sooner, because an admin asks for it.
-- KEYS: 1 deliveries, 2 order, 3 due, 4 delivered, 5 failed. ARGV: 1 event, 2 its lane,
-- 3 what was kept of it, 4 what becomes of it (a delivery), 5 now in milliseconds.
-- Answers 1, 0 if it is another one by now.
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept ~= ARGV[3] then return 0 end
local seq, ended = string.sub(kept, 1, 16), string.sub(kept, 17, 32)
redis.call('ZREM', KEYS[4], ended .. ' ' .. ARGV[1])
redis.call('ZREM', KEYS[5], ended .. ' ' .. ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], seq .. string.rep('0', 16) .. ARGV[4])
redis.call('ZADD', KEYS[2], 0, ARGV[2] .. ' ' .. seq .. ' ' .. ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[2])
return 1
