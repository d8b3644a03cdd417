-- Fold: add the oldest entries of the journal to their minute, hour and day. Each entry
-- is counted once, because it leaves the journal in the same script.
-- KEYS[1] the journal. ARGV: how many entries at most, how many values of one dimension
-- and of all together a day keeps, then for minute, hour and day: what their keys begin
-- with, their length and how long they are kept, in milliseconds.
local entries = redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)
if #entries == 0 then return 0 end
local each, all = tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- sums are those of this script: bucket, field, number.
local sums, ends = {}, {}
local function add(bucket, field, n)
  if n == 0 then return end
  sums[bucket] = sums[bucket] or {}
  sums[bucket][field] = (sums[bucket][field] or 0) + n
end

-- place is the field that a value is counted under on a day: its own, or that of all
-- values of its dimension without a place; false where the day is full and knows nothing
-- of the dimension. A value that has a place keeps it, so what is taken back later is
-- taken from where it was added.
local places = {}
local function place(day, name)
  places[day] = places[day] or {}
  local known = places[day][name]
  if known ~= nil then return known end
  local dimension = string.match(name, '^[^=]*')
  known = name
  if not redis.call('HGET', day, name) then
    local count = dimension .. '#values'
    local have = redis.call('HMGET', day, count, '#values')
    local of, full = tonumber(have[1] or 0), tonumber(have[2] or 0) >= all
    if of < each and not full then
      redis.call('HSET', day, name, '1')
      redis.call('HINCRBY', day, count, 1)
      redis.call('HINCRBY', day, '#values', 1)
    else
      known = of > 0 and dimension
    end
  end
  places[day][name] = known
  return known
end

local function count(bucket, field, sign, outcome, contacts, money)
  add(bucket, field .. '#' .. outcome .. '.campaigns', sign)
  add(bucket, field .. '#' .. outcome .. '.contacts', sign * contacts)
  add(bucket, field .. '#' .. outcome .. '.cost', sign * money)
end

-- bucket is the key of the i-th kind of bucket at a time; nil where it is kept no more.
local function bucket(i, at)
  local prefix, length, keep = ARGV[1 + 3 * i], tonumber(ARGV[2 + 3 * i]), tonumber(ARGV[3 + 3 * i])
  local index = math.floor(at / length)
  local ending = (index + 1) * length + keep
  if ending <= now then return nil end
  local name = prefix .. string.format('%d', index)
  ends[name] = ending
  return name
end

local function fold(entry)
  local sign, at, outcome, contacts, money, names = string.match(entry, '^([+-])(%d+) (%l+) (%d+) (-?%d+) (.*)$')
  if not sign then return end
  at, sign, contacts, money = tonumber(at), sign == '+' and 1 or -1, tonumber(contacts), tonumber(money)
  local minute, hour, day = bucket(1, at), bucket(2, at), bucket(3, at)
  for _, of in ipairs({ minute or false, hour or false, day or false }) do
    if of then count(of, '', sign, outcome, contacts, money) end
  end
  if not day then return end
  for name in string.gmatch(names, '[^&]+') do
    local field = place(day, name)
    if field then count(day, field, sign, outcome, contacts, money) end
    if field and hour then count(hour, field, sign, outcome, contacts, money) end
  end
end

for _, entry in ipairs(entries) do fold(entry) end
for of, fields in pairs(sums) do
  for field, n in pairs(fields) do
    if n ~= 0 then redis.call('HINCRBY', of, field, string.format('%d', n)) end
  end
  redis.call('PEXPIRE', of, string.format('%d', ends[of] - now))
end
redis.call('LTRIM', KEYS[1], #entries, -1)
return #entries
