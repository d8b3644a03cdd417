-- Commit: one write of a record, its indexes and its timeline, or none.
-- KEYS[4] record, KEYS[5] log, KEYS[6] the state's set, KEYS[7] the set of orphans, then
-- the sets the id leaves, then the keys of tickets that lead to it, those first that it
-- did not have, for a first write the account's list, the outbox for what writes an event
-- or books in budgets, the counters of the bookings, and the journal of figures for what
-- is counted.
-- The record's fields are opaque here but for revision, updated_at, applied,
-- last, claim_deadline and counted.
local record, log, into, orphaned = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local seen = { take(), take(), take(), take(), take() }
local id, token, decided_on, revision, last = take(), take(), take(), take(), take()
local poll, settle, claim, afresh = take() == '1', take() == '1', take() == '1', take() == '1'
local success, created, moved, one, orphans = take() == '1', take() == '1', take() == '1', take() == '1', take()
local keep, ticket_keep, state = take(), number(take()), take()
local leaves, tickets, fresh, listed_at = number(take()), number(take()), number(take()), take()
-- policy is the revision of the account's rules and budgets that has to be in force, ''
-- where none has to.
local policy = take()
local count, forced, adds, noted = take(), take() == '1', take() == '1', take() == '1'
local books, books_to = span()

-- Only a caller that takes a claim gets the whole moment: the answer to its call is
-- decided on it. Others need no more than the time.
local snapshot, now, run, in_force
if claim then
  snapshot, now, run = moment(seen)
  in_force = snapshot and snapshot[8]
else
  local known = redis.call('HMGET', KEYS[1], 'epoch', 'policy')
  now, run, in_force = clock(), in_epoch(run_id(), known[1]), known[2]
  snapshot = { text(now), run }
end
-- What Redis may have forgotten cannot be seen without a run_id.
if run == '' then return no_run_id() end
local have = redis.call('HMGET', record, 'revision', 'last', 'applied', 'claim_deadline', 'counted')
local tokens = have[3] or ''

-- A write that was made is made, whatever has happened since.
if applied(tokens, have[2], token) then return { 'applied', snapshot } end
-- The record stands as it was decided on if its latest write is the same:
-- tokens are random. A revision alone does not distinguish two histories when
-- Redis has lost its tail.
local standing
if revision == '' then
  standing = redis.call('EXISTS', record) == 0
else
  standing = have[1] == revision and (have[2] or '') == last
end
if run ~= decided_on or not standing then return { 'stale', snapshot } end
if settle and number(have[4]) < now then return { 'expired', snapshot } end
if policy ~= '' and number(policy) ~= number(in_force) then return { 'stale', snapshot } end

-- other is the campaign that the i-th ticket leads to, if it is not this one. A
-- ticket of another campaign is not taken; one that the record has is left as
-- it is, since an older octoq may have given it to both.
local function other(i)
  local owner = redis.call('GET', KEYS[7 + leaves + i])
  return owner and owner ~= id and owner
end
for i = 1, fresh do
  local owner = other(i)
  if owner then return { 'taken', snapshot, i, owner } end
end

-- A booking is thirteen items: whose field of the counter, what is added to reserved and
-- used, each as an amount and as contacts, the bounds, whether they are to be kept, the
-- times between which it may be reserved, the least level to announce (1: 80 %, 2: all
-- of it), and the two events of that. All bookings are kept within their bounds, or
-- nothing is written.
local outbox_at = 8 + leaves + tickets + (listed_at ~= '' and 1 or 0)
local levels = {}
for i = books, books_to, 13 do
  local counter, own = KEYS[outbox_at + 1 + (i - books) / 13], ARGV[i]
  local has = redis.call('HMGET', counter, own .. '/used', own .. '/used_contacts', own .. '/reserved', own .. '/reserved_contacts', own .. '/told')
  local more, more_contacts = number(ARGV[i + 1]) + number(ARGV[i + 3]), number(ARGV[i + 2]) + number(ARGV[i + 4])
  local cost, contacts = number(has[1]) + number(has[3]) + more, number(has[2]) + number(has[4]) + more_contacts
  local amount, most = number(ARGV[i + 5]), number(ARGV[i + 6])
  local early = ARGV[i + 8] ~= '' and (now < number(ARGV[i + 8]) or now >= number(ARGV[i + 9]))
  local full = more > 0 and cost > amount or most > 0 and more_contacts > 0 and contacts > most
  if ARGV[i + 7] == '1' and (early or full) then return { 'stale', snapshot } end
  local part = math.max(amount > 0 and cost / amount or 0, most > 0 and contacts / most or 0)
  local level = math.max(number(ARGV[i + 10]), part >= 1 and 2 or part >= 0.8 and 1 or 0)
  levels[i] = { number(has[5]), level }
end

-- The record is written last of what counts, so that a command which Redis refuses,
-- because its memory is full or its user may not run it, leaves nothing written that a
-- caller does not learn of. What an index has before that is looked up in the record
-- by its reader; what follows the record cannot fail the write.
if moved or not poll then redis.call('ZADD', into, text(now), id) end
-- A first write gives the id its place in the list, which it keeps.
if listed_at ~= '' then redis.call('ZADD', KEYS[8 + leaves + tickets], listed_at, id) end
-- orphans is '' where nothing changes, '-' where none is left, else what to add
-- to the time.
if orphans ~= '' and orphans ~= '-' then redis.call('ZADD', orphaned, text(now + number(orphans)), id) end
for i = 1, tickets do
  local ticket, taken = KEYS[7 + leaves + i], i > fresh and other(i)
  if not taken and ticket_keep > 0 then
    redis.call('SET', ticket, id, 'PX', text(ticket_keep))
  elseif not taken then
    redis.call('SET', ticket, id)
  end
end

if afresh then tokens = '' end
if not poll then tokens = tokens == '' and token or tokens .. ' ' .. token end
local first, final = span()
local sets, sets_to = first, final
first, final = span()
local dels, dels_to = first, final
first, final = span()
-- An entry is two items: when ('' means now), and the rest as JSON.
local length = 0
for i = first, final, 2 do
  local when = ARGV[i] == '' and text(now) or ARGV[i]
  length = redis.call('RPUSH', log, '{"at":' .. when .. ',' .. string.sub(ARGV[i + 1], 2))
end
-- The record and its events are written together or not at all.
local events, events_to = span()
for i = events, events_to do redis.call('XADD', KEYS[outbox_at], 'MAXLEN', '~', '100000', '*', 'event', ARGV[i]) end
-- Counters follow the reservations that the record says. They outlive their period for
-- as long as reports look back.
for i = books, books_to, 13 do
  local counter, own = KEYS[outbox_at + 1 + (i - books) / 13], ARGV[i]
  for n, field in ipairs({ '/reserved', '/reserved_contacts', '/used', '/used_contacts' }) do
    if number(ARGV[i + n]) ~= 0 then redis.call('HINCRBY', counter, own .. field, ARGV[i + n]) end
  end
  for level = levels[i][1] + 1, levels[i][2] do
    redis.call('HSET', counter, own .. '/told', text(level))
    redis.call('XADD', KEYS[outbox_at], 'MAXLEN', '~', '100000', '*', 'event', ARGV[i + 10 + level])
  end
  redis.call('PEXPIRE', counter, '34560000000')
end

-- What a run came to goes to the account's figures by one command (see package stats).
-- counted is what the record was counted as, with its time; '!' in front where that may
-- cost money beside the ticket of the present run. Figures that are refused fail no write:
-- the record then keeps what it was counted as before.
local function counted(was)
  if count == '' then -- of a forced replay, or of a tombstone, which keeps nothing
    return forced and string.gsub(was, '^%d+ unknown ', '!%0') or ''
  end
  local beside = string.sub(was, 1, 1) == '!'
  if beside and not adds then return was end
  local entry = text(now) .. ' ' .. count
  local items = { '+' .. entry, was ~= '' and not beside and '-' .. was or nil }
  local booked = (books_to - books + 1) / 13
  local journal = KEYS[outbox_at + booked + ((events <= events_to or booked > 0) and 1 or 0)]
  if type(redis.pcall('RPUSH', journal, unpack(items))) ~= 'number' then return was end
  return state == 'dead' and entry or ''
end
if noted then
  ARGV[sets_to] = counted(have[5] or '') -- the last fact that is set
elseif count ~= '' then
  counted('')
end
redis.call('HSET', record, 'revision', text(number(revision) + 1), 'updated_at', text(now),
  'last', token, 'applied', tokens, unpack(ARGV, sets, sets_to))

-- A fact that is '' counts as none, where the user may not remove fields.
if dels <= dels_to and type(redis.pcall('HDEL', record, unpack(ARGV, dels, dels_to))) == 'table' then
  for i = dels, dels_to do redis.pcall('HSET', record, ARGV[i], '') end
end
for i = 1, leaves do redis.pcall('ZREM', KEYS[7 + i], id) end
if orphans == '-' then redis.pcall('ZREM', orphaned, id) end

-- A long timeline keeps its first 100 entries and its last 900.
for _ = 1001, length do
  redis.pcall('LSET', log, 100, '')
  redis.pcall('LREM', log, 1, '')
end
-- keep is '' where nothing changes, 0 for good, else milliseconds.
if keep ~= '' then
  for i = 4, 5 do
    if keep == '0' then redis.pcall('PERSIST', KEYS[i]) else redis.pcall('PEXPIRE', KEYS[i], keep) end
  end
end
if one then redis.call('HSET', KEYS[1], 'one_at_a_time', '1') end
if created then redis.pcall('HINCRBY', KEYS[1], 'creates', 1) end
if success then redis.pcall('HINCRBY', KEYS[1], 'successes', 1) end
return { 'applied', snapshot }
