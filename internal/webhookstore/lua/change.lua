-- Change: a webhook becomes another one, if it is still what was read.
-- KEYS: 1 webhooks, 2 meta, 3 deliveries, 4 order, 5 due, 6 delivered, 7 failed, 8 stream of events.
-- ARGV: 1 id, 2 what it was, '' if there was none; 3 what it becomes, '' if none; 4 the
-- cursor of a new one; 5 now in milliseconds, if all that waits is due then, else '';
-- 6 an event to be written, or ''; 7 how many webhooks there may be.
-- Answers 1 if that is so now, 0 if it is another one by now, -1 if there are as many.
local was = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if was == ARGV[3] then return 1 end -- the script was sent twice
if was ~= ARGV[2] then return 0 end
if was == '' and #redis.call('HVALS', KEYS[1]) >= tonumber(ARGV[7]) then return -1 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7])
  return 1
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if was == '' then redis.call('HSET', KEYS[2], 'cursor', ARGV[4]) end
if ARGV[5] ~= '' then
  redis.call('HDEL', KEYS[2], 'failing')
  for _, lane in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do redis.call('ZADD', KEYS[5], ARGV[5], lane) end
end
if ARGV[6] ~= '' then redis.call('XADD', KEYS[8], '*', 'event', ARGV[6]) end
return 1
