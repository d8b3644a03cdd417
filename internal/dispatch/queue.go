package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// queue is one webhook, as the dispatcher has it.
type queue struct {
	hook  webhook.Webhook
	known bool // how far it has come, below
	webhookstore.Backlog
	next time.Time // when to look again for what is due

	mu    sync.Mutex
	lanes map[string]bool // those with a request under way
	ended bool            // a request has, so another event of its lane may be due
}

func newQueue(id string) *queue {
	return &queue{hook: webhook.Webhook{ID: id}, lanes: map[string]bool{}}
}

// refresh notes what the webhook is now. What waits is counted again, and looked at:
// an admin may have asked for an event once more.
func (q *queue) refresh(w webhook.Webhook) { q.hook, q.known, q.next = w, false, time.Time{} }

// serve queues and sends what there is for one webhook.
func (d *Dispatcher) serve(ctx context.Context, q *queue, now time.Time) error {
	if !q.known {
		backlog, err := d.Store.Backlog(ctx, q.hook.ID)
		if err != nil {
			return err
		}
		q.Backlog, q.known = backlog, true
		d.Metrics.Waiting(q.hook.ID, q.Waiting)
	}
	if !q.hook.Enabled {
		return nil
	}
	return errors.Join(d.feed(ctx, q, now), d.send(ctx, q, now))
}

// feed queues the next events that the webhook is for.
func (d *Dispatcher) feed(ctx context.Context, q *queue, now time.Time) error {
	room := min(feedStep, webhookstore.MaxWaiting-q.Waiting)
	if q.Cursor == d.end || room <= 0 {
		return nil
	}
	page, err := d.Events.Read(ctx, q.Cursor, hub.Filter{Accounts: q.hook.Accounts, Types: q.hook.Types}, room, 0)
	if gone, ok := errors.AsType[*hub.GoneError](err); ok {
		d.report(fmt.Errorf("webhook %s: some events were removed before they were read, see OCTOQ_EVENTS_KEEP: it goes on from the oldest", q.hook.ID))
		page, err = hub.EventPage{Next: gone.Oldest}, nil
	}
	if err != nil || page.Next == q.Cursor {
		return err
	}
	fed := make([]webhook.EventDelivery, len(page.Events))
	for i, e := range page.Events {
		if fed[i], err = webhook.NewDelivery(e); err != nil {
			return err
		}
	}
	moved, err := d.Store.Feed(ctx, q.hook.ID, q.Cursor, page.Next, now, fed)
	if err != nil || !moved {
		q.known = false
		return err
	}
	if q.Cursor, q.Waiting = page.Next, q.Waiting+len(fed); len(fed) > 0 {
		q.next = time.Time{}
		d.again() // there may be more
	}
	return nil
}

// send takes what is due, as much as may be under way at once, and sends it.
func (d *Dispatcher) send(ctx context.Context, q *queue, now time.Time) error {
	free, ended := q.free()
	if free <= 0 || now.Before(q.next) && !ended {
		return nil
	}
	if _, err := d.Key.Secrets(q.hook, now); err != nil {
		return err // what waits goes on when the key is there again
	}
	taken, next, err := d.Store.Take(ctx, q.hook.ID, now, now.Add(takenFor), free)
	if q.next = next; next.IsZero() {
		q.next = now.Add(listEvery)
	}
	for _, t := range taken {
		if !q.begin(t.Lane()) {
			continue // this process is sending it
		}
		hook := q.hook
		d.sending.Go(func() {
			defer d.again()
			defer q.end(t.Lane())
			if err := d.attempt(ctx, hook, t); err != nil {
				d.report(err)
			}
		})
	}
	return err
}

// free is how many requests may be made now, and whether one has ended since.
func (q *queue) free() (n int, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, ended = perWebhook-len(q.lanes), q.ended
	q.ended = ended && n <= 0
	return n, ended
}

// begin reports false if a request of a lane is under way.
func (q *queue) begin(lane string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.lanes[lane] {
		return false
	}
	q.lanes[lane] = true
	return true
}

func (q *queue) end(lane string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.lanes, lane)
	q.ended = true
}
