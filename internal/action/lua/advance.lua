-- Advance: a batch has its results. Writes nothing if another process has moved the action.
-- Returns its state then, '' where it is gone.
-- KEYS: head, items, touched, problems.
-- ARGV: from, to, done, skipped, failed, milliseconds, how many problems are kept, problems.
local found = redis.call('HMGET', KEYS[1], 'state', 'position', 'total', 'done', 'skipped', 'failed')
local state = found[1]
if not state then return '' end
if found[2] ~= ARGV[1] then return state end
local now = redis.call('TIME')
local ended = ''
if ARGV[2] == found[3] then
  state = 'done'
elseif state == 'stopping' then
  state = 'stopped'
end
if state == 'done' or state == 'stopped' then ended = string.format('%d%03d', now[1], math.floor(now[2] / 1000)) end
local function sum(i) return string.format('%d', tonumber(found[i + 1]) + tonumber(ARGV[i])) end
redis.call('HSET', KEYS[1], 'state', state, 'position', ARGV[2], 'ended', ended, 'done', sum(3), 'skipped', sum(4), 'failed', sum(5))
local room = tonumber(ARGV[7]) - redis.call('LLEN', KEYS[4])
for i = 8, math.min(#ARGV, 7 + room) do redis.call('RPUSH', KEYS[4], ARGV[i]) end
-- What a batch that was broken off has touched counts once it is taken up again.
if ARGV[1] ~= ARGV[2] then redis.call('DEL', KEYS[3]) end
if state == 'done' then redis.call('DEL', KEYS[2]) end
for _, k in ipairs(KEYS) do redis.call('PEXPIRE', k, ARGV[6]) end
return state
