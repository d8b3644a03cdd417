-- Writes or lifts a hold if it is still the one that the change was decided on.
--
-- KEYS  1 hold (hash)  2 held (sum of past holds, ms)  3 limit (hash)
--       4 outbox (stream)
-- ARGV  1 channel  2 the hold before as since|reason|phase|tries, "" for none
--       3 the hold after as reason|phase|tries|by, "" to lift it
--       4 the event of this change, "" for none
--       5.. fields and values of the hold after
-- Answers 1 if the hold now is as asked, be it by an earlier run of this very
-- script, else 0.
local time = redis.call('TIME')
local ms = math.floor(time[1] * 1000 + time[2] / 1000)
local function text(v) return v or '' end

local h = redis.call('HMGET', KEYS[1], 'since', 'reason', 'phase', 'tries', 'by')
local since, reason, phase, tries, by = text(h[1]), text(h[2]), text(h[3]), text(h[4]), text(h[5])
local before = ''
if since ~= '' then before = table.concat({since, reason, phase, tries}, '|') end

if ARGV[3] == '' then
  if before == '' then return 1 end
  if before ~= ARGV[2] then return 0 end
  redis.call('INCRBY', KEYS[2], string.format('%.0f', math.max(0, ms - since)))
  redis.call('DEL', KEYS[1])
  -- After a hold a new streak begins.
  redis.call('HDEL', KEYS[3], 'streak', 'campaigns', 'who', 'recent', 'blocked_since')
else
  if before ~= ARGV[2] then
    if before ~= '' and table.concat({reason, phase, tries, by}, '|') == ARGV[3] then return 1 end
    return 0
  end
  -- A hold that changes keeps the time since which the account has stood still.
  if since == '' then since = string.format('%.0f', ms) end
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'since', since, 'opened', string.format('%.0f', ms), unpack(ARGV, 5))
end
-- An event that is refused keeps no account from being held.
if ARGV[4] ~= '' then redis.pcall('XADD', KEYS[4], 'MAXLEN', '~', '100000', '*', 'event', ARGV[4]) end
-- The hold stands: whether others hear of it at once decides nothing.
redis.pcall('PUBLISH', ARGV[1], 'hold')
return 1
