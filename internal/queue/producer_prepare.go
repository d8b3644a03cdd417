package queue

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/task"
)

// Prepare encodes tasks for Send. It asks Redis for nothing, but adds each queue
// that is new to the producer to asynq's set of queues.
func (p *Producer) Prepare(ctx context.Context, items []Item) *Batch {
	b := &batchBuilder{producer: p, now: time.Now(), batch: &Batch{items: items, errs: make([]error, len(items))}}
	for i := range items {
		if err := b.add(ctx, i, &items[i]); err != nil {
			b.batch.errs[i] = err
		}
	}
	b.wake()
	return b.batch
}

// batchBuilder makes a batch.
type batchBuilder struct {
	producer *Producer
	now      time.Time
	batch    *Batch
	targets  []*target
	payload  []byte // used again and again
}

// target is a queue, with the runs that its next tasks are added to.
type target struct {
	account  string
	stage    campaign.Stage
	keys     asynqwire.Keys
	template *asynqwire.Template
	runs     map[putForm]*scriptRun
}

// putForm says by which of octoq's scripts a task is put.
type putForm struct{ alert, later bool }

func (b *batchBuilder) add(ctx context.Context, i int, item *Item) error {
	id, payload, err := task.Append(b.payload[:0], &item.Task)
	if err != nil {
		return err
	}
	b.payload = payload
	t, err := b.target(ctx, item.Task.Account, item.Task.Step.Stage)
	if err != nil {
		return fmt.Errorf("enqueue campaign %s: %w", campaignName(item.Task), err)
	}
	if t.template == nil {
		return b.viaAsynqClient(ctx, i, item, t, id, payload)
	}
	due := b.due(item)
	r := b.runOf(t, putForm{alert: item.first(), later: due.After(b.now)})
	r.inBatch = append(r.inBatch, i)
	r.Add(t.keys.Task(id), t.template.Message(id, payload), due)
	return nil
}

func (b *batchBuilder) target(ctx context.Context, account string, stage campaign.Stage) (*target, error) {
	for _, t := range b.targets {
		if t.account == account && t.stage == stage {
			return t, nil
		}
	}
	queue := key.Queue(account, stage)
	template, err := b.producer.template(ctx, queue, task.TypeName(stage))
	if err != nil {
		return nil, err
	}
	t := &target{account: account, stage: stage, keys: asynqwire.KeysOf(queue), template: template, runs: map[putForm]*scriptRun{}}
	b.targets = append(b.targets, t)
	return t, nil
}

// due is when a task is due in whole seconds. What has passed is due now: it is
// not rounded up into the future.
func (b *batchBuilder) due(item *Item) time.Time {
	if !item.At.After(b.now) {
		return time.Time{}
	}
	return ceilSecond(item.At)
}

// viaAsynqClient adds a task by what asynq's own client would run for it.
func (b *batchBuilder) viaAsynqClient(ctx context.Context, i int, item *Item, t *target, id string, payload []byte) error {
	call, err := asynqwire.CallOf(ctx, &b.producer.scripts, asynqwire.TaskSpec{
		Queue: t.keys.Queue, Type: task.TypeName(t.stage), ID: id, Payload: bytes.Clone(payload), At: b.due(item),
	})
	if err != nil {
		return fmt.Errorf("enqueue campaign %s: %w", campaignName(item.Task), err)
	}
	r := &scriptRun{queue: t.keys.Queue, ofAsynq: true, inBatch: []int{i}}
	r.ScriptCall = call.Waking(&b.producer.scripts, "")
	b.batch.runs = append(b.batch.runs, r)
	return nil
}

// runOf is the run that takes the next task of a target.
func (b *batchBuilder) runOf(t *target, f putForm) *scriptRun {
	open := t.runs[f]
	if open == nil || len(open.inBatch) == asynqwire.PutLimit {
		open = b.begin(t.keys, f)
		t.runs[f] = open
	}
	return open
}

func (b *batchBuilder) begin(k asynqwire.Keys, f putForm) *scriptRun {
	size := min(asynqwire.PutLimit, len(b.batch.items))
	r := &scriptRun{queue: k.Queue, alert: f.alert, inBatch: make([]int, 0, size)}
	switch puts := b.producer.puts; {
	case f.alert && f.later:
		r.Put = puts.AlertsLater(k, size)
	case f.alert:
		r.Put = puts.AlertsNow(k, key.Alerts(k.Queue), b.now, size)
	case f.later:
		r.Put = puts.Later(k, size)
	default:
		r.Put = puts.Now(k, b.now, size)
	}
	b.batch.runs = append(b.batch.runs, r)
	return r
}

// wake has the last run of each list that gets tasks due now publish the wake-up,
// so workers never wake too early.
func (b *batchBuilder) wake() {
	type list struct {
		queue  string
		alerts bool
	}
	woken := map[list]bool{}
	for i := len(b.batch.runs) - 1; i >= 0; i-- {
		r := b.batch.runs[i]
		if l := (list{r.queue, r.alert}); r.Kind == asynqwire.KindEnqueue && !woken[l] {
			woken[l] = true
			r.wake(&b.producer.scripts)
		}
	}
}
