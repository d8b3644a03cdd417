-- Reserves calls, or says why not. Everything is in microseconds on Redis's
-- clock, but the hold's times, which are in milliseconds.
--
-- KEYS  1 limit (hash)  2 slots (sorted set, token by end of lease)  3 hold (hash)
-- ARGV  1 token  2 how many are wanted (0 only looks)  3 interval (0: no rate)
--       4 tolerance  5 ahead  6 slots in all (0: any number)  7 lease
--       8 lease of the probe's seat in ms  9 head start of others in ms
--       10 head start of the kind of call that was refused, in ms
--       11 how far ahead a cool-down can have been put
--       12.. pairs of call and campaign id, best first: the calls that would use a grant
--            that passes a hold
-- Answers {now, why, at, phase, pair, probe, streak, only, grants...}: why is ""
-- when all that was wanted is granted, else why there are fewer, and at is when
-- to ask again; pair is the number of the one that a grant is bound to, or 0;
-- only is the one call that the hold stops, "" when it stops all.
--
-- A repeat under the same token answers the same grants: a slot that has not
-- been renewed yet ends one lease after the time of its grant.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local token, want = ARGV[1], tonumber(ARGV[2])
local interval, tolerance, ahead = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local max, lease, coolest = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[11])

-- Absent and empty are 0.
local function number(v) return tonumber(v or '') or 0 end

local limit = redis.call('HMGET', KEYS[1], 'tat', 'cool', 'streak')
local hold = redis.call('HMGET', KEYS[3], 'phase', 'seat', 'seat_until', 'opened', 'last_by', 'probe_at', 'code', 'reason', 'call')
local tat, cool, streak = number(limit[1]), number(limit[2]), number(limit[3])
-- One from a future that Redis's clock has stepped back from is none.
if cool > now + coolest then cool = 0 end
local phase, seat, seat_until = hold[1] or '', hold[2] or '', number(hold[3])

local only = hold[8] == 'blocked' and 'create' or ''

-- Does the hold stop this call at all?
local function stops(call) return call ~= 'balance' and (only == '' or call == only) end

-- May this call of this campaign pass the hold?
local function may(call, id)
  if not stops(call) then return true end
  if call == 'contacts' then return false end -- they probe nothing: no campaign waits for their answer
  if phase ~= 'half_open' then return false end
  local ms = now / 1000
  if seat ~= '' and seat_until > ms then return seat == id end
  local open = ms - number(hold[4])
  -- At first the seat is for the kind of call that was refused, for only that
  -- shows whether the reason is gone, and for others than the campaign that
  -- closed the hold. After 105 the status is asked before the confirm is repeated.
  local kind = (hold[9] or '') == '' or call == hold[9] or hold[7] == '105' and call == 'status'
  if not kind and open < tonumber(ARGV[10]) then return false end
  return open >= tonumber(ARGV[9]) or id ~= hold[5]
end

local pair, probe = 0, 0
if phase ~= '' then
  for i = 12, #ARGV, 2 do
    if may(ARGV[i], ARGV[i + 1]) then
      pair = (i - 10) / 2
      if phase == 'half_open' and stops(ARGV[i]) then probe = 1 end
      break
    end
  end
end

local function answer(why, at, grants)
  local a = {now, why, at, phase, pair, probe, streak, only}
  for _, t in ipairs(grants) do a[#a + 1] = t end
  return a
end

if want > 0 then
  local known = {}
  for i = 1, want do
    local ends = redis.call('ZSCORE', KEYS[2], token .. ':' .. i)
    if not ends then break end
    known[i] = tonumber(ends) - lease
  end
  if #known > 0 then return answer('', now, known) end
end

if phase ~= '' and pair == 0 then
  local at = now + 100000
  if phase == 'held' then
    local probe_at = number(hold[6])
    if probe_at == 0 then probe_at = now / 1000 + 60000 end -- a hand lifts it, some time
    at = math.max(now, math.floor(probe_at * 1000))
  end
  return answer('hold', at, {})
end
if cool > now then return answer('cooldown', cool, {}) end
if want == 0 then return answer('', now, {}) end
if phase ~= '' then want = 1 end

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local used = redis.call('ZCARD', KEYS[2])
if max > 0 and used >= max then
  -- Leases from a future that Redis's clock has stepped back from.
  used = used - redis.call('ZREMRANGEBYSCORE', KEYS[2], now + ahead + 2 * lease, '+inf')
end
-- Likewise for a rate that lies further ahead than it can ever have been put.
tat = math.min(tat, now + tolerance + ahead + interval)

local why, at, grants, members = '', now, {}, {}
for i = 1, want do
  if max > 0 and used >= max then
    why, at = 'slots', now + 100000
    break
  end
  local t = now
  if interval > 0 then
    t = math.max(now, tat - tolerance)
    if t - now > ahead then
      why, at = 'rate', t - ahead
      break
    end
    tat = math.max(tat, t) + interval
  end
  used = used + 1
  grants[i] = t
  members[#members + 1] = string.format('%.0f', t + lease)
  members[#members + 1] = token .. ':' .. i
end
if #grants > 0 then
  redis.call('ZADD', KEYS[2], unpack(members))
  if interval > 0 then redis.call('HSET', KEYS[1], 'tat', string.format('%.0f', tat)) end
  if probe == 1 then
    redis.call('HSET', KEYS[3], 'seat', ARGV[11 + 2 * pair],
      'seat_until', string.format('%.0f', math.floor(now / 1000) + ARGV[8]))
  end
end
return answer(why, at, grants)
