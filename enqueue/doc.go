// Package enqueue is for producers: it puts campaigns into Redis, from where
// workers take them, and finds them again.
//
//	client, err := enqueue.New(enqueue.Config{RedisURL: url})
//	if err != nil { ... }
//	defer client.Close()
//	receipt, err := client.Enqueue(ctx, campaign.Campaign{...})
//
// A campaign's ID is the producer's idempotency key: enqueueing a known one
// again changes nothing and returns campaign.ErrDuplicate, also long after the
// campaign was sent. So a producer that does not know whether an Enqueue
// succeeded simply repeats it. After Enqueue returned nil the campaign is in
// Redis; docs/delivery.md says what Redis itself may lose.
package enqueue
