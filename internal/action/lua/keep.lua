-- Keep: the head of a plan whose campaigns are all there.
-- KEYS: head, items. ARGV: milliseconds, then fields and values.
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
for _, k in ipairs(KEYS) do redis.call('PEXPIRE', k, ARGV[1]) end
return 1
