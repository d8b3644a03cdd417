-- Changes the directory, and notes that in the audit log.
-- KEYS: 1 meta, 2 users, 3 tokens, 4 audit log
-- ARGV: 1 the revision that was read, 2 the next one, 3 the line of the audit log, 4 how
--       many lines are kept, 5 sessions_from or '', then for each entry: 2 or 3 (its
--       hash), its field, its value or '' to remove it
-- Answers 1 if the change is made, 0 if the directory is another one by now.
local revision = redis.call('HGET', KEYS[1], 'revision') or ''
if revision == ARGV[2] then return 1 end -- made already: the script was sent twice
if revision ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'sessions_from', ARGV[5]) end
for i = 6, #ARGV, 3 do
  local hash = KEYS[tonumber(ARGV[i])]
  if ARGV[i + 2] == '' then
    redis.call('HDEL', hash, ARGV[i + 1])
  else
    redis.call('HSET', hash, ARGV[i + 1], ARGV[i + 2])
  end
end
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[4], '*', 'entry', ARGV[3])
return 1
