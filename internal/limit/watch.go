package limit

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
)

// What is published on key.Released.
const (
	noteSlot = "slot" // a slot is free
	noteCool = "cool" // a cool-down was set or lengthened
	noteHold = "hold" // the hold has changed
)

// watcher listens to what is published for an account. Messages may be lost
// (a broken connection): they only save the wait for the next poll.
func watcher(rdb redis.UniversalClient, account string) func(context.Context, func(string)) {
	return func(ctx context.Context, note func(string)) {
		sub := rdb.Subscribe(ctx, key.Released(account))
		defer func() { _ = sub.Close() }()
		messages := sub.Channel()
		for {
			select {
			case <-ctx.Done():
				return
			case m, ok := <-messages:
				if !ok {
					return
				}
				note(m.Payload)
			}
		}
	}
}
