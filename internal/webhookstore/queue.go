package webhookstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/webhook"
)

// Backlog is how far a webhook has come.
type Backlog struct {
	Cursor  string // behind the last event that was queued
	Waiting int    // how many events wait
	// FailingSince is when the first attempt failed behind which none succeeded.
	FailingSince time.Time
}

// Backlog reads how far a webhook has come.
func (s *Store) Backlog(ctx context.Context, id string) (Backlog, error) {
	pipe := s.rdb.Pipeline()
	meta := pipe.HMGet(ctx, key.Webhook(id, metaName), "cursor", "failing")
	waiting := pipe.ZCard(ctx, key.Webhook(id, orderName))
	_, err := pipe.Exec(ctx)
	b := Backlog{Waiting: int(waiting.Val())}
	if values := meta.Val(); err == nil && len(values) == 2 {
		b.Cursor, _ = values[0].(string)
		if since, _ := values[1].(string); since != "" {
			b.FailingSince, err = timeOfMillis(since)
		}
	}
	if err != nil {
		return Backlog{}, fmt.Errorf("look at webhook %s: %w", id, err)
	}
	return b, nil
}

// Feed queues events and moves the cursor from one place to the next, both or neither.
// It returns false where another process has moved the cursor, or the webhook is gone.
func (s *Store) Feed(ctx context.Context, id, from, to string, now time.Time, events []webhook.EventDelivery) (bool, error) {
	args := []any{id, from, to, millis(now)}
	for _, d := range events {
		text, err := marshal(d)
		if err != nil {
			return false, err
		}
		args = append(args, d.Event, d.Lane(), text)
	}
	n, err := s.scripts.feed.Run(ctx, s.rdb, append([]string{key.Webhooks}, keys(id, metaName, deliveriesName, orderName, dueName)...), args...).Int()
	if err != nil {
		return false, fmt.Errorf("queue events for webhook %s: %w", id, err)
	}
	return n == 1, nil
}

// Taken is an event that was taken to be sent.
type Taken struct {
	webhook.EventDelivery
	kept string // as it stands in Redis
}

// headLength is what stands in Redis before a delivery: sequence and time of its end.
const headLength = 32

func takenOf(kept string) (Taken, error) {
	t := Taken{kept: kept}
	if len(kept) < headLength {
		return t, fmt.Errorf("unexpected delivery %.100q", kept)
	}
	return t, json.Unmarshal([]byte(kept[headLength:]), &t.EventDelivery)
}

func marshal(d webhook.EventDelivery) (string, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("write down event %s: %w", d.Event, err)
	}
	return string(b), nil
}

// Take takes events that are due, the first of each lane, until a moment. next is when
// another one is due, zero if none waits. What cannot be read is left out.
func (s *Store) Take(ctx context.Context, id string, now, until time.Time, most int) (taken []Taken, next time.Time, err error) {
	answer, err := s.scripts.take.Run(ctx, s.rdb, keys(id, deliveriesName, orderName, dueName), millis(now), millis(until), most).Slice()
	if err == nil && len(answer) != 2 {
		err = fmt.Errorf("unexpected answer of a script: %v", answer)
	}
	if err != nil {
		return nil, next, fmt.Errorf("take events of webhook %s: %w", id, err)
	}
	if text, _ := answer[0].(string); text != "" {
		if next, err = timeOfMillis(text); err != nil {
			return nil, next, fmt.Errorf("take events of webhook %s: %w", id, err)
		}
	}
	var faults []error
	events, _ := answer[1].([]any)
	for i := 0; i+1 < len(events); i += 2 {
		kept, _ := events[i+1].(string)
		t, err := takenOf(kept)
		if err != nil {
			faults = append(faults, fmt.Errorf("take event %v of webhook %s: %w", events[i], id, err))
			continue
		}
		taken = append(taken, t)
	}
	return taken, next, errors.Join(faults...)
}

// Settlement is what settling an event came to.
type Settlement struct {
	Done bool // false: another process has settled it, or it is kept no longer
	// FailingSince is when the first attempt failed behind which none succeeded.
	FailingSince time.Time
}

// Settle writes down what became of an event that was taken.
func (s *Store) Settle(ctx context.Context, id string, t Taken, becomes webhook.EventDelivery, now time.Time) (Settlement, error) {
	text, err := marshal(becomes)
	if err != nil {
		return Settlement{}, err
	}
	of := append([]string{key.Webhooks}, keys(id, metaName, deliveriesName, orderName, dueName, deliveredName, failedName)...)
	since, err := s.scripts.settle.Run(ctx, s.rdb, of, id, t.Event, t.Lane(), t.kept, text, string(becomes.State),
		millis(now), millis(becomes.NextAt), maxDelivered, maxFailed, millis(now.Add(-s.keep))).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return Settlement{}, nil
	case err != nil:
		return Settlement{}, fmt.Errorf("note what became of event %s for webhook %s: %w", t.Event, id, err)
	case since == "":
		return Settlement{Done: true}, nil
	}
	at, err := timeOfMillis(since)
	return Settlement{Done: true, FailingSince: at}, err
}

// Release lets an event that was taken be taken again at once.
func (s *Store) Release(ctx context.Context, id string, t Taken, now time.Time) error {
	err := s.scripts.release.Run(ctx, s.rdb, keys(id, deliveriesName, dueName), t.Event, t.Lane(), t.kept, millis(now)).Err()
	if err != nil {
		return fmt.Errorf("put event %s of webhook %s back: %w", t.Event, id, err)
	}
	return nil
}
