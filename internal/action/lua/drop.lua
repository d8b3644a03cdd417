-- Drop: a plan that was not begun, or one that was never whole, goes.
-- KEYS: head, items, touched, problems, plans. ARGV: id.
redis.call('ZREM', KEYS[5], ARGV[1])
local state = redis.call('HMGET', KEYS[1], 'state')[1]
if state and state ~= 'planned' then return 0 end
return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
