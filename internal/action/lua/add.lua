-- Add: campaigns for a plan in the making, which expires.
-- KEYS[1] items. ARGV: milliseconds, then the campaigns.
redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
