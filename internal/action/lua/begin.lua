-- Begin: a plan becomes an action, and one that was stopped goes on. Any other stays as
-- it is. Returns the state then, '' where there is no plan, or not the whole of it.
-- KEYS: head, items, touched, problems. ARGV: who, milliseconds.
local found = redis.call('HMGET', KEYS[1], 'state', 'total', 'begun')
local state, total = found[1], tonumber(found[2])
if not state then return '' end
if state ~= 'planned' and state ~= 'stopped' then return state end
if redis.call('LLEN', KEYS[2]) ~= total then return '' end
local now = redis.call('TIME')
local ms = string.format('%d%03d', now[1], math.floor(now[2] / 1000))
state = 'running'
redis.call('HSET', KEYS[1], 'state', state, 'by', ARGV[1], 'ended', '', 'begun', found[3] or ms)
for _, k in ipairs(KEYS) do redis.call('PEXPIRE', k, ARGV[2]) end
return state
