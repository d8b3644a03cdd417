-- Pack: put records that have ended, and their timelines, into fewer bytes each. A record
-- that is no longer as it was read stays as it is, and so does one that never expires, but
-- for a tombstone.
-- KEYS: a record and its log, for each. ARGV, for each: revision and last as they were
-- read, the number of items that follow, then the fields of the packed record.
local at, packed = 0, 0
for i = 1, #KEYS, 2 do
  local record, log = KEYS[i], KEYS[i + 1]
  local revision, last, n = ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  local have, left = redis.call('HMGET', record, 'revision', 'last', 'state'), redis.call('PTTL', record)
  if have[1] == revision and (have[2] or '') == last and (left > 0 or left == -1 and have[3] == 'purged') then
    -- A hash that was large once stays large: the record is made anew. Redis refuses no
    -- write of a script for want of memory that has written already.
    redis.call('DEL', record)
    redis.call('HSET', record, unpack(ARGV, at + 4, at + 3 + n))
    if left > 0 then redis.call('PEXPIRE', record, left) end
    redis.call('DEL', log)
    packed = packed + 1
  end
  at = at + 3 + n
end
return packed
