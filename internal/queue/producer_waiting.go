package queue

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
)

const (
	// waitingStep is how many tasks one script reads: Redis does nothing else for
	// about a millisecond.
	waitingStep = 500
	// lateArrivals is how many tasks of retry and archive, those with the highest
	// scores, and how many of the other list are read in the same script as the end of
	// a list.
	lateArrivals = 500
	// maxRestarts bounds how often the pending list is begun again.
	maxRestarts = 5
)

// luaEnqueuedAt defines what both scripts need: add puts an id into an answer,
// with when it was enqueued as its payload begins with it, or "" where the payload
// is not octoq's. Steps that carry no campaign are left out.
const luaEnqueuedAt = `
local function add(out, prefix, id)
  if string.find(id, '~', 1, true) then return end
  local msg = redis.call('HGET', prefix .. id, 'msg')
  if not msg then return end
  out[#out + 1] = id
  out[#out + 1] = string.match(msg, '{"v":%d+,"t":(%d+)') or ''
end
`

// luaWaitingSet reads a part of a sorted set.
// KEYS[1] the set. ARGV: cursor, count, what task keys begin with.
const luaWaitingSet = luaEnqueuedAt + `
local found = redis.call('ZSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local out = { found[1] }
for i = 1, #found[2], 2 do add(out, ARGV[3], found[2][i]) end
return out
`

// luaWaitingList reads a list of waiting tasks behind an anchor, the id that was read
// last: new tasks come in front, so it moves away from the head while the list is
// read. What is taken, and what is put back, is at the end: so together with the
// end the script reads what workers have in hand, and what they gave back last, the
// end of the other list too.
// It answers the index of the new anchor, the anchor, whether that was the end, and
// the tasks; index -1 means that the anchor is gone.
// KEYS: the list, the other one, active, retry, archived. ARGV: index and id of the
// anchor (-1 and "" at first), count, what task keys begin with, how many of the other
// list, of retry and of archived.
const luaWaitingList = luaEnqueuedAt + `
local at, anchor, count = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local function behind(i) return redis.call('LRANGE', KEYS[1], i + 1, i + count) end
if anchor ~= '' and redis.call('LINDEX', KEYS[1], at) ~= anchor then
  at = redis.call('LPOS', KEYS[1], anchor)
  if not at then return { '-1', '', '0' } end
end
local ids, out = behind(at), {}
at = at + #ids
local last = at + 1 >= redis.call('LLEN', KEYS[1])
out[1], out[2], out[3] = string.format('%d', at), ids[#ids] or anchor, last and '1' or '0'
for _, id in ipairs(ids) do add(out, ARGV[4], id) end
if last then
  for _, id in ipairs(redis.call('LRANGE', KEYS[2], -ARGV[5], -1)) do add(out, ARGV[4], id) end
  for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do add(out, ARGV[4], id) end
  for i = 4, 5 do
    for _, id in ipairs(redis.call('ZREVRANGE', KEYS[i], 0, ARGV[5] - 1)) do add(out, ARGV[4], id) end
  end
end
return out
`

// Waiting hands on the id of each first create of an account and when it was
// enqueued, in unix milliseconds: whether it is due, scheduled, in a worker's hand,
// to be tried again or archived. Some are handed on twice, in no order. A task that
// is there all the while is not left out, however it moves between the lists of its
// queue; one whose worker writes the campaign's record meanwhile may be.
//
// All of them are read, 500 at a time.
func (p *Producer) Waiting(ctx context.Context, account string, each func(id string, enqueuedAt int64)) error {
	r := &waitingReader{producer: p, account: account, keys: asynqwire.KeysOf(key.Queue(account, campaign.StageCreate)), each: each, readSet: redis.NewScript(luaWaitingSet), readList: redis.NewScript(luaWaitingList)}
	err := r.read(ctx)
	if err != nil {
		return fmt.Errorf("read what waits in the queue of account %s: %w", account, err)
	}
	return nil
}

// waitingReader reads the lists of a queue in the order in which tasks move
// through them. Between the list of alerts and asynq's they move by a worker's hand
// alone, back to the end of a list.
type waitingReader struct {
	producer *Producer
	account  string
	keys     asynqwire.Keys
	readSet  *redis.Script
	readList *redis.Script
	each     func(id string, enqueuedAt int64)
}

func (r *waitingReader) read(ctx context.Context) error {
	k := r.keys
	for _, set := range []string{k.Scheduled(), k.Retry(), k.Archived()} {
		if err := r.set(ctx, set); err != nil {
			return err
		}
	}
	pending, alerts := k.Pending(), key.Alerts(k.Queue)
	if err := r.list(ctx, alerts, pending); err != nil {
		return err
	}
	return r.list(ctx, pending, alerts)
}

// list reads a list of waiting tasks, again where it loses its place.
func (r *waitingReader) list(ctx context.Context, list, other string) error {
	for range maxRestarts {
		if whole, err := r.listOnce(ctx, list, other); whole || err != nil {
			return err
		}
	}
	return fmt.Errorf("tasks were removed from queue %s faster than it could be read, %d times: list again", r.keys.Queue, maxRestarts)
}

func (r *waitingReader) set(ctx context.Context, set string) error {
	for cursor := "0"; ; {
		got, err := r.readSet.Run(ctx, r.producer.client, []string{set}, cursor, waitingStep, r.keys.Task("")).StringSlice()
		if err != nil || len(got) == 0 {
			return err
		}
		if err := r.emit(ctx, got[1:]); err != nil {
			return err
		}
		if cursor = got[0]; cursor == "0" {
			return nil
		}
	}
}

// listOnce reads the tasks of a list and the active ones. It reports false if it lost
// its place.
func (r *waitingReader) listOnce(ctx context.Context, list, other string) (whole bool, err error) {
	k := r.keys
	keys := []string{list, other, k.Active(), k.Retry(), k.Archived()}
	for at, anchor := "-1", ""; ; {
		got, err := r.readList.Run(ctx, r.producer.client, keys, at, anchor, waitingStep, k.Task(""), lateArrivals).StringSlice()
		if err != nil {
			return false, err
		}
		const head = 3
		if len(got) < head {
			return false, fmt.Errorf("unexpected answer of a script: %q", got)
		}
		if err := r.emit(ctx, got[head:]); err != nil {
			return false, err
		}
		at, anchor = got[0], got[1]
		if at == "-1" && got[2] == "0" || got[2] == "1" {
			return got[2] == "1", nil
		}
	}
}

// emit hands on pairs of an id and when it was enqueued.
func (r *waitingReader) emit(ctx context.Context, pairs []string) error {
	var unclear []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if !campaign.ValidID(pairs[i]) {
			continue // no campaign has such an id: the task is not octoq's
		}
		if pairs[i+1] == "" {
			unclear = append(unclear, pairs[i])
			continue
		}
		at, err := strconv.ParseInt(pairs[i+1], 10, 64)
		if err != nil {
			return fmt.Errorf("task %s: %w", pairs[i], err)
		}
		r.each(pairs[i], at)
	}
	found, err := r.producer.Queued(ctx, r.account, unclear)
	for id, q := range found {
		if q.First.Campaign.ID == id { // else there is no campaign in it
			r.each(id, q.First.EnqueuedAt.UnixMilli())
		}
	}
	return err
}
