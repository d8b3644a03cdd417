-- Take: append reports to the journal, if their numbers are hashed with the account's key.
-- KEYS[1] what holds for all reports, KEYS[2] the journal. ARGV: the fingerprint of the
-- key, how many entries the journal may have, then the entries.
local known = redis.call('HGET', KEYS[1], 'key')
if not known then
  redis.call('HSET', KEYS[1], 'key', ARGV[1])
elseif known ~= ARGV[1] then
  return 'key'
end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[2]) then return 'full' end
for i = 3, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
return 'taken'
