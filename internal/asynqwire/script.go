package asynqwire

import (
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/runid"
)

// Lua around asynq's own. A wake-up is published by pcall, here and in all other
// scripts: the script of a user without the channel's right must not fail after
// it has written. What run_id() asks INFO for costs some 7 µs of Redis's
// time (7.0); nothing cheaper is exact: keys and cached scripts may outlive the
// process, or come from another one.
const (
	luaAsynq = "\nlocal function asynq()\n%s\nend\n"

	// The last argument is the run_id that the task was taken under.
	luaDone = runid.Lua + `
local run = run_id()
if run == '' then return no_run_id() end
if run ~= ARGV[#ARGV] then return redis.status_reply('` + Dropped + `') end
%s
`
	// The last argument is the channel to wake, or "".
	luaEnqueue = luaAsynq + `
local n = asynq()
if ARGV[#ARGV] ~= '' then redis.pcall('PUBLISH', ARGV[#ARGV], '') end
return n
`
)

// Dropped is what the guarded done answers instead of acknowledging.
const Dropped = "DROPPED"

// guard is asynq's script as octoq runs it.
func guard(k Kind, source string) string {
	switch k {
	case KindEnqueue:
		return insert(luaEnqueue, source)
	case KindDequeue:
		return insert(runid.Lua+luaDequeue, source)
	case KindForward:
		return insert(luaForward, source)
	case KindDone:
		return insert(luaDone, source)
	default:
		return source
	}
}

// Script is one of asynq's scripts, as asynq wrote it and as octoq runs it.
type Script struct {
	Source         string
	Plain, Guarded *redis.Script
}

// Scripts are asynq's scripts, captured as it runs them: go-redis first names a
// script by its hash, and sends the source when the hash is not known.
type Scripts struct {
	mu    sync.RWMutex
	known map[string]Script // by hash
}

// Get finds a script by its hash.
func (s *Scripts) Get(sha string) (Script, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	script, ok := s.known[sha]
	return script, ok
}

// Capture remembers a script by its source.
func (s *Scripts) Capture(k Kind, source string) Script {
	script := Script{Source: source, Plain: redis.NewScript(source), Guarded: redis.NewScript(guard(k, source))}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]Script{}
	}
	s.known[script.Plain.Hash()] = script
	return script
}
