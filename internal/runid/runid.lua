-- after is what matches the pattern behind a mark in a text, '' without the
-- mark. A search for a plain text is much quicker than one for a pattern.
local function after(info, mark, pattern)
  if type(info) ~= 'string' then return '' end
  local _, at = string.find(info, mark, 1, true)
  return at and string.match(info, pattern, at + 1) or ''
end

-- run_id tells which run of which Redis runs this script, and its uptime in
-- seconds; both are '' where INFO has none or may not be asked.
local function run_id()
  local server = redis.pcall('INFO', 'server')
  local process = after(server, 'run_id:', '^%x+')
  local history = after(redis.pcall('INFO', 'replication'), 'master_replid:', '^%x+')
  return string.sub(process, 1, 8) .. string.sub(history, 1, 8), after(server, 'uptime_in_seconds:', '^%d+')
end
