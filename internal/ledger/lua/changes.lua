-- Precedes moment.lua: the list of changes of the run that keeps the
-- account's ledger, in the field "changes" of meta. Four words for each, oldest
-- first: the run before ('-': none, the ledger was born; '?': not known), the run
-- after, when that was first seen, and the last stamp under the one before, in unix
-- milliseconds ('0' for a birth).

-- number reads what Redis stores; absent and unreadable are 0.
local function number(s) return tonumber(s or '') or 0 end

-- text writes a whole number without an exponent.
local function text(n) return string.format('%d', n) end

-- named is a run as a word. An older octoq noted '' where INFO was forbidden.
local function named(run) return run == '' and '?' or run end

-- merged makes one of the two oldest changes: the latest first sight and the
-- earliest last stamp of both. A birth has no stamp, and nothing from before a
-- change that swallowed one is known.
local function merged(words)
  local from, stamp = words[1], words[4]
  if from == '-' then from, stamp = '?', words[8] end
  local rest = { from, words[6], text(math.max(number(words[3]), number(words[7]))), stamp }
  for i = 9, #words do rest[#rest + 1] = words[i] end
  return rest
end

-- with_change adds a change; eight are kept. known is nil for a birth.
local function with_change(changes, known, run, now, stamp)
  local words = {}
  for word in string.gmatch(changes, '%S+') do words[#words + 1] = word end
  local n = #words
  words[n + 1], words[n + 2], words[n + 3] = known and named(known) or '-', named(run), text(now)
  words[n + 4] = known and text(stamp) or '0'
  if #words > 32 then words = merged(words) end
  return table.concat(words, ' ')
end

-- before_changes reads what an octoq before the list of changes has left: the
-- present run, its last stamp, and the list made of the runs before it by the times
-- at which each was last seen. known is nil where there is nothing.
local function before_changes(meta)
  local all, have, runs = redis.call('HGETALL', meta), {}, {}
  for i = 1, #all, 2 do
    have[all[i]] = all[i + 1]
    local id = string.match(all[i], '^run:(.*)$')
    if id then runs[#runs + 1] = { id, number(all[i + 1]) } end
  end
  if not have.run_id then return nil, 0, '' end
  table.sort(runs, function(a, b) return a[2] < b[2] end)
  local changes, first = '', nil
  for i, run in ipairs(runs) do
    if i > 1 then changes = with_change(changes, runs[i - 1][1], run[1], run[2], runs[i - 1][2]) end
  end
  local last = runs[#runs]
  if last then first = last[1] end
  changes = with_change(changes, first, have.run_id, number(have.since), last and last[2] or 0)
  return have.run_id, number(have.seen), changes
end
