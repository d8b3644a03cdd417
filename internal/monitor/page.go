package monitor

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hibiken/asynqmon"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/task"
)

// wakeTimeout bounds the wake-up after an action. Workers find the task without
// it, up to a second later.
const wakeTimeout = time.Second

// Page is asynqmon behind a guard: people may look at everything, pause and
// resume octoq's queues and run single tasks. It answers what would lose
// campaigns, or cut a call off, with 403 and what to use instead. It has no login.
type Page struct {
	client   redis.UniversalClient
	guard    guard
	origin   *http.CrossOriginProtection
	asynqmon http.Handler
}

// New serves asynqmon below a path such as "/monitoring". The caller closes the
// client.
func New(client redis.UniversalClient, root string) (*Page, error) {
	root = strings.TrimSuffix(root, "/")
	if root != "" && !strings.HasPrefix(root, "/") {
		return nil, fmt.Errorf("set up the monitor: its path %q does not begin with a slash", root)
	}
	return &Page{
		client: client,
		guard:  newGuard(root),
		origin: http.NewCrossOriginProtection(),
		asynqmon: asynqmon.New(asynqmon.Options{
			RootPath: root, RedisConnOpt: &connection{client: client},
			PayloadFormatter: asynqmon.PayloadFormatterFunc(task.Readable),
		}),
	}, nil
}

// ServeHTTP refuses or passes a request on.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := p.origin.Check(r); err != nil {
		http.Error(w, "This request comes from another site.", http.StatusForbidden)
		return
	}
	d := p.guard.decide(r)
	if d.refusal != "" {
		http.Error(w, d.refusal, http.StatusForbidden)
		return
	}
	p.asynqmon.ServeHTTP(w, r)
	if d.queue != "" {
		p.wake(r.Context(), d.queue)
	}
}

// wake publishes the queue's wake-up after an action that may have put tasks into
// it. If that fails, the workers look within a second anyway.
func (p *Page) wake(ctx context.Context, queue string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wakeTimeout)
	defer cancel()
	_ = p.client.Publish(ctx, key.Wake(queue), "").Err()
}
