// Package runid distinguishes the runs of Redis. What a run of Redis was given
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
//
// The replication id alone shows every change on Redis 7, Redis 8 and Valkey 8, as
// TestEveryChangeIsSeen shows. The run_id stays in front of it: ids of this form are
// stored, and compared by older workers that run beside newer ones.
//
// Both come from INFO. Where a user may not run it, no guard against a Redis
// that has forgotten something can hold: a script that decides or writes anything
// about a campaign fails there (see [Missing]).
package runid

import (
	"errors"
	"strings"
)

// Remedy is how to give a Redis user what the run_id comes from.
const Remedy = "grant it INFO: ACL SETUSER <user> +info; or take rename-command INFO out of the configuration of Redis"

// reason is why scripts refuse to go on without a run_id.
const reason = "Redis gives octoq no run_id, because the user may not run INFO in scripts. Without it octoq cannot see that Redis was restarted or " +
	"replaced and has forgotten something, and a campaign could be sent twice. To go on, " + Remedy

// code is the first word of the error with which a script refuses to go on.
const code = "NORUNID"

// ErrMissing says that Redis gives no run_id, and what to do.
var ErrMissing = errors.New(reason) //nolint:staticcheck // it begins with a name

// Missing reports whether an error is ErrMissing, or that of a script which
// found no run_id and therefore did nothing.
func Missing(err error) bool {
	refusal, ok := errors.AsType[interface {
		error
		RedisError()
	}](err)
	return errors.Is(err, ErrMissing) || ok && strings.HasPrefix(refusal.Error(), code+" ")
}

// Lua defines run_id(), which returns the id of the run that a script runs in,
// of 16 hexadecimal digits. It is empty where INFO is forbidden or lacks one half
// of the id. A script that needs the id then returns no_run_id(), an error, before
// it writes anything. Lua also defines after(), which reads a field of INFO's answer.
const Lua = `
-- after is what matches the pattern behind a mark in a text, '' without the
-- mark. A search for a plain text is much quicker than one for a pattern.
local function after(info, mark, pattern)
  if type(info) ~= 'string' then return '' end
  local _, at = string.find(info, mark, 1, true)
  return at and string.match(info, pattern, at + 1) or ''
end

-- run_id returns which run of which Redis runs this script, '' where INFO may not
-- be asked or lacks half of the id.
local function run_id()
  local process = after(redis.pcall('INFO', 'server'), 'run_id:', '^%x+')
  local history = after(redis.pcall('INFO', 'replication'), 'master_replid:', '^%x+')
  if process == '' or history == '' then return '' end
  return string.sub(process, 1, 8) .. string.sub(history, 1, 8)
end

-- no_run_id is what a script returns that cannot go on without one.
local function no_run_id() return redis.error_reply('` + code + ` ` + reason + `') end
`
