package queue

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"
)

// Handover is a script that acknowledges the task which a handler has at hand,
// and may queue another before that. It is to follow somebody else's write in
// the same script: then a step is done, the next one queued and the task gone
// at once, in one trip to Redis instead of three.
type Handover struct {
	// Script is Lua; besides KEYS and ARGV it is to find the run_id of Redis (see
	// package runid) in run. It does no harm when it runs again.
	Script string
	Keys   []string
	Args   []any

	taken  *taken
	taskID string
}

// Made notes that the script has run on the Redis of a run_id. Under another
// one than the task was taken under it has not acknowledged it.
func (h Handover) Made(runID string) { h.taken.leave(h.taskID, runID) }

// luaHandover runs asynq's done behind what puts the next task, if any.
// KEYS: asynq's five, then those of the put. ARGV: the run_id that the task was
// taken under, asynq's three, then those of the put.
const luaHandover = `
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

func handoverOf(put, done string) string {
	return strings.NewReplacer("%put", put, "%done", done).Replace(luaHandover)
}

// Handover makes the script that acknowledges a task which this server's handler
// has at hand, and before that has a producer's next task queued, if there is
// one. It is not ok where octoq cannot know how: asynq has changed, or has not
// acknowledged a task of this server yet.
func (s *Server) Handover(ctx context.Context, taskID string, p *Producer, next *Item) (h Handover, ok bool) {
	c := s.client
	d, runID := c.done.Load(), c.taken.runID(taskID)
	if d == nil || runID == noRunID {
		return Handover{}, false
	}
	h = Handover{taken: &c.taken, taskID: taskID, Script: d.only}
	h.Keys, h.Args = d.call(c.names, taskID, time.Now())
	h.Args = append([]any{runID}, h.Args...)
	if next == nil {
		return h, true
	}
	u, ok := p.single(ctx, *next)
	if !ok {
		return Handover{}, false
	}
	h.Script = d.putting[u.kind]
	h.Keys, h.Args = append(h.Keys, u.keys...), append(h.Args, u.args...)
	return h, true
}

// single is how one task is put by one run of octoq's own script.
func (p *Producer) single(ctx context.Context, item Item) (*put, bool) {
	b := p.Prepare(ctx, []Item{item})
	if b.errs[0] != nil || !b.puts[0].bulk {
		return nil, false
	}
	return b.puts[0], true
}

// done is how asynq acknowledges a task, as seen when it did.
type done struct {
	only    string          // the handover's script without a next task
	putting map[kind]string // with one
	keep    time.Duration   // how long asynq keeps the count of a day
}

func (d *done) call(n names, id string, now time.Time) (keys []string, args []any) {
	return []string{n.active(), n.lease(), n.task(id), n.processedOn(now), n.processed()},
		[]any{id, now.Add(d.keep).Unix(), int64(math.MaxInt64)}
}

// explains returns what asynq does to acknowledge a task if octoq would do
// exactly the same, else nil.
func (c *client) explains(p pair, id string, keys []string, args []any, now time.Time) *done {
	if len(args) != 3 {
		return nil
	}
	until, ok := args[1].(int64)
	if !ok {
		return nil
	}
	d := &done{
		only: handoverOf("", p.source), keep: time.Unix(until, 0).Sub(now.Truncate(time.Second)),
		putting: map[kind]string{kindEnqueue: handoverOf(luaPut, p.source), kindSchedule: handoverOf(luaPutLater, p.source)},
	}
	wantKeys, wantArgs := d.call(c.names, id, now)
	if !slices.Equal(keys, wantKeys) || !slices.Equal(args, wantArgs) {
		return nil
	}
	return d
}
