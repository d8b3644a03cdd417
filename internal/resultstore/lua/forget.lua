-- Forget: remove all replies of a number, whose names begin with its hash.
-- KEYS[1] the hash of replies, KEYS[2] their names by time. ARGV: the number's hash.
local gone = 0
for _, name in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  if string.sub(name, 1, #ARGV[1]) == ARGV[1] then
    redis.call('HDEL', KEYS[1], name)
    redis.call('ZREM', KEYS[2], name)
    gone = gone + 1
  end
end
return gone
