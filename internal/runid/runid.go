// Package runid tells the runs of Redis apart. What a run of Redis was told
// another one may have forgotten, so whatever cannot be taken back is bound to
// the run that it was decided under.
//
// A run ends with the process: Redis has a run_id that is new with each start,
// and may have lost the last second by then. It also ends without a restart, when
// the process falls in behind one of its replicas, takes over the replica's data
// in the place of its own, and is made the primary again. So eight digits of the
// replication id follow eight of the run_id: Redis makes a new one whenever a
// replica is promoted. It makes one, too, when a first replica comes and an hour
// after the last has gone. Nothing is forgotten then, and octoq is as careful as
// if it were.
package runid

// Lua defines run_id(), which returns the id of the run that a script runs in,
// of 16 hexadecimal digits, and Redis's uptime in whole seconds. Both are empty
// where Redis has none (miniredis) or INFO is forbidden. It also defines
// after(), which reads a field of what INFO tells.
const Lua = `
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
`
