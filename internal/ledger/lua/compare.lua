-- Stands in front of every script that writes under compare-and-set.

local at = 0

-- take is the next argument, list the next list: its length, then its items.
local function take()
  at = at + 1
  return ARGV[at]
end

local function list()
  local items = {}
  for i = 1, tonumber(take()) do items[i] = take() end
  return items
end

-- applied reports whether a token's write was made before. tokens are those
-- of the run, divided by spaces; last is the one of the latest write.
local function applied(tokens, last, token)
  return last == token or string.find(' ' .. tokens .. ' ', ' ' .. token .. ' ', 1, true) ~= nil
end

-- standing reports whether the record is the one a write was decided on:
-- absent for revision '', else of that revision and with the same guards, which
-- are pairs of a field and its value, '' for an absent one. A revision alone
-- does not tell two histories apart when Redis has lost its tail.
local function standing(record, revision, guards)
  if revision == '' then return redis.call('EXISTS', record) == 0 end
  local names = { 'revision' }
  for i = 1, #guards, 2 do names[#names + 1] = guards[i] end
  local have = redis.call('HMGET', record, unpack(names))
  if have[1] ~= revision then return false end
  for i = 2, #names do
    if (have[i] or '') ~= guards[2 * i - 2] then return false end
  end
  return true
end
