package queue

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
)

// serverClient is what asynq's server of one queue is given in place of the real
// client. asynq runs all its scripts through EvalSha and Eval; those that
// matter are run in octoq's way, and everything else passes as it is. A worker's own
// connection may be behind it, with pipelining or not.
type serverClient struct {
	redis.UniversalClient
	keys      asynqwire.Keys
	scripts   asynqwire.Scripts
	inflight  inflight
	dequeuer  dequeuer
	forwarder forwarder
	releaser  taskReleaser
	log       queueLog
	cancels   atomic.Pointer[redis.PubSub]
}

func newServerClient(config ServerConfig, stop stopSignal) *serverClient {
	rdb, keys := config.Redis, asynqwire.KeysOf(config.queue())
	c := &serverClient{
		UniversalClient: rdb, keys: keys, log: queueLog{Logger: config.Log, queue: keys.Queue, outage: config.Outage},
		forwarder: forwarder{redis: rdb, keys: keys, stop: stop},
	}
	c.dequeuer = dequeuer{
		redis: rdb, keys: keys, inflight: &c.inflight, poll: pollEvery, longest: maxWait, stop: stop, log: &c.log,
		wakes: newWakeTokens(), prefetched: prefetched{arrived: make(wakeToken, 1), keep: keepPrefetched},
	}
	c.inflight.places.open(config)
	c.dequeuer.turns.places = &c.inflight.places
	c.releaser.redis, c.releaser.keys, c.releaser.inflight, c.releaser.log = rdb, keys, &c.inflight, &c.log
	c.releaser.dequeue = c.dequeuer.known
	return c
}

// Subscribe is how asynq listens for tasks that are to be cancelled. Where that is
// refused it asks again every five seconds and never closes what it has asked
// with, so that is done here.
func (c *serverClient) Subscribe(ctx context.Context, channels ...string) *redis.PubSub {
	s := c.UniversalClient.Subscribe(ctx, channels...)
	closeSubscription(c.cancels.Swap(s))
	return s
}

// unsubscribe ends what asynq has subscribed to.
func (c *serverClient) unsubscribe() { closeSubscription(c.cancels.Swap(nil)) }

func closeSubscription(s *redis.PubSub) {
	if s != nil {
		_ = s.Close()
	}
}

// EvalSha runs a script by its hash.
func (c *serverClient) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	k := c.kindOf(keys, args)
	if k == asynqwire.KindOther {
		return c.noted(c.UniversalClient.EvalSha(ctx, sha, keys, args...))
	}
	s, ok := c.scripts.Get(sha)
	if !ok {
		return asynqwire.AskSource(ctx)
	}
	return c.noted(c.run(ctx, k, s, keys, args))
}

// Eval runs a script by its source.
func (c *serverClient) Eval(ctx context.Context, source string, keys []string, args ...any) *redis.Cmd {
	k := c.kindOf(keys, args)
	if k == asynqwire.KindOther {
		return c.noted(c.UniversalClient.Eval(ctx, source, keys, args...))
	}
	return c.noted(c.run(ctx, k, c.scripts.Capture(k, source), keys, args))
}

func (c *serverClient) noted(cmd *redis.Cmd) *redis.Cmd {
	c.log.noteError(cmd.Err())
	return cmd
}

// kindOf is the script's kind if it is about the client's own queue.
func (c *serverClient) kindOf(keys []string, args []any) asynqwire.Kind {
	k := asynqwire.KindOf(keys, args)
	if k == asynqwire.KindOther || !c.keys.Own(keys[0]) {
		return asynqwire.KindOther
	}
	return k
}

func (c *serverClient) run(ctx context.Context, k asynqwire.Kind, s asynqwire.Script, keys []string, args []any) *redis.Cmd {
	switch k {
	case asynqwire.KindDequeue:
		return c.dequeuer.take(ctx, s, keys, args)
	case asynqwire.KindDone:
		return c.releaser.acknowledge(ctx, s, keys, args)
	case asynqwire.KindRetry:
		return c.releaser.retry(ctx, s, keys, args)
	case asynqwire.KindRequeue:
		return c.releaser.requeue(ctx, args)
	case asynqwire.KindForward:
		c.handBackPrefetched(ctx, time.Now()) // about once a second
		return c.forwarder.forward(ctx, s, keys, args)
	default:
		return s.Plain.Run(ctx, c.UniversalClient, keys, args...)
	}
}
