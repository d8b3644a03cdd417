-- Fold: count the oldest entries of the journal in the results of their tickets. Each
-- leaves the journal in the same script. Whatever order they come in, and however often,
-- they come to the same: of each number the report counts that is last by its class
-- (pending, final, read), then its date, then its word.
--
-- KEYS[1] the journal, KEYS[2] tickets that no campaign has, KEYS[3] what holds for all
-- reports, KEYS[4] the tickets whose results are not final.
-- ARGV: [1] how many entries at most; what the keys begin with of [2] results, [3] tickets
-- and [4] records; for how long in milliseconds are kept [5] details, [6] results of a
-- campaign that does not expire; [7] how many tickets that no campaign has are kept, and
-- [8] how many numbers of all of these; [9] how many numbers of one ticket.
--
-- An entry is 8 bytes of a number's hash, 1 of its status, 4 of its date and 4 of when it
-- came, in seconds, the ticket, and where the status is 0 a space and its word. Of status
-- 254 and 255 it is a reply and an opt-out.
--
-- What is kept of a number are 13 bytes in one of the ticket's buckets: hash, status, date.
-- A ticket begins with one bucket; each that becomes too full has another one split, by
-- linear hashing, so that no report has much to read or to move.
local entries = redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)
if #entries == 0 then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local width, full = 13, 48
local firstFinal, firstProof, read, firstUnknown, words, reply, optout = 16, 19, 21, 128, 32, 254, 255

local tickets, dropped, late, aside = {}, 0, 0, nil

-- open is what is known of a ticket; false where there is no room for it.
local function open(ticket)
  local t = tickets[ticket]
  if t ~= nil then return t end
  t = { name = ARGV[2] .. ticket, ticket = ticket, detail = ARGV[2] .. ticket .. ':detail', buckets = {}, sums = {} }
  local have = redis.call('HMGET', t.name, 'kept', 'buckets', 'until')
  t.kept, t.count, t.ends = tonumber(have[1] or 0), tonumber(have[2] or 1), tonumber(have[3] or 0)
  t.campaign = redis.call('GET', ARGV[3] .. ticket)
  if not have[3] then
    if not t.campaign and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[7]) then
      tickets[ticket] = false
      return false
    end
    redis.call('DEL', t.detail)
    t.ends, t.fresh = now + tonumber(ARGV[5]), true
    if not t.campaign then redis.call('ZADD', KEYS[2], string.format('%d', now), ticket) end
    redis.call('ZADD', KEYS[4], string.format('%d', now), ticket)
  end
  tickets[ticket] = t
  return t
end

local function bucket(t, i)
  local b = t.buckets[i]
  if b == nil then
    b = redis.call('HGET', t.detail, tostring(i)) or ''
    t.buckets[i] = b
  end
  return b
end

-- place is which of a ticket's buckets a hash belongs to.
local function place(t, hash)
  local low = 1
  while low * 2 <= t.count do low = low * 2 end
  local h = struct.unpack('>I4', hash)
  local i = h % (low * 2)
  if i >= t.count then i = i - low end
  return i
end

-- split moves a part of one bucket into a new one.
local function split(t)
  local low = 1
  while low * 2 <= t.count do low = low * 2 end
  local from = t.count - low
  local b = bucket(t, from)
  t.count = t.count + 1
  local stay, move = {}, {}
  for at = 1, #b, width do
    local one = string.sub(b, at, at + width - 1)
    local to = place(t, one) == from and stay or move
    to[#to + 1] = one
  end
  t.buckets[from], t.buckets[t.count - 1] = table.concat(stay), table.concat(move)
end

local function find(b, hash)
  local from = 1
  while true do
    local at = string.find(b, hash, from, true)
    if not at or (at - 1) % width == 0 then return at end
    from = at + 1
  end
end

local function class(status)
  if status == read then return 2 end
  return status >= firstFinal and status < firstUnknown and 1 or 0
end

-- rank puts words that octoq does not know below those that it knows.
local function rank(status) return status >= firstUnknown and status - 256 or status end

local function later(status, date, than, thanDate)
  local a, b = class(status), class(than)
  if a ~= b then return a > b end
  if date ~= thanDate then return date > thanDate end
  return rank(status) > rank(than)
end

local function add(t, field, n) t.sums[field] = (t.sums[field] or 0) + n end

-- code numbers a word that octoq does not know, for one ticket.
local function code(t, word)
  t.words = t.words or {}
  local c = t.words[word]
  if not c then
    c = redis.call('HGET', t.name, 'word:' .. word)
    if not c then
      local n = tonumber(redis.call('HGET', t.name, 'words') or 0)
      if n >= words then return firstUnknown + words end -- of all words without a number
      redis.call('HSET', t.name, 'words', n + 1, 'word:' .. word, firstUnknown + n)
      c = firstUnknown + n
    end
    t.words[word] = tonumber(c)
  end
  return t.words[word]
end

-- room reports whether one more number of a ticket is kept.
local function room(t)
  if t.kept >= tonumber(ARGV[9]) then return false end
  if t.campaign then return true end
  aside = aside or tonumber(redis.call('HGET', KEYS[3], 'aside') or 0)
  if aside >= tonumber(ARGV[8]) then return false end
  aside = aside + 1
  return true
end

local function put(t, hash, status, date)
  local i = place(t, hash)
  local b = bucket(t, i)
  local at = find(b, hash)
  local one = hash .. struct.pack('>BI4', status, date)
  if not at then
    if not room(t) then return false end
    t.buckets[i] = b .. one
    t.kept = t.kept + 1
    add(t, 's:' .. status, 1)
    if t.kept > full * t.count then split(t) end
    return true
  end
  local than, thanDate = struct.unpack('>BI4', string.sub(b, at + 8, at + width - 1))
  if later(status, date, than, thanDate) then
    t.buckets[i] = string.sub(b, 1, at - 1) .. one .. string.sub(b, at + width)
    if status ~= than then
      add(t, 's:' .. than, -1)
      add(t, 's:' .. status, 1)
    end
  end
  return true
end

-- mark counts a reply or an opt-out, once for each hash.
local function mark(t, hash, field)
  local name = field .. ':' .. hash
  if redis.call('HEXISTS', t.detail, name) == 1 then return true end
  if not room(t) then return false end
  redis.call('HSET', t.detail, name, '')
  t.kept = t.kept + 1
  add(t, field, 1)
  return true
end

local function fold(entry)
  local status, date, came = struct.unpack('>BI4I4', string.sub(entry, 9, 17))
  local ticket, word = string.match(entry, '^(%S+) ?(%S*)$', 18)
  local t = ticket and open(ticket)
  if not t then
    dropped = dropped + 1
    return
  end
  if now >= t.ends then
    late = late + 1
    return
  end
  local hash, kept = string.sub(entry, 1, 8), nil
  if status == reply then
    kept = mark(t, hash, 'replies')
  elseif status == optout then
    kept = mark(t, hash, 'optouts')
  else
    kept = put(t, hash, status == 0 and code(t, word) or status, date)
  end
  if status >= firstProof and status <= read and came > (t.proved or 0) then
    t.proved, t.proof = came, status
  end
  if kept then t.last = math.max(t.last or 0, came) else dropped = dropped + 1 end
end

-- ends is for how long the results of a ticket are kept from now on.
local function ends(t)
  if not t.campaign then return tonumber(ARGV[5]) end
  local record = redis.call('PTTL', ARGV[4] .. t.campaign)
  return record > 0 and record or tonumber(ARGV[6])
end

local function save(t)
  if not t.fresh and redis.call('ZSCORE', KEYS[4], t.ticket) then
    redis.call('ZADD', KEYS[4], string.format('%d', now), t.ticket) -- it may be final now
  end
  for i, b in pairs(t.buckets) do
    if b ~= '' then redis.call('HSET', t.detail, tostring(i), b) end
  end
  for field, n in pairs(t.sums) do
    if n ~= 0 then redis.call('HINCRBY', t.name, field, n) end
  end
  redis.call('HSET', t.name, 'kept', t.kept, 'buckets', t.count, 'until', string.format('%d', t.ends))
  local last = tonumber(redis.call('HGET', t.name, 'last') or 0)
  if (t.last or 0) > last then redis.call('HSET', t.name, 'last', string.format('%d', t.last)) end
  if (t.proved or 0) > tonumber(redis.call('HGET', t.name, 'proved') or 0) then
    redis.call('HSET', t.name, 'proved', string.format('%d', t.proved), 'proof', t.proof)
  end
  redis.call('PEXPIRE', t.detail, string.format('%d', math.max(t.ends - now, 1)))
  redis.call('PEXPIRE', t.name, string.format('%d', math.max(ends(t), 1)))
end

for _, entry in ipairs(entries) do fold(entry) end
for _, t in pairs(tickets) do
  if t and (t.last or t.fresh) then save(t) end
end
if aside then redis.call('HSET', KEYS[3], 'aside', aside) end
if dropped > 0 then redis.call('HINCRBY', KEYS[3], 'dropped', dropped) end
if late > 0 then redis.call('HINCRBY', KEYS[3], 'late', late) end
redis.call('LTRIM', KEYS[1], #entries, -1)
return #entries
