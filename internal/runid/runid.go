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

import _ "embed" // the Lua

// Lua defines run_id(), which returns the id of the run that a script runs in,
// of 16 hexadecimal digits, and Redis's uptime in whole seconds. Both are empty
// where Redis has none (miniredis) or INFO is forbidden. It also defines
// after(), which reads a field of what INFO tells.
//
//go:embed runid.lua
var Lua string
