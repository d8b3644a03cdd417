package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/key"
)

// outbox is how far an account's outbox was copied, as the stream's Redis has it.
type outbox struct {
	account string
	kept    string   // what is kept of it, for the next write to be compared with
	from    position // where to read on

	next    time.Time     // when it is looked at again
	pause   time.Duration // until then
	checked time.Time     // when the run was looked at
	pending bool          // something was copied that may still be there
}

// keeps is what is kept of an outbox: where it was read to, and under which run of the
// stream's Redis that was written.
func keeps(to position, hubRun string) string { return to.String() + "." + hubRun }

// newOutbox is an outbox with its kept position, "" for none.
func newOutbox(account, kept, hubRun string) (*outbox, error) {
	o := &outbox{account: account, kept: kept, from: position{id: start}}
	if kept == "" {
		return o, nil
	}
	i := strings.LastIndexByte(kept, '.')
	from, err := parsePosition(kept[:max(i, 0)])
	if err != nil {
		return nil, fmt.Errorf("read how far the events of account %s were copied: %w", account, err)
	}
	// Under another run the stream may have forgotten what was copied last.
	from.id = position{from.id, kept[i+1:]}.under(hubRun).id
	o.from, o.pending = from, true
	return o, nil
}

// copyDue copies from every outbox whose time has come and that has something. One that
// cannot be read keeps no other.
func (r *Relay) copyDue(ctx context.Context, now time.Time) error {
	due, err := r.due(ctx, now)
	faults := []error{err}
	for _, o := range due {
		n, err := r.copyFrom(ctx, o)
		if err != nil {
			faults = append(faults, fmt.Errorf("copy the events of account %s: %w", o.account, err))
		}
		if o.checked = now; n > 0 {
			o.pause, o.next = copyEvery, now.Add(copyEvery)
		}
	}
	return errors.Join(faults...)
}

// due are the outboxes that have something, or whose Redis may be another one. The
// longer one has had nothing, the less often it is looked at.
func (r *Relay) due(ctx context.Context, now time.Time) ([]*outbox, error) {
	changed, err := r.changed(ctx, now)
	if err != nil {
		return nil, err
	}
	var looked []*outbox
	for _, o := range r.outboxes {
		if !now.Before(o.next) {
			o.pause = min(2*max(o.pause, copyEvery/2), copyIdle)
			o.next = now.Add(o.pause)
			looked = append(looked, o)
		}
	}
	has, err := r.look(ctx, looked)
	return slices.DeleteFunc(looked, func(o *outbox) bool { return !has[o] && !changed(o) }), err
}

// changed reports of which outboxes the Redis may be another one since they were read last.
func (r *Relay) changed(ctx context.Context, now time.Time) (func(*outbox) bool, error) {
	if r.apart {
		return func(o *outbox) bool { return now.Sub(o.checked) >= checkEvery }, nil
	}
	if now.Sub(r.checked) >= checkEvery {
		run, err := r.scripts.run.Run(ctx, r.rdb, []string{key.HubEvents}).Text()
		if err != nil {
			return nil, fmt.Errorf("look for the run of Redis: %w", err)
		}
		r.current, r.checked = run, now
	}
	return func(o *outbox) bool { return o.from.run != r.current }, nil
}

// lookedAtOnce is in how many outboxes one command looks for events.
const lookedAtOnce = 100

// look reports which of some outboxes have something.
func (r *Relay) look(ctx context.Context, outboxes []*outbox) (map[*outbox]bool, error) {
	if len(outboxes) == 0 {
		return nil, nil
	}
	size := lookedAtOnce
	if r.apart {
		size = 1
	}
	pipe := r.rdb.Pipeline()
	byKey := make(map[string]*outbox, len(outboxes))
	var answers []*redis.XStreamSliceCmd
	for some := range slices.Chunk(outboxes, size) {
		var keys, ids []string
		for _, o := range some {
			k := key.Outbox(o.account)
			byKey[k] = o
			keys, ids = append(keys, k), append(ids, o.from.id)
		}
		answers = append(answers, pipe.XRead(ctx, &redis.XReadArgs{Streams: append(keys, ids...), Count: 1, Block: -1}))
	}
	_, _ = pipe.Exec(ctx) // each answer has its error
	has := map[*outbox]bool{}
	var faults []error
	for _, answer := range answers {
		found, err := answer.Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			faults = append(faults, fmt.Errorf("look for events: %w", err))
		}
		for _, stream := range found {
			has[byKey[stream.Stream]] = true
		}
	}
	return has, errors.Join(faults...)
}

// oldest is the first entry that stays in the outbox.
func (o *outbox) oldest(now time.Time) string {
	if id := idAt(now.Add(-outboxLasts)); isBefore(id, o.from.id) {
		return id
	}
	return o.from.id
}

// copyFrom copies a batch, and returns how much that was.
func (r *Relay) copyFrom(ctx context.Context, o *outbox) (int, error) {
	run, entries, err := r.read(ctx, o)
	if err != nil {
		return 0, err
	}
	var events []event.Event
	if o.from.run != "" && o.from.run != run {
		events = append(events, event.OfRun(o.account, o.from.run, run))
		o.from = o.from.under(run)
		if run, entries, err = r.read(ctx, o); err != nil {
			return 0, err
		}
	}
	to := position{o.from.id, run}
	for _, entry := range entries {
		e, err := eventOf(entry)
		if err != nil {
			return 0, err
		}
		events, to.id = append(events, e), entry.ID
	}
	if len(events) == 0 && to == o.from {
		return 0, nil
	}
	return len(events), r.write(ctx, o, to, events)
}

// read reads a batch of an outbox, and the run that it is read under.
func (r *Relay) read(ctx context.Context, o *outbox) (run string, entries []redis.XMessage, err error) {
	answer, err := r.scripts.outbox.Run(ctx, r.rdb, []string{key.Outbox(o.account)}, o.from.id, batch).Slice()
	if err != nil {
		return "", nil, err
	}
	if len(answer) != 2 {
		return "", nil, fmt.Errorf("unexpected answer of a script: %v", answer)
	}
	run, _ = answer[0].(string)
	entries, err = entriesOf(answer[1])
	return run, entries, err
}

// write adds events to the stream, and notes how far the outbox was copied. Where
// another relay was quicker, it is read again what that has noted.
func (r *Relay) write(ctx context.Context, o *outbox, to position, events []event.Event) error {
	now := time.Now().UTC()
	kept := keeps(to, r.run)
	args := []any{o.account, o.kept, kept}
	for _, e := range events {
		if e.At.IsZero() {
			e.At = now
		}
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		args = append(args, string(b))
	}
	run, err := r.scripts.copy.Run(ctx, r.rdb, []string{key.HubEvents, key.HubCopied}, args...).Text()
	if errors.Is(err, redis.Nil) || err == nil && run != r.run {
		r.leads = false // another relay has copied, or another Redis: it begins again
		return nil
	}
	if err != nil {
		return err
	}
	o.kept, o.from, o.pending = kept, to, true
	return nil
}
