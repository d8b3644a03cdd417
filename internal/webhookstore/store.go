package webhookstore

import (
	"cmp"
	"context"
	_ "embed" // the scripts' text
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/webhook"
)

var (
	//go:embed lua/change.lua
	changeLua string
	//go:embed lua/feed.lua
	feedLua string
	//go:embed lua/take.lua
	takeLua string
	//go:embed lua/settle.lua
	settleLua string
	//go:embed lua/again.lua
	againLua string
	//go:embed lua/release.lua
	releaseLua string
)

// What may be wrong with what is asked for.
var (
	ErrNoWebhook  = errors.New("is not there")
	ErrNoDelivery = errors.New("is not among what is kept of this webhook")
	ErrTooMany    = errors.New("as many webhooks as octoq keeps are there already")
	errContended  = errors.New("others change this webhook all the time: try again")
)

const (
	// MaxWebhooks is how many there may be.
	MaxWebhooks = 50
	// MaxWaiting is how many events of one webhook wait in its queue. Later ones wait in
	// the stream of events.
	MaxWaiting = 20_000
	// maxDelivered and maxFailed are how many events of a webhook are kept that have ended.
	maxDelivered = 1_000
	maxFailed    = 20_000
	// tries is how often a change is decided again.
	tries = 10
)

// Store keeps webhooks. It may be used by many goroutines at once.
type Store struct {
	rdb     redis.UniversalClient
	keep    time.Duration
	scripts scripts
}

// scripts are what a Store runs. Each may be repeated when its reply was lost.
type scripts struct{ change, feed, take, settle, again, release *redis.Script }

// New makes a Store that keeps events that were given up for a while. The client stays
// the caller's to close.
func New(rdb redis.UniversalClient, keep time.Duration) *Store {
	return &Store{rdb: rdb, keep: keep, scripts: scripts{
		change: redis.NewScript(changeLua), feed: redis.NewScript(feedLua), take: redis.NewScript(takeLua),
		settle: redis.NewScript(settleLua), again: redis.NewScript(againLua), release: redis.NewScript(releaseLua),
	}}
}

// The names of a webhook's keys.
const (
	metaName       = "meta"
	deliveriesName = "deliveries"
	orderName      = "order"
	dueName        = "due"
	deliveredName  = "delivered"
	failedName     = "failed"
)

// keys are some keys of a webhook.
func keys(id string, names ...string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = key.Webhook(id, name)
	}
	return all
}

// All are the webhooks, the oldest first. With an error they are those that can be read.
func (s *Store) All(ctx context.Context) ([]webhook.Webhook, error) {
	kept, err := s.rdb.HVals(ctx, key.Webhooks).Result()
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	all := make([]webhook.Webhook, 0, len(kept))
	var faults []error
	for _, text := range kept {
		var w webhook.Webhook
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			faults = append(faults, fmt.Errorf("read a webhook: %w", err))
			continue
		}
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b webhook.Webhook) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, errors.Join(faults...)
}

// Get finds a webhook. The error may be ErrNoWebhook.
func (s *Store) Get(ctx context.Context, id string) (webhook.Webhook, error) {
	w, _, err := s.get(ctx, id)
	return w, err
}

// get is Get, with the webhook as it is kept.
func (s *Store) get(ctx context.Context, id string) (w webhook.Webhook, kept string, err error) {
	kept, err = s.rdb.HGet(ctx, key.Webhooks, id).Result()
	if errors.Is(err, redis.Nil) {
		return w, "", fmt.Errorf("webhook %.40q %w", id, ErrNoWebhook)
	}
	if err == nil {
		err = json.Unmarshal([]byte(kept), &w)
	}
	if err != nil {
		return w, "", fmt.Errorf("read webhook %.40q: %w", id, err)
	}
	return w, kept, nil
}

// Add keeps a new webhook, which is sent the events behind a cursor. The error may be
// ErrTooMany.
func (s *Store) Add(ctx context.Context, w webhook.Webhook, cursor string) error {
	made, err := s.change(ctx, w.ID, webhookEdit{to: &w, cursor: cursor})
	if err == nil && !made {
		err = fmt.Errorf("webhook %s is there already", w.ID)
	}
	return err
}

// Change makes another webhook of one; do may be called several times. Where it becomes
// enabled, or gets another URL, all that waits is due at once. The error may be ErrNoWebhook, or that of do.
func (s *Store) Change(ctx context.Context, id string, now time.Time, do func(*webhook.Webhook) error) (webhook.Webhook, error) {
	for range tries {
		w, kept, err := s.get(ctx, id)
		if err != nil {
			return w, err
		}
		was := w
		if err := do(&w); err != nil {
			return w, err
		}
		e := webhookEdit{from: kept, to: &w}
		if w.Enabled && (!was.Enabled || w.URL != was.URL) {
			e.dueAt = millis(now)
		}
		if made, err := s.change(ctx, id, e); made || err != nil {
			return w, err
		}
	}
	return webhook.Webhook{}, errContended
}

// Disable switches a webhook off, with an event that says so, if it is as it was read.
func (s *Store) Disable(ctx context.Context, id string, now time.Time, e event.Event) error {
	w, kept, err := s.get(ctx, id)
	if errors.Is(err, ErrNoWebhook) || err == nil && !w.Enabled {
		return nil
	}
	if err != nil {
		return err
	}
	w.Enabled, w.DisabledAt = false, now
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, id, webhookEdit{from: kept, to: &w, event: string(text)})
	return err
}

// Remove removes a webhook, and all that is kept of it. The error may be ErrNoWebhook.
func (s *Store) Remove(ctx context.Context, id string) error {
	for range tries {
		_, kept, err := s.get(ctx, id)
		if err != nil {
			return err
		}
		if made, err := s.change(ctx, id, webhookEdit{from: kept}); made || err != nil {
			return err
		}
	}
	return errContended
}

// webhookEdit is a change of one webhook.
type webhookEdit struct {
	from   string           // what is kept of it, "" if it is new
	to     *webhook.Webhook // nil removes it
	cursor string           // of a new one
	dueAt  string           // if all that waits is due then
	event  string           // that is written along
}

// change makes a change, and returns false if the webhook is another one by now.
func (s *Store) change(ctx context.Context, id string, e webhookEdit) (bool, error) {
	to := ""
	if e.to != nil {
		b, err := json.Marshal(e.to)
		if err != nil {
			return false, err
		}
		to = string(b)
	}
	of := append([]string{key.Webhooks}, keys(id, metaName, deliveriesName, orderName, dueName, deliveredName, failedName)...)
	n, err := s.scripts.change.Run(ctx, s.rdb, append(of, key.HubEvents), id, e.from, to, e.cursor, e.dueAt, e.event, MaxWebhooks).Int()
	switch {
	case err != nil:
		return false, fmt.Errorf("write webhook %s: %w", id, err)
	case n < 0:
		return false, ErrTooMany
	default:
		return n == 1, nil
	}
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func timeOfMillis(text string) (time.Time, error) {
	ms, err := strconv.ParseFloat(text, 64) // as Redis writes a score
	return time.UnixMilli(int64(ms)).UTC(), err
}
