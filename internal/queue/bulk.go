package queue

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/task"
)

// bulkSize is how many tasks one run of a script puts into a queue. Redis does
// nothing else meanwhile: it takes some 0.3 ms.
const bulkSize = 128

// What asynq's scripts do for one task, for many at once: the ids are looked up
// together, and listed together before the tasks are written, which cannot fail
// any more then. The answer are the numbers of those whose id is taken, by an
// earlier one of the same call too. Repeating a call changes nothing.
//
// KEYS: the list or sorted set of the queue, then each task's own key. ARGV: the
// channel to wake, or ""; where in a task's key its id begins.
const (
	luaFresh = `
local first, taken, fresh, ids, seen = tonumber(ARGV[2]), {}, {}, {}, {}
local none = redis.call('EXISTS', unpack(KEYS, 2)) == 0
for i = 2, #KEYS do
  local k = KEYS[i]
  if seen[k] or not none and redis.call('EXISTS', k) == 1 then
    taken[#taken + 1] = i - 1
  else
    seen[k] = true
    fresh[#fresh + 1] = i
    ids[#ids + 1] = string.sub(k, first)
  end
end
`
	luaTold = `
if ARGV[1] ~= '' then redis.pcall('PUBLISH', ARGV[1], '') end
return taken
`
	// Then the time in nanoseconds and each task's message.
	luaPut = luaFresh + `
if #ids > 0 then redis.call('LPUSH', KEYS[1], unpack(ids)) end
for _, i in ipairs(fresh) do
  redis.call('HSET', KEYS[i], 'msg', ARGV[i + 2], 'state', 'pending', 'pending_since', ARGV[3])
end
` + luaTold
	// Then each task's message and when it is due, in seconds.
	luaPutLater = luaFresh + `
for n, i in ipairs(fresh) do
  redis.call('ZADD', KEYS[1], ARGV[i * 2], ids[n])
  redis.call('HSET', KEYS[i], 'msg', ARGV[i * 2 - 1], 'state', 'scheduled')
end
` + luaTold
)

// Batch is a number of tasks on their way into their queues.
type Batch struct {
	items []Item
	errs  []error
	puts  []*put
}

// put is one run of a script: one of octoq's, for up to bulkSize tasks of one
// queue, or one of asynq's own for a single task.
type put struct {
	call
	queue string
	bulk  bool
	at    []int // the places of its tasks in the batch
}

// wake has the script tell that there is work in the queue.
func (u *put) wake(s *scripts) {
	if u.bulk {
		u.args[0] = key.Wake(u.queue)
	} else {
		u.call = u.waking(s, key.Wake(u.queue))
	}
}

// taken are the places in the batch of those whose ids were taken.
func (u *put) taken(cmd *redis.Cmd) ([]int, error) {
	if !u.bulk {
		n, err := cmd.Int64()
		if err != nil || n != 0 {
			return nil, err
		}
		return u.at, nil
	}
	numbers, err := cmd.Int64Slice()
	if err != nil {
		return nil, err
	}
	var at []int
	for _, n := range numbers {
		if n < 1 || n > int64(len(u.at)) {
			return nil, fmt.Errorf("unexpected answer of a script: %d", n)
		}
		at = append(at, u.at[n-1])
	}
	return at, nil
}

// Prepare encodes tasks for Send. It asks Redis for nothing, but tells it once
// of each queue that is new to the producer.
func (p *Producer) Prepare(ctx context.Context, items []Item) *Batch {
	b := &builder{producer: p, now: time.Now(), batch: &Batch{items: items, errs: make([]error, len(items))}}
	for i := range items {
		if err := b.add(ctx, i, &items[i]); err != nil {
			b.batch.errs[i] = err
		}
	}
	b.wake()
	return b.batch
}

// builder makes a batch.
type builder struct {
	producer *Producer
	now      time.Time
	batch    *Batch
	lanes    []*lane
	payload  []byte // used again and again
}

// lane is one queue, and the runs that take its further tasks.
type lane struct {
	account    string
	stage      campaign.Stage
	names      names
	template   *template
	now, later *put
}

func (b *builder) add(ctx context.Context, i int, item *Item) error {
	id, payload, err := task.Append(b.payload[:0], &item.Task)
	if err != nil {
		return err
	}
	b.payload = payload
	l, err := b.lane(ctx, item.Task.Account, item.Task.Step.Stage)
	if err != nil {
		return fmt.Errorf("enqueue campaign %s: %w", name(item.Task), err)
	}
	if l.template == nil {
		return b.asAsynqDoes(ctx, i, item, l, id, payload)
	}
	at := b.due(item)
	u := b.bulk(l, at.After(b.now))
	u.at = append(u.at, i)
	u.keys = append(u.keys, l.names.task(id))
	u.args = append(u.args, l.template.message(make([]byte, 0, l.template.size(id, payload)), id, payload))
	if u.kind == kindSchedule {
		u.args = append(u.args, at.Unix())
	}
	return nil
}

func (b *builder) lane(ctx context.Context, account string, stage campaign.Stage) (*lane, error) {
	for _, l := range b.lanes {
		if l.account == account && l.stage == stage {
			return l, nil
		}
	}
	queue := key.Queue(account, stage)
	t, err := b.producer.template(ctx, queue, task.TypeName(stage))
	if err != nil {
		return nil, err
	}
	l := &lane{account: account, stage: stage, names: namesOf(queue), template: t}
	b.lanes = append(b.lanes, l)
	return l, nil
}

// due is when a task is due in whole seconds. What has passed is due now: it is
// not rounded up into the future.
func (b *builder) due(item *Item) time.Time {
	if !item.At.After(b.now) {
		return time.Time{}
	}
	return ceilSecond(item.At)
}

// asAsynqDoes enqueues a task through asynq's own client.
func (b *builder) asAsynqDoes(ctx context.Context, i int, item *Item, l *lane, id string, payload []byte) error {
	t := asynq.NewTask(task.TypeName(l.stage), bytes.Clone(payload))
	c, err := collect(ctx, &b.producer.scripts, t, taskOptions(l.names.queue, id, b.due(item))...)
	if err != nil {
		return fmt.Errorf("enqueue campaign %s: %w", name(item.Task), err)
	}
	u := &put{call: c, queue: l.names.queue, at: []int{i}}
	u.call = u.waking(&b.producer.scripts, "")
	b.batch.puts = append(b.batch.puts, u)
	return nil
}

// bulk is the run that takes the next task of a lane.
func (b *builder) bulk(l *lane, later bool) *put {
	open, kind := &l.now, kindEnqueue
	if later {
		open, kind = &l.later, kindSchedule
	}
	if *open == nil || len((*open).at) == bulkSize {
		*open = b.begin(l.names, kind)
	}
	return *open
}

func (b *builder) begin(n names, kind kind) *put {
	size := min(bulkSize, len(b.batch.items))
	u := &put{queue: n.queue, bulk: true, at: make([]int, 0, size), call: call{
		kind: kind, script: b.producer.put, keys: append(make([]string, 0, size+1), n.pending()),
		args: append(make([]any, 0, 2*size+3), "", strconv.Itoa(len(n.task(""))+1)),
	}}
	if kind == kindSchedule {
		u.script, u.keys[0] = b.producer.putLater, n.scheduled()
	} else {
		u.args = append(u.args, strconv.FormatInt(b.now.UnixNano(), 10))
	}
	b.batch.puts = append(b.batch.puts, u)
	return u
}

// wake has the last run of each queue with tasks that are due now tell so:
// nobody is told before there is something, and nothing is put there untold.
func (b *builder) wake() {
	told := map[string]bool{}
	for i := len(b.batch.puts) - 1; i >= 0; i-- {
		if u := b.batch.puts[i]; u.kind == kindEnqueue && !told[u.queue] {
			told[u.queue] = true
			u.wake(&b.producer.scripts)
		}
	}
}

// SendError is an error of tasks that were on their way to Redis: they may be
// there. Those that could not be encoded, say, have other errors.
type SendError struct{ Err error }

func (e *SendError) Error() string { return e.Err.Error() }

// Unwrap is what Redis or the network said.
func (e *SendError) Unwrap() error { return e.Err }

// Send puts the tasks of a batch into their queues; the errors are those of
// Enqueue, and those of sending are SendErrors.
func (p *Producer) Send(ctx context.Context, b *Batch) []error {
	calls := make([]call, len(b.puts))
	for i, u := range b.puts {
		calls[i] = u.call
	}
	var taken []int
	for i, cmd := range send(ctx, p.client, calls) {
		at, err := b.puts[i].taken(cmd)
		if err != nil {
			b.fail(b.puts[i].at, err)
			continue
		}
		for _, n := range at {
			if b.items[n].Task.First != nil {
				taken = append(taken, n)
			}
		}
	}
	p.settle(ctx, b.items, taken, b.errs)
	return b.errs
}

func (b *Batch) fail(at []int, err error) {
	for _, n := range at {
		b.errs[n] = fmt.Errorf("enqueue campaign %s: %w", name(b.items[n].Task), &SendError{err})
	}
}
