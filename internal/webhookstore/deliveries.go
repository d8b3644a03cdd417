package webhookstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/webhook"
)

// ErrDeliveryCursor says that a text is no cursor of deliveries.
var ErrDeliveryCursor = errors.New("is no cursor that a page gave")

// DeliveryPage is some deliveries of one state.
type DeliveryPage struct {
	Items []webhook.EventDelivery
	Next  string // the cursor of the next page, "" on the last
}

// Deliveries are at most limit deliveries of a state behind a cursor, "" at first. Those
// that wait come by campaign, in their order; others the latest first. The error may be
// ErrDeliveryCursor.
func (s *Store) Deliveries(ctx context.Context, id string, state webhook.DeliveryState, cursor string, limit int) (DeliveryPage, error) {
	members, err := s.members(ctx, id, state, cursor, limit)
	if err != nil || len(members) == 0 {
		return DeliveryPage{}, err
	}
	events := make([]string, len(members))
	for i, m := range members {
		events[i] = m[strings.LastIndexByte(m, ' ')+1:]
	}
	kept, err := s.rdb.HMGet(ctx, key.Webhook(id, deliveriesName), events...).Result()
	if err != nil {
		return DeliveryPage{}, fmt.Errorf("read deliveries of webhook %s: %w", id, err)
	}
	var page DeliveryPage
	for _, v := range kept {
		text, _ := v.(string)
		// One that has ended meanwhile is no longer of this state.
		if t, err := takenOf(text); err == nil && t.State == state {
			page.Items = append(page.Items, t.EventDelivery)
		}
	}
	if len(members) == limit {
		page.Next = base64.RawURLEncoding.EncodeToString([]byte(members[limit-1]))
	}
	return page, nil
}

// members are those of the sorted set of a state, behind a cursor.
func (s *Store) members(ctx context.Context, id string, state webhook.DeliveryState, cursor string, limit int) ([]string, error) {
	from, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, fmt.Errorf("%.64q %w", cursor, ErrDeliveryCursor)
	}
	by := redis.ZRangeArgs{Key: key.Webhook(id, orderName), Start: "-", Stop: "+", ByLex: true, Count: int64(limit)}
	if state != webhook.Waiting {
		by.Key, by.Start, by.Stop, by.Rev = key.Webhook(id, endedName(state)), "+", "-", true
	}
	if cursor != "" {
		by.Start = "(" + string(from)
	}
	members, err := s.rdb.ZRangeArgs(ctx, by).Result()
	if err != nil {
		return nil, fmt.Errorf("list deliveries of webhook %s: %w", id, err)
	}
	return members, nil
}

// endedName is where the events stand that have ended in a state.
func endedName(state webhook.DeliveryState) string {
	if state == webhook.Failed {
		return failedName
	}
	return deliveredName
}

// Redeliver lets an event be sent once more, or sooner if it waits, behind those of its
// campaign that came before it and wait. The error may be ErrNoDelivery.
func (s *Store) Redeliver(ctx context.Context, id, event string, now time.Time) (webhook.EventDelivery, error) {
	for range tries {
		kept, err := s.rdb.HGet(ctx, key.Webhook(id, deliveriesName), event).Result()
		if errors.Is(err, redis.Nil) {
			return webhook.EventDelivery{}, fmt.Errorf("event %.80q %w", event, ErrNoDelivery)
		}
		if err != nil {
			return webhook.EventDelivery{}, fmt.Errorf("look for event %.80q: %w", event, err)
		}
		t, err := takenOf(kept)
		if err != nil {
			return webhook.EventDelivery{}, err
		}
		again := t.Again()
		made, err := s.again(ctx, id, t, again, now)
		if made || err != nil {
			return again, err
		}
	}
	return webhook.EventDelivery{}, errContended
}

// again writes an event down as one that waits; it returns false if it is another one by now.
func (s *Store) again(ctx context.Context, id string, t Taken, becomes webhook.EventDelivery, now time.Time) (bool, error) {
	text, err := marshal(becomes)
	if err != nil {
		return false, err
	}
	made, err := s.scripts.again.Run(ctx, s.rdb, keys(id, deliveriesName, orderName, dueName, deliveredName, failedName), t.Event, t.Lane(), t.kept, text, millis(now)).Bool()
	if err != nil {
		return false, fmt.Errorf("send event %s again: %w", t.Event, err)
	}
	return made, nil
}
