package asynqwire

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// luaAck puts the next step's task, if there is one, acknowledges a task by asynq's done,
// and then prefetches another one of the same queue: a dequeue less. Where asynq's done
// finds no task, nothing is prefetched: the script may be run twice, and only the answer
// of one run arrives.
//
// KEYS: asynq's five of done, the five of luaTakeNext, then those of the put. ARGV: the
// run_id that the task was taken under, asynq's three of done, the three of luaTakeNext
// (the first is empty where nothing is to be prefetched), then those of the put. The run_id of
// Redis is to be in run. Answers what luaTakeNext answers, or nothing.
const luaAck = luaTakeNext + `
local function part(list, from, to) return { unpack(list, from, to) } end
local function put(KEYS, ARGV)
%put
end
local function done(KEYS, ARGV)
%done
end
if #KEYS > 10 then put(part(KEYS, 11, #KEYS), part(ARGV, 8, #ARGV)) end
if run ~= ARGV[1] then return end
local answer = done(KEYS, part(ARGV, 2, 4))
if ARGV[5] ~= '' and type(answer) == 'table' and answer.ok then
  return take_next(part(KEYS, 6, 10), part(ARGV, 5, 7), function() return run end)
end
`

func ackScript(put, done, dequeue string) string {
	return strings.NewReplacer("%s", dequeue, "%put", put, "%done", done).Replace(luaAck)
}

// Ack is how asynq acknowledges a task, as seen when it did.
type Ack struct {
	alone    string            // the script without a next step
	withNext map[string]string // with one, by the hash of the script that puts its task
	dayKept  time.Duration     // how long asynq keeps the count of a day
	dequeue  Dequeue
}

// LearnAck learns from asynq's done of a task. It is nil unless octoq would do
// exactly the same.
func LearnAck(k Keys, s Script, dequeue Dequeue, id string, done ScriptCall, now time.Time) *Ack {
	if len(done.Args) != 3 {
		return nil
	}
	until, ok := done.Args[1].(int64)
	if !ok {
		return nil
	}
	a := &Ack{
		alone: ackScript("", s.Source, dequeue.source), dayKept: time.Unix(until, 0).Sub(now.Truncate(time.Second)),
		withNext: map[string]string{}, dequeue: dequeue,
	}
	for _, put := range putTexts() {
		a.withNext[redis.NewScript(put).Hash()] = ackScript(put, s.Source, dequeue.source)
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

// AckCall is what an ack script is made of.
type AckCall struct {
	TaskID, RunID string
	Next          *Put // of the next step's task; nil for none
	Prefetch      bool // another task is taken
	Take          Take // which one
}

// Script is the script that acknowledges a task, with its keys and arguments.
func (a *Ack) Script(k Keys, alerts string, c AckCall, now time.Time) (script string, keys []string, args []any) {
	keys, done := a.done(k, c.TaskID, now)
	from, take := a.dequeue.call(k, alerts, c.Take, now)
	if !c.Prefetch || !a.dequeue.known() {
		take[0] = ""
	}
	keys, args = append(keys, from...), append(append([]any{c.RunID}, done...), take...)
	if c.Next == nil {
		return a.alone, keys, args
	}
	return a.withNext[c.Next.Script.Hash()], append(keys, c.Next.Keys...), append(args, c.Next.Args...)
}
