package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
)

// unsubscribeTimeout bounds what a server's end may cost when Redis hangs.
const unsubscribeTimeout = time.Second

// Waker hears the wake-ups of a process's queues over one connection. It
// connects again by itself; while it cannot, the queues are asked each second.
type Waker struct {
	pubsub *redis.PubSub
	done   chan struct{}

	// subscribing is held while the subscriptions change, which takes a while;
	// mu only guards the listeners.
	subscribing sync.Mutex
	mu          sync.Mutex
	listeners   map[string]map[wakeTokens]struct{} // by channel
	watchers    map[string]func()                  // by channel
	unheard     wakeToken
}

// wakeToken wakes a receiver. Tokens that were not received yet are one.
type wakeToken chan struct{}

func (t wakeToken) notify() {
	select {
	case t <- struct{}{}:
	default: // it has not looked since the last one
	}
}

// forget takes out what was not received.
func (t wakeToken) forget() {
	select {
	case <-t:
	default:
	}
}

// wakeTokens hold a token whenever there may be new work in a queue: any of it, or
// alerts. A wake-up that comes before the wait is kept.
type wakeTokens struct{ any, alerts wakeToken }

func newWakeTokens() wakeTokens {
	return wakeTokens{any: make(wakeToken, 1), alerts: make(wakeToken, 1)}
}

func (t wakeTokens) notify(alerts bool) {
	t.any.notify()
	if alerts {
		t.alerts.notify()
	}
}

// forget takes out what has come until now.
func (t wakeTokens) forget() {
	t.any.forget()
	t.alerts.forget()
}

// NewWaker makes a Waker; the caller closes it, and the client.
func NewWaker(client redis.UniversalClient) *Waker {
	w := &Waker{
		pubsub:    client.Subscribe(context.Background()),
		done:      make(chan struct{}),
		listeners: map[string]map[wakeTokens]struct{}{},
		watchers:  map[string]func(){}, unheard: make(wakeToken, 1),
	}
	go w.run(w.pubsub.ChannelWithSubscriptions())
	return w
}

// Close ends the connection and waits for what belongs to it. Servers that
// still listen poll from then on.
func (w *Waker) Close() error {
	err := w.pubsub.Close()
	<-w.done
	return err
}

// CanListen is nil if Redis lets its user subscribe to channels. The subscription
// is given up at once.
func CanListen(ctx context.Context, client redis.UniversalClient, channels ...string) error {
	const timeout = 3 * time.Second
	s := client.Subscribe(ctx, channels...)
	defer func() { _ = s.Close() }()
	if _, err := s.ReceiveTimeout(ctx, timeout); err != nil {
		return fmt.Errorf("subscribe to octoq's channels: %w", err)
	}
	return nil
}

func (w *Waker) run(messages <-chan any) {
	defer close(w.done)
	for m := range messages {
		switch m := m.(type) {
		case *redis.Message:
			w.wake(m.Channel, m.Payload == asynqwire.WakeAlerts)
			w.callWatcher(m.Channel)
		case *redis.Subscription:
			// What was published before the subscription stood was not heard.
			w.wake(m.Channel, true)
			w.unheard.notify()
		}
	}
}

func (w *Waker) wake(channel string, alerts bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.listeners[channel] {
		l.notify(alerts)
	}
}

// listen returns the tokens of a queue. Who gets them asks the queue once before it waits.
func (w *Waker) listen(ctx context.Context, queue string) (tokens wakeTokens, stop func(), err error) {
	channel, l := key.Wake(queue), newWakeTokens()
	w.subscribing.Lock()
	defer w.subscribing.Unlock()
	if !w.add(channel, l) {
		// The subscription is remembered, and repeated if it fails now.
		err = w.pubsub.Subscribe(ctx, channel)
	}
	return l, func() { w.unlisten(channel, l) }, err
}

// add reports whether the channel is subscribed to already: to do so again would count as
// a subscription that has just begun, and have the whole process look for what it missed.
func (w *Waker) add(channel string, l wakeTokens) (subscribed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	subscribed = w.watchers[channel] != nil || len(w.listeners[channel]) > 0
	if w.listeners[channel] == nil {
		w.listeners[channel] = map[wakeTokens]struct{}{}
	}
	w.listeners[channel][l] = struct{}{}
	return subscribed
}

func (w *Waker) unlisten(channel string, l wakeTokens) {
	w.subscribing.Lock()
	defer w.subscribing.Unlock()
	if !w.remove(channel, l) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), unsubscribeTimeout)
	defer cancel()
	// If it fails, wake-ups without a listener arrive: no harm.
	_ = w.pubsub.Unsubscribe(ctx, channel)
}

// remove reports whether the listener was the channel's last one.
func (w *Waker) remove(channel string, l wakeTokens) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.listeners[channel], l)
	if len(w.listeners[channel]) > 0 {
		return false
	}
	delete(w.listeners, channel)
	return w.watchers[channel] == nil
}

// publish wakes a server that waits for work in the queue. It is for work that was
// put there by a script that does not publish by itself, alerts among it or not.
func publish(ctx context.Context, c redis.Cmdable, queue string) error {
	return c.Publish(ctx, key.Wake(queue), asynqwire.WakeAlerts).Err()
}
