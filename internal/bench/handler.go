package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
)

// taken is a task that reached a handler.
type taken struct {
	id string
	at time.Time
}

// toHandler measures the times from the call of Enqueue, and from its return,
// to the handler of create, with the servers of all stages idle.
func toHandler(ctx context.Context, p *Place, n int) (called, returned []time.Duration, err error) {
	account, tasks := p.account(), make(chan taken, 64)
	handler := func(_ context.Context, d queue.Delivery) queue.Result {
		tasks <- taken{d.TaskID, time.Now()}
		return queue.Done()
	}
	client, err := enqueue.New(enqueue.Config{RedisURL: p.URL})
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = client.Close() }()
	put := func(i int) error {
		_, err := client.Enqueue(ctx, Campaign(account, i))
		return err
	}
	err = connected(p, func(rdb *redis.Client) error {
		return allStages(ctx, rdb, account, handler, func() error {
			called, returned, err = oneByOne(ctx, n, put, tasks)
			return err
		})
	})
	return called, returned, err
}

// allStages runs the servers of all stages of an account while do is at it.
func allStages(ctx context.Context, rdb redis.UniversalClient, account string, h queue.Handler, do func() error) error {
	waker := queue.NewWaker(rdb)
	defer func() { _ = waker.Close() }()
	var servers []*queue.Server
	defer func() {
		for _, s := range servers {
			s.Stop()
		}
	}()
	for _, stage := range record.Stages() {
		const concurrency = 10
		s, err := queue.NewServer(queue.ServerConfig{
			Redis: rdb, Waker: waker, Account: account, Stage: stage, Concurrency: concurrency, Handler: h, Log: zerolog.Nop(),
		})
		if err != nil {
			return err
		}
		servers = append(servers, s)
		if err := s.Start(ctx); err != nil {
			return err
		}
	}
	return do()
}

// oneByOne puts n tasks, each when the one before is done.
func oneByOne(ctx context.Context, n int, put func(i int) error, tasks <-chan taken) (called, returned []time.Duration, err error) {
	limit := time.NewTimer(arriveWithin)
	defer limit.Stop()
	for i := range n {
		call := time.Now()
		if err := put(i); err != nil {
			return nil, nil, err
		}
		back := time.Now()
		limit.Reset(arriveWithin)
		select {
		case t := <-tasks:
			if t.id != ID(i) {
				return nil, nil, fmt.Errorf("task %s was delivered, not %s", t.id, ID(i))
			}
			called, returned = append(called, t.at.Sub(call)), append(returned, max(0, t.at.Sub(back)))
		case <-limit.C:
			return nil, nil, fmt.Errorf("task %s was not delivered within %v", ID(i), arriveWithin)
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
		wait(ctx, pauseBetween)
	}
	select {
	case t := <-tasks:
		return nil, nil, errors.New("task " + t.id + " was delivered twice")
	default:
		return called, returned, nil
	}
}

// plainPickups measures a plain asynq server with its default settings.
func plainPickups(ctx context.Context, p *Place, n int) (took []time.Duration, err error) {
	if n == 0 {
		return nil, nil
	}
	name, tasks := key.Queue(p.account(), campaign.StageCreate), make(chan taken, 64)
	err = connected(p, func(rdb *redis.Client) error {
		client := asynq.NewClientFromRedisClient(rdb)
		server := asynq.NewServerFromRedisClient(rdb, asynq.Config{
			Queues: map[string]int{name: 1}, Logger: silent{}, LogLevel: asynq.FatalLevel,
		})
		err := server.Start(asynq.HandlerFunc(func(ctx context.Context, _ *asynq.Task) error {
			id, _ := asynq.GetTaskID(ctx)
			tasks <- taken{id, time.Now()}
			return nil
		}))
		if err != nil {
			return err
		}
		defer server.Shutdown()
		put := func(i int) error {
			payload, err := json.Marshal(Campaign("", i))
			if err != nil {
				return err
			}
			_, err = client.Enqueue(asynq.NewTask(typeName, payload), asynq.Queue(name), asynq.TaskID(ID(i)))
			return err
		}
		_, took, err = oneByOne(ctx, n, put, tasks)
		return err
	})
	return took, err
}
