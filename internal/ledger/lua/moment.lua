-- Stands in front of every script that tells the moment it ran in, behind run_id()
-- of package runid.
-- KEYS[1] meta, KEYS[2] held, KEYS[3] hold: all of one account.

-- number reads what Redis stores; absent and unreadable are 0.
local function number(s) return tonumber(s or '') or 0 end

-- text writes a whole number without an exponent.
local function text(n) return string.format('%d', n) end

-- clock is Redis's time in unix milliseconds.
local function clock()
  local t = redis.call('TIME')
  return number(t[1]) * 1000 + math.floor(number(t[2]) / 1000)
end

-- past lists the run_ids before the present one, each with the time it was
-- last seen. Of more than 64 the oldest is dropped.
local function past(meta, prune)
  local all, runs, oldest = redis.call('HGETALL', meta), {}, nil
  for i = 1, #all, 2 do
    local id = string.match(all[i], '^run:(.*)$')
    if id then
      runs[#runs + 1], runs[#runs + 2] = id, all[i + 1]
      if not oldest or number(all[i + 1]) < number(oldest[2]) then oldest = { all[i], all[i + 1] } end
    end
  end
  if prune and #runs > 128 then redis.call('HDEL', meta, oldest[1]) end
  return runs
end

-- remember notes the run_id and tells since when it is known, when the one
-- before it was last seen ('' when there was none), the successes and
-- creates so far, and all earlier run_ids. That a run_id is still the same is noted at most every
-- 30 seconds.
local function remember(meta, run, now)
  local have = redis.call('HMGET', meta, 'run_id', 'since', 'before', 'seen', 'successes', 'creates')
  local since, before, seen, stamp = have[2], have[3], number(have[4]), text(now)
  local changed = have[1] and have[1] ~= run
  if not have[1] then
    since = stamp
    redis.call('HSET', meta, 'run_id', run, 'since', stamp, 'seen', stamp)
  elseif changed then
    since, before = stamp, text(math.min(seen, now))
    redis.call('HSET', meta, 'run_id', run, 'since', stamp, 'before', before, 'seen', stamp,
      'run:' .. have[1], before)
  elseif now - seen >= 30000 then
    redis.call('HSET', meta, 'seen', stamp)
  end
  local runs = {}
  if before and before ~= '' then runs = past(meta, changed) end
  return since or '', before or '', have[5] or '0', have[6] or '0', runs
end

-- stood is how long the account has been on hold in all.
local function stood(held, hold, now)
  local sum = number(redis.call('GET', held))
  local since = number(redis.call('HGET', hold, 'since'))
  if since > 0 and since < now then sum = sum + now - since end
  return text(sum)
end

-- moment is what every answer begins with; decodeMoment reads it.
local function moment()
  local now = clock()
  local run, uptime = run_id()
  local since, before, successes, creates, runs = remember(KEYS[1], run, now)
  local told = { text(now), run, since, before, uptime, stood(KEYS[2], KEYS[3], now), successes, creates }
  for _, v in ipairs(runs) do told[#told + 1] = v end
  return told, now, run
end
