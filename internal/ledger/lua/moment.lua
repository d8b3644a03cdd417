-- Precedes every script that returns the moment it ran in, behind run_id()
-- of package runid and changes.lua.
-- KEYS[1] meta, KEYS[2] held, KEYS[3] hold: all of one account.

-- clock is Redis's time in unix milliseconds.
local function clock()
  local t = redis.call('TIME')
  return number(t[1]) * 1000 + math.floor(number(t[2]) / 1000)
end

-- in_epoch is the run that is stored and compared: Redis's own id, and the epoch of
-- the account's ledger, if it was ever found to have fallen back.
local function in_epoch(run, epoch)
  if run == '' or number(epoch) == 0 then return run end
  return run .. '.' .. text(number(epoch))
end

-- next_epoch is the epoch that begins now, nil for none. seen is what the process that
-- asks saw last: run, epoch, creates, successes, and the runs that it saw before that,
-- each with its epoch. The ledger has fallen back if it has less than the process was
-- given under the same run (a snapshot of the machine was put in its place), or if it
-- is that of a run which the process has left (an address was moved back).
local function next_epoch(seen, run, epoch, creates, successes)
  local its = number(seen[2])
  if seen[1] == run then
    local less = creates < number(seen[3]) or successes < number(seen[4])
    return (epoch < its or epoch == its and less) and its + 1 or nil
  end
  for left, before in string.gmatch(seen[5], '(%S+) (%S+)') do
    if left == run and epoch <= number(before) then return number(before) + 1 end
  end
end

-- stood is how long the account has been on hold in all.
local function stood(held, hold, now)
  local sum = number(redis.call('GET', held))
  local since = number(redis.call('HGET', hold, 'since'))
  if since > 0 and since < now then sum = sum + now - since end
  return text(sum)
end

-- moment is what every answer begins with; decodeMoment reads it. It notes a change
-- of the run, and stamps the ledger at most every 30 seconds. It is nil, and nothing
-- is noted, where Redis gives no run_id.
local function moment(seen)
  local now, redis_run, meta = clock(), run_id(), KEYS[1]
  if redis_run == '' then return nil, now, redis_run end
  local have = redis.call('HMGET', meta, 'run', 'stamp', 'changes', 'epoch', 'creates', 'successes', 'vouched_at', 'policy',
    'one_at_a_time')
  local epoch = number(have[4])
  local begins = next_epoch(seen, redis_run, epoch, number(have[5]), number(have[6]))
  if begins then
    epoch = begins
    redis.call('HSET', meta, 'epoch', text(epoch))
  end
  local run, known, stamp, changes = in_epoch(redis_run, epoch), have[1], number(have[2]), have[3] or ''
  if not known then known, stamp, changes = before_changes(meta) end
  if known ~= run then
    changes = with_change(changes, known, run, now, math.min(stamp, now))
    redis.call('HSET', meta, 'run', run, 'stamp', text(now), 'changes', changes)
  elseif not have[1] or now - stamp >= 30000 then
    redis.call('HSET', meta, 'run', run, 'stamp', text(now), 'changes', changes)
  end
  local snapshot = {
    text(now), run, stood(KEYS[2], KEYS[3], now), have[6] or '0', have[5] or '0', have[7] or '', changes, have[8] or '',
    have[9] or ''
  }
  return snapshot, now, run
end
