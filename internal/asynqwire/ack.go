package asynqwire

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// luaAck runs asynq's done behind the put of the next task, if there is one.
// KEYS: asynq's five, then those of the put. ARGV: the run_id that the task was
// taken under, asynq's three, then those of the put. The run_id of Redis is to be
// in run.
const luaAck = `
local function rest(list, from) return { unpack(list, from) } end
local function put(KEYS, ARGV)
%put
end
local function done(KEYS, ARGV)
%done
end
if #KEYS > 5 then put(rest(KEYS, 6), rest(ARGV, 5)) end
if run == ARGV[1] then done(KEYS, rest(ARGV, 2)) end
`

func ackScript(put, done string) string {
	return strings.NewReplacer("%put", put, "%done", done).Replace(luaAck)
}

// Ack is how asynq acknowledges a task, as seen when it did.
type Ack struct {
	alone    string            // the script without a next task
	withNext map[string]string // with one, by the hash of the script that puts it
	dayKept  time.Duration     // how long asynq keeps the count of a day
}

// LearnAck learns from asynq's done of a task. It is nil unless octoq would do
// exactly the same.
func LearnAck(k Keys, s Script, id string, done ScriptCall, now time.Time) *Ack {
	if len(done.Args) != 3 {
		return nil
	}
	until, ok := done.Args[1].(int64)
	if !ok {
		return nil
	}
	a := &Ack{
		alone: ackScript("", s.Source), dayKept: time.Unix(until, 0).Sub(now.Truncate(time.Second)),
		withNext: map[string]string{},
	}
	for _, put := range putTexts() {
		a.withNext[redis.NewScript(put).Hash()] = ackScript(put, s.Source)
	}
	keys, args := a.done(k, id, now)
	if !slices.Equal(done.Keys, keys) || !slices.Equal(done.Args, args) {
		return nil
	}
	return a
}

func (a *Ack) done(k Keys, id string, now time.Time) (keys []string, args []any) {
	return []string{k.Active(), k.Lease(), k.Task(id), k.ProcessedOn(now), k.Processed()},
		[]any{id, now.Add(a.dayKept).Unix(), int64(math.MaxInt64)}
}

// Script is the script that acknowledges a task, with its keys and arguments. It
// puts the next task into its queue before, unless that is nil.
func (a *Ack) Script(k Keys, id, runID string, next *Put, now time.Time) (script string, keys []string, args []any) {
	keys, done := a.done(k, id, now)
	args = append([]any{runID}, done...)
	if next == nil {
		return a.alone, keys, args
	}
	return a.withNext[next.Script.Hash()], append(keys, next.Keys...), append(args, next.Args...)
}
