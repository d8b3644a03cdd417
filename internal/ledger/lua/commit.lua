-- Commit: one write of a record, its indexes and its timeline, or none.
-- KEYS[4] record, KEYS[5] log, KEYS[6] events, KEYS[7] the state's set,
-- KEYS[8] the set of orphans, then the sets the id leaves, then the keys of tickets that lead to it.
-- The record's fields are opaque here but for revision, updated_at, applied,
-- last and claim_deadline.
local record, log, events, into = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local id, token, run_id, revision = take(), take(), take(), take()
local poll, settle, afresh, success, moved = take() == '1', take() == '1', take() == '1', take() == '1', take() == '1'
local orphans, created = take(), take() == '1'
local keep, ticket_keep, state, leaves = number(take()), number(take()), take(), number(take())
local guards, set, del, entries = list(), list(), list(), list()

local told, now, run = moment()
local have = redis.call('HMGET', record, 'applied', 'last', 'claim_deadline')
local tokens = have[1] or ''

-- A write that was made is made, whatever has happened since.
if applied(tokens, have[2], token) then return { 'applied', told } end
if run ~= run_id or not standing(record, revision, guards) then return { 'stale', told } end
if settle and number(have[3]) < now then return { 'expired', told } end

-- HSET comes first: it is what Redis refuses when its memory is full, and then
-- nothing has been written yet.
redis.call('HSET', record, 'revision', text(number(revision) + 1), 'updated_at', text(now),
  'last', token, unpack(set))
if afresh then tokens = '' end
if not poll then tokens = tokens == '' and token or tokens .. ' ' .. token end
if tokens ~= (have[1] or '') then redis.call('HSET', record, 'applied', tokens) end
if #del > 0 then redis.call('HDEL', record, unpack(del)) end

for i = 1, leaves do redis.call('ZREM', KEYS[8 + i], id) end
if moved or not poll then redis.call('ZADD', into, text(now), id) end
-- orphans is '' where nothing changes, '-' where none is left, else what to add
-- to the time.
if orphans == '-' then
  redis.call('ZREM', KEYS[8], id)
elseif orphans ~= '' then
  redis.call('ZADD', KEYS[8], text(now + number(orphans)), id)
end

-- An entry is three items: when ('' means now), what, and the rest as JSON.
for i = 1, #entries, 3 do
  local when = entries[i] == '' and text(now) or entries[i]
  redis.call('RPUSH', log, '{"at":' .. when .. ',' .. string.sub(entries[i + 2], 2))
  redis.call('XADD', events, 'MAXLEN', '~', '10000', '*', 'id', id, 'state', state, 'what', entries[i + 1])
end
if moved and #entries == 0 then
  redis.call('XADD', events, 'MAXLEN', '~', '10000', '*', 'id', id, 'state', state, 'what', '')
end
-- A long timeline keeps its first 100 entries and its last 900.
for _ = 1001, redis.call('LLEN', log) do
  redis.call('LSET', log, 100, '')
  redis.call('LREM', log, 1, '')
end

for i = 9 + leaves, #KEYS do
  if ticket_keep > 0 then
    redis.call('SET', KEYS[i], id, 'PX', text(ticket_keep))
  else
    redis.call('SET', KEYS[i], id)
  end
end
for i = 4, 5 do
  if keep > 0 then
    redis.call('PEXPIRE', KEYS[i], text(keep))
  elseif moved then
    redis.call('PERSIST', KEYS[i])
  end
end
if created then told[8] = text(redis.call('HINCRBY', KEYS[1], 'creates', 1)) end
if success then told[7] = text(redis.call('HINCRBY', KEYS[1], 'successes', 1)) end
return { 'applied', told }
