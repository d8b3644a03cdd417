package limit

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
)

// What is published on key.Released.
const (
	messageSlot = "slot" // a slot is free
	messageCool = "cool" // a cool-down was set or lengthened
	messageHold = "hold" // the hold has changed
)

// subscriber passes on what is published for an account until ctx ends.
type subscriber func(ctx context.Context, heard func(message string))

// subscription subscribes to what is published for an account. Messages may be
// lost (a broken connection): they only save the wait for the next poll.
func subscription(rdb redis.UniversalClient, account string) subscriber {
	return func(ctx context.Context, heard func(message string)) {
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
				heard(m.Payload)
			}
		}
	}
}
