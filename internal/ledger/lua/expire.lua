-- Expire: let a campaign's record go after the retention, if it was cancelled before
-- any worker claimed it.
-- KEYS[1] record, KEYS[2] log. ARGV: milliseconds.
local have = redis.call('HMGET', KEYS[1], 'state', 'started')
if have[1] ~= 'cancelled' or have[2] or redis.call('PTTL', KEYS[1]) ~= -1 then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return 1
