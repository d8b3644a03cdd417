package queue

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hibiken/asynqmon"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/task"
)

// wakeTimeout bounds the wake-up after an action; it is only a hurry.
const wakeTimeout = time.Second

// Monitor is asynqmon behind a guard: people may look at everything, pause and
// resume octoq's queues and run single tasks. What would lose campaigns, or cut
// a call off, is answered with 403 and what to use instead. It has no login.
type Monitor struct {
	client redis.UniversalClient
	guard  guard
	origin *http.CrossOriginProtection
	mon    http.Handler
}

// NewMonitor serves asynqmon below a path such as "/monitoring". The client is
// not closed by it.
func NewMonitor(client redis.UniversalClient, root string) (*Monitor, error) {
	root = strings.TrimSuffix(root, "/")
	if root != "" && !strings.HasPrefix(root, "/") {
		return nil, fmt.Errorf("set up the monitor: its path %q does not begin with a slash", root)
	}
	return &Monitor{
		client: client,
		guard:  newGuard(root),
		origin: http.NewCrossOriginProtection(),
		mon: asynqmon.New(asynqmon.Options{
			RootPath: root, RedisConnOpt: connection{client},
			PayloadFormatter: asynqmon.PayloadFormatterFunc(task.Readable),
		}),
	}, nil
}

// connection gives asynqmon a client that exists already.
type connection struct{ client redis.UniversalClient }

// MakeRedisClient is what asynqmon asks.
func (c connection) MakeRedisClient() any { return c.client }

// ServeHTTP refuses or passes a request on.
func (m *Monitor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := m.origin.Check(r); err != nil {
		http.Error(w, "This request comes from another site.", http.StatusForbidden)
		return
	}
	v := m.guard.judge(r)
	if v.refused != "" {
		http.Error(w, v.refused, http.StatusForbidden)
		return
	}
	m.mon.ServeHTTP(w, r)
	if v.queue != "" {
		m.wake(r.Context(), v.queue)
	}
}

// wake tells the workers of what an action put into a queue. If it fails, they
// look within a second anyway.
func (m *Monitor) wake(ctx context.Context, queue string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wakeTimeout)
	defer cancel()
	_ = publish(ctx, m.client, queue)
}
