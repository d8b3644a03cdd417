package queue

import (
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/runid"
)

// kind says which of asynq's scripts is being run.
type kind string

const (
	kindOther    kind = ""
	kindEnqueue  kind = "enqueue"
	kindSchedule kind = "schedule"
	kindDequeue  kind = "dequeue"
	kindDone     kind = "done"
	kindRetry    kind = "retry"
	kindRequeue  kind = "requeue"
	kindForward  kind = "forward"
)

// recognise tells asynq's scripts apart by the keys they are given. The form
// "t:" stands for a task's own key.
func recognise(keys []string, args []any) kind {
	short := make([]string, len(keys))
	for i, k := range keys {
		short[i] = form(k)
	}
	switch strings.Join(short, " ") {
	case "t: pending":
		return kindEnqueue
	case "t: scheduled":
		return kindSchedule
	case "pending paused active lease":
		return kindDequeue
	case "active lease pending t:":
		return kindRequeue
	case "scheduled pending", "retry pending":
		if len(args) == 4 { // asynq's "run all" has the same keys
			return kindForward
		}
	}
	switch {
	case len(keys) >= 5 && slices.Equal(short[:2], []string{"active", "lease"}):
		return kindDone // or completed; with or without a uniqueness lock
	case len(keys) == 8 && slices.Equal(short[:4], []string{"t:", "active", "lease", "retry"}):
		return kindRetry
	default:
		return kindOther
	}
}

// form is what follows the queue's name in one of asynq's keys.
func form(key string) string {
	_, rest, found := strings.Cut(key, "}:")
	if !found || !strings.HasPrefix(key, "asynq:{") {
		return ""
	}
	if strings.HasPrefix(rest, "t:") {
		return "t:"
	}
	return rest
}

// Lua around asynq's own. A wake-up is published by pcall, here and in all other
// scripts: a user without the channel's right has written what he has written.
// What run_id() asks INFO for costs some 7 µs of Redis's
// time (7.0); nothing cheaper is exact: keys and cached scripts may outlive the
// process, or come from another one.
const (
	luaAsynq = "\nlocal function asynq()\n%s\nend\n"

	// With the task comes the run_id it is taken under; without a run_id no task
	// is taken. An empty queue, the usual case, costs one look. Without a task, the
	// number of ids still pending tells that the id just taken had none.
	luaDequeue = runid.Lua + luaAsynq + `
if redis.call('LLEN', KEYS[1]) == 0 then return 0 end
local run = run_id()
if run == '' then return no_run_id() end
local msg = asynq()
if msg then return {msg, run} end
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
return redis.call('LLEN', KEYS[1])
`
	luaDone = runid.Lua + `
local run = run_id()
if run == '' then return no_run_id() end
if run ~= ARGV[#ARGV] then return redis.status_reply('` + dropped + `') end
%s
`
	luaEnqueue = luaAsynq + `
local n = asynq()
if ARGV[#ARGV] ~= '' then redis.pcall('PUBLISH', ARGV[#ARGV], '') end
return n
`
)

// dropped is what the guarded done answers instead of acknowledging.
const dropped = "DROPPED"

// wrap is asynq's script as octoq runs it.
func wrap(k kind, source string) string {
	switch k {
	case kindEnqueue:
		return strings.Replace(luaEnqueue, "%s", source, 1)
	case kindDequeue:
		return strings.Replace(luaDequeue, "%s", source, 1)
	case kindDone:
		return strings.Replace(luaDone, "%s", source, 1)
	default:
		return source
	}
}

// scripts are asynq's scripts, learnt as it runs them: go-redis first names a
// script by its hash, and gives the source when told that it is not known.
type scripts struct {
	mu    sync.RWMutex
	known map[string]pair
}

// pair is a script as asynq wrote it and as octoq runs it.
type pair struct {
	source         string
	plain, wrapped *redis.Script
}

func (s *scripts) get(sha string) (pair, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, ok := s.known[sha]
	return p, ok
}

func (s *scripts) learn(k kind, source string) pair {
	p := pair{source: source, plain: redis.NewScript(source), wrapped: redis.NewScript(wrap(k, source))}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]pair{}
	}
	s.known[p.plain.Hash()] = p
	return p
}

// askSource is the error on which go-redis gives a script's source.
type askSource struct{}

func (askSource) Error() string { return "NOSCRIPT the source is wanted" }

// RedisError makes it one of Redis's own errors to go-redis.
func (askSource) RedisError() {}
