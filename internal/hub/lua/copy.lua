-- Copy: events of one account into the stream, unless others have copied on. Behind run_id().
-- KEYS[1] stream, KEYS[2] how far outboxes were copied. ARGV: the account, how far it
-- was before, how far it is now, events.
if (redis.call('HGET', KEYS[2], ARGV[1]) or '') ~= ARGV[2] then return false end
for i = 4, #ARGV do redis.call('XADD', KEYS[1], '*', 'event', ARGV[i]) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return run_id()
