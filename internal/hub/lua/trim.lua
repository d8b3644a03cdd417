-- Trim: events of the stream that are older than an id go; the last of them is kept.
-- KEYS[1] stream, KEYS[2] how far outboxes were copied. ARGV: the id.
local last = redis.call('XREVRANGE', KEYS[1], '(' .. ARGV[1], '-', 'COUNT', 1)
if #last == 0 then return 0 end
redis.call('HSET', KEYS[2], ':trimmed', last[1][1])
return redis.call('XTRIM', KEYS[1], 'MINID', ARGV[1])
