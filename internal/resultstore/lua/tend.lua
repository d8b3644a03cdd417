-- Tend: look again at the tickets that no campaign had. One that has a campaign by now
-- stays for as long as that; one that still has none goes with its results.
-- KEYS[1] these tickets, KEYS[2] what holds for all reports. ARGV: what the keys begin
-- with of results, tickets and records; for how long in milliseconds are kept results
-- without a campaign, and those of a campaign that does not expire.
local tickets = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
if #tickets == 0 then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local found, aside = 0, 0
for i = 1, #tickets, 2 do
  local ticket = tickets[i]
  local campaign = redis.call('GET', ARGV[2] .. ticket)
  if campaign then
    local record = redis.call('PTTL', ARGV[3] .. campaign)
    redis.call('PEXPIRE', ARGV[1] .. ticket, record > 0 and record or ARGV[5])
    redis.call('ZREM', KEYS[1], ticket)
    found = found + 1
  elseif tonumber(tickets[i + 1]) <= now - tonumber(ARGV[4]) then
    redis.call('DEL', ARGV[1] .. ticket, ARGV[1] .. ticket .. ':detail')
    redis.call('ZREM', KEYS[1], ticket)
  else
    aside = aside + tonumber(redis.call('HGET', ARGV[1] .. ticket, 'kept') or 0)
  end
end
redis.call('HSET', KEYS[2], 'aside', aside)
return found
