-- Trim: take ids out of a set whose records are gone, or are in another state:
-- those are of a later campaign of that id.
-- What has no record any more leaves the account's list, too.
-- KEYS[1] set, KEYS[2] list, then the records. ARGV: the set's state, '' for a
-- set of no state, then the ids, in the same order.
local gone = 0
for i = 2, #ARGV do
  local state = redis.call('HGET', KEYS[i + 1], 'state')
  if not state and ARGV[1] ~= '' then redis.call('ZREM', KEYS[2], ARGV[i]) end
  if not state or ARGV[1] ~= '' and state ~= ARGV[1] then
    gone = gone + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return gone
