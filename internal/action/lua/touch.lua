-- Touch: the campaign at a place of an action was written, in this script.
-- KEYS[1] touched. ARGV: place, milliseconds.
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
