-- Write: another policy in the place of the one that was read, or nothing.
-- KEYS[1] policy, KEYS[2] meta. ARGV: the revision that was read, 0 for none, then the
-- fields of the policy and their values. The revision stands in meta, too, where the
-- ledger reads it with what it reads anyway.
local have = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if have ~= tonumber(ARGV[1]) then return 0 end
local revision = string.format('%d', have + 1)
redis.call('HSET', KEYS[2], 'policy', revision)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'revision', revision, unpack(ARGV, 2))
return 1
