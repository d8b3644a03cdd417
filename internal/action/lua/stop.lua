-- Stop: an action that runs is to stop. Returns its state then.
-- KEYS[1] head.
local state = redis.call('HMGET', KEYS[1], 'state')[1]
if state == 'running' then
  state = 'stopping'
  redis.call('HSET', KEYS[1], 'state', state)
end
return state or ''
