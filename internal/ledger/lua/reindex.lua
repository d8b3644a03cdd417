-- Reindex: give ids of a state their places in the account's list, unless they
-- have them. Ids whose records are gone leave both; those whose records are in
-- another state leave the state's set.
-- KEYS[1] the state's set, or the list itself, KEYS[2] the list, then the
-- records. ARGV: the state, '' for the list, then each id and its score in KEYS[1].
local state, given = ARGV[1], 0
for i = 2, #ARGV, 2 do
  local record, id = KEYS[2 + i / 2], ARGV[i]
  local facts = redis.pcall('HMGET', record, 'state', 'enqueued_at')
  if redis.call('EXISTS', record) == 0 then
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  elseif state ~= '' and not facts.err and facts[1] and facts[1] ~= state then
    redis.call('ZREM', KEYS[1], id)
  elseif state ~= '' then
    -- A record that this octoq cannot read stands where its last change was.
    given = given + redis.call('ZADD', KEYS[2], 'NX', not facts.err and facts[2] or ARGV[i + 1], id)
  end
end
return given
