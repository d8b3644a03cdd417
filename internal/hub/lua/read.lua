-- Read: the run of Redis, the last event that was removed, and events behind an id.
-- Behind run_id().
-- KEYS[1] stream, KEYS[2] how far outboxes were copied. ARGV: the id, how many at most.
return { run_id(), redis.call('HGET', KEYS[2], ':trimmed') or '', redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2]) }
