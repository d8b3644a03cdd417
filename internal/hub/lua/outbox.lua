-- Outbox: events of an account behind an id, and the run of Redis. Behind run_id().
-- KEYS[1] outbox. ARGV: the id, how many at most.
return { run_id(), redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2]) }
