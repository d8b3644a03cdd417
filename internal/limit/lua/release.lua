-- Frees slots and learns from an outcome. Times are in microseconds on Redis's
-- clock, but the seat's, which are in milliseconds.
--
-- KEYS  1 limit (hash)  2 slots (sorted set)  3 hold (hash)
-- ARGV  1 channel  2 "alive", "down" or "none": what the outcome says of the API
--       3 campaign id  4 cool-down the API asked for, 0 if none
--       5 "1" if it said "too many"  6 first cool-down where it names none
--       7 cap of those  8 "1" if the campaign held the probe's seat
--       9 ms for which it keeps the seat, 0 frees it  10 how far ahead a
--       cool-down can have been put  11.. tokens
-- Answers {streak, distinct campaigns in it}.
--
-- A repeat finds its slots free and its token among the recent ones, and
-- counts nothing twice.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local id, asked, throttled = ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'

local freed = 0
for i = 11, #ARGV do
  freed = freed + redis.call('ZREM', KEYS[2], ARGV[i])
end

if ARGV[8] == '1' and redis.call('HGET', KEYS[3], 'seat') == id then
  redis.call('HSET', KEYS[3], 'seat_until', string.format('%.0f', math.floor(now / 1000) + ARGV[9]))
end

local function number(v) return tonumber(v or '') or 0 end
local limit = redis.call('HMGET', KEYS[1], 'streak', 'campaigns', 'who', 'recent', 'cool', 'cools')
local streak, campaigns = number(limit[1]), number(limit[2])
local failed, recent = limit[3] or ' ', limit[4] or ' '
local cool, cools = number(limit[5]), number(limit[6])
-- One from a future that Redis's clock has stepped back from is none.
if cool > now + ARGV[10] then cool = 0 end

if ARGV[2] == 'alive' then
  if streak > 0 then redis.call('HDEL', KEYS[1], 'streak', 'campaigns', 'who', 'recent') end
  if cools > 0 and not throttled then redis.call('HDEL', KEYS[1], 'cools') end
  streak, campaigns = 0, 0
elseif ARGV[2] == 'down' and not string.find(recent, ' ' .. ARGV[11] .. ' ', 1, true) then
  streak = streak + 1
  recent = string.sub(' ' .. ARGV[11] .. recent, 1, 1500)
  -- Beyond 64 campaigns the exact number decides nothing.
  if campaigns < 64 and not string.find(failed, ' ' .. id .. ' ', 1, true) then
    campaigns = campaigns + 1
    failed = failed .. id .. ' '
  end
  redis.call('HSET', KEYS[1], 'streak', streak, 'campaigns', campaigns, 'who', failed, 'recent', recent)
end

local till = cool
if asked > 0 then
  till = now + asked
elseif throttled and cool <= now then
  -- Calls that were refused together count once: the first sets the cool-down.
  till = now + math.min(ARGV[6] * 2 ^ math.min(cools, 20), ARGV[7])
  redis.call('HSET', KEYS[1], 'cools', cools + 1)
end
-- Publishing is never an error: it would hide what was written.
if till > cool then
  redis.call('HSET', KEYS[1], 'cool', string.format('%.0f', till))
  redis.pcall('PUBLISH', ARGV[1], 'cool')
end
if freed > 0 then redis.pcall('PUBLISH', ARGV[1], 'slot') end
return {streak, campaigns}
