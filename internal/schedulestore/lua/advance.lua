-- Puts cursors on that stand where they were seen.
-- KEYS: cursors. ARGV: name, from, to for each. Returns 1 or 0 for each.
local made = {}
for i = 1, #ARGV, 3 do
  local moves = redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1]
  if moves then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
  made[#made + 1] = moves and 1 or 0
end
return made
