package enqueue

import (
	"context"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/runid"
)

// Rights that a producer goes on without, as its warnings say them.
const (
	noRunID = "Redis gives octoq no run_id: campaigns are enqueued, but do not say on which run of Redis, and a worker of this user would not start. " +
		"To have that, " + runid.Remedy + "."
	noChannels = "Redis does not let octoq publish: campaigns are enqueued, and workers find them up to a second later. Grant it: "
)

// warnings are said once each, by the goroutine that enqueues.
type warnings struct {
	mu      sync.Mutex
	known   []string
	said    int // of those
	checked bool
}

// add keeps a warning, unless it is known.
func (w *warnings) add(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.known, text) {
		w.known = append(w.known, text)
	}
}

// say gives the warnings that were not given yet.
func (w *warnings) say(warn func(string)) {
	w.mu.Lock()
	fresh := w.known[w.said:]
	w.said = len(w.known)
	w.mu.Unlock()
	for _, text := range fresh {
		warn(text)
	}
}

// askToPublish makes a pipeline find out, once, whether the Redis user may wake
// workers: scripts do not report that, because nothing depends on it. It publishes
// to a channel without listeners.
func (w *warnings) askToPublish(ctx context.Context, pipe redis.Pipeliner) (note func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.checked {
		return func() {}
	}
	w.checked = true
	asked := pipe.Publish(ctx, key.Wake(":trial:"), "")
	return func() {
		if grant := rights.GrantFor(asked.Err(), rights.Producer); grant != "" {
			w.add(noChannels + grant + ".")
		}
	}
}
