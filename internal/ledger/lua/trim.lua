-- Trim: take ids out of a set whose records are gone.
-- KEYS[1] set, then the records. ARGV: their ids, in the same order.
local gone = 0
for i = 1, #ARGV do
  if redis.call('EXISTS', KEYS[i + 1]) == 0 then
    gone = gone + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return gone
