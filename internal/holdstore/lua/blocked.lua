-- Notes a create that was refused because another campaign awaits approval.
-- Times are Redis's clock in ms.
--
-- KEYS  1 limit (hash)  2 meta (hash, the ledger's: its field creates counts
--       the creates that were accepted)
-- ARGV  1 how far apart two answers of one row may lie
-- Answers {how long the row has lasted, how many answers}.
--
-- A repeat counts one answer too many, and the row lasts no longer by it.
local time = redis.call('TIME')
local ms = math.floor(time[1] * 1000 + time[2] / 1000)
local function number(v) return tonumber(v or '') or 0 end

local row = redis.call('HMGET', KEYS[1], 'blocked_since', 'blocked_last', 'blocked_answers', 'blocked_creates')
local since, last, answers = number(row[1]), number(row[2]), number(row[3])
local creates = redis.call('HGET', KEYS[2], 'creates') or '0'
if since == 0 or ms - last > tonumber(ARGV[1]) or row[4] ~= creates then
  since, answers = ms, 0
end
answers = answers + 1
redis.call('HSET', KEYS[1], 'blocked_since', string.format('%.0f', since), 'blocked_last', string.format('%.0f', ms),
  'blocked_answers', answers, 'blocked_creates', creates)
return {ms - since, answers}
