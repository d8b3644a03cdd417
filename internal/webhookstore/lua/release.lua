-- Release: an event that was taken may be taken again at once.
-- KEYS: 1 deliveries, 2 due. ARGV: 1 event, 2 its lane, 3 what was kept of it, 4 now.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[3] then return 0 end
if redis.call('ZSCORE', KEYS[2], ARGV[2]) then redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2]) end
return 1
