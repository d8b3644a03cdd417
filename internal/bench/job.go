package bench

import (
	"context"
	"time"

	"github.com/octoq/octoq/enqueue"
)

// Job is octoq's side of a comparison with other queues.
type Job struct {
	One, Bulk        float64         // enqueued a second, one by one and all at once
	Called, Returned []time.Duration // from the call and from the return of Enqueue to an idle handler
}

// Jobs enqueues n campaigns one by one and n at once, and then some for an idle
// handler. Each has to be delivered exactly once.
func Jobs(ctx context.Context, p *Place, n, samples int) (j Job, err error) {
	cfg := Config{Count: n}
	one, err := side{"Enqueue", enqueueEach, readOctoq}.measure(ctx, p, cfg)
	if err != nil {
		return j, err
	}
	bulk, err := side{"EnqueueAll", enqueueAll, readOctoq}.measure(ctx, p, cfg)
	if err != nil {
		return j, err
	}
	j.One, j.Bulk = one.rate, bulk.rate
	j.Called, j.Returned, err = toHandler(ctx, p, samples)
	return j, err
}

func enqueueEach(ctx context.Context, p *Place, account string, n int) error {
	client, err := enqueue.New(enqueue.Config{RedisURL: p.URL})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	for c := range Campaigns(account, 0, n, time.Time{}) {
		if _, err := client.Enqueue(ctx, c); err != nil {
			return err
		}
	}
	return ctx.Err()
}
