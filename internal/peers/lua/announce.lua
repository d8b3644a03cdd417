-- Stores the announcement of a worker and returns those of all living ones.
--
-- KEYS  1 announcements of the account (hash, by worker)
-- ARGV  1 worker  2 its announcement: "" when it ends  3 how long one holds, in ms
--       4 how much longer this one holds, in ms
-- Returns the values of the hash, each a time in ms, a space, and the announcement.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lasts = tonumber(ARGV[3])
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  -- Who reads this counts from the time in front.
  local longer = tonumber(ARGV[4])
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + longer) .. ' ' .. ARGV[2])
  redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), lasts + longer))
end
local living = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local at = tonumber(string.match(all[i + 1], '^%d+') or '0')
  if now - at > lasts then
    redis.call('HDEL', KEYS[1], all[i])
  else
    living[#living + 1] = all[i + 1]
  end
end
return living
