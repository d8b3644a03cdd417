package queue

import (
	"context"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// Watch has woken called with each wake-up of an account's queues, until stop is called.
// It must not block. An account has one watcher. Wake-ups that come before the
// subscription stands are not heard, see Unheard.
func (w *Waker) Watch(ctx context.Context, account string, woken func()) (stop func()) {
	var channels []string
	for _, s := range record.Stages() {
		channels = append(channels, key.Wake(key.Queue(account, s)))
	}
	w.subscribing.Lock()
	defer w.subscribing.Unlock()
	w.mu.Lock()
	for _, c := range channels {
		w.watchers[c] = woken
	}
	w.mu.Unlock()
	// The subscription is remembered, and repeated if it fails now.
	_ = w.pubsub.Subscribe(ctx, channels...)
	return func() { w.unwatch(channels) }
}

// Unheard has a token when wake-ups may have been missed: a subscription has just begun.
func (w *Waker) Unheard() <-chan struct{} { return w.unheard }

func (w *Waker) unwatch(channels []string) {
	w.subscribing.Lock()
	defer w.subscribing.Unlock()
	w.mu.Lock()
	var unused []string
	for _, c := range channels {
		delete(w.watchers, c)
		if len(w.listeners[c]) == 0 {
			unused = append(unused, c)
		}
	}
	w.mu.Unlock()
	if len(unused) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), unsubscribeTimeout)
	defer cancel()
	// If it fails, wake-ups without a listener arrive: no harm.
	_ = w.pubsub.Unsubscribe(ctx, unused...)
}

// callWatcher calls the watcher of a channel.
func (w *Waker) callWatcher(channel string) {
	w.mu.Lock()
	woken := w.watchers[channel]
	w.mu.Unlock()
	if woken != nil {
		woken()
	}
}
