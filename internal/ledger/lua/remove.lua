-- Remove: nothing is left of a record but the word in the event stream.
-- KEYS[4] record, KEYS[5] log, KEYS[6] events, KEYS[7] its state's set, then
-- the keys of tickets that lead to it.
local record, events, set = KEYS[4], KEYS[6], KEYS[7]
local id, state, run_id, revision = take(), take(), take(), take()
local guards = list()

local told, _, run = moment()
-- A record that is gone is what was asked for: by this very script, perhaps,
-- whose reply was lost.
if redis.call('EXISTS', record) == 0 then return { 'applied', told } end
if run ~= run_id or not standing(record, revision, guards) then return { 'stale', told } end

-- XADD comes first: Redis refuses it when its memory is full, and DEL never.
redis.call('XADD', events, 'MAXLEN', '~', '10000', '*', 'id', id, 'state', state, 'what', 'purged')
redis.call('DEL', record, KEYS[5])
redis.call('ZREM', set, id)
for i = 8, #KEYS do
  if redis.call('GET', KEYS[i]) == id then redis.call('DEL', KEYS[i]) end
end
return { 'applied', told }
