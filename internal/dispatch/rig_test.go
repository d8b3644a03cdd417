package dispatch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/internal/dispatch"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/lease"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// got is one request that a receiver was sent.
type got struct {
	event  event.Event
	id     string
	signed bool
	at     time.Time
}

// receiver takes requests, as answer says.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	secrets []webhook.SigningSecret
	answer  func(w http.ResponseWriter, r *http.Request, e event.Event)
	all     []got
}

// requests are those that it was sent, in order of arrival.
func (r *receiver) requests() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]got(nil), r.all...)
}

// ids are the ids of the events that it was sent, each as often as it came.
func (r *receiver) ids() []string {
	var ids []string
	for _, g := range r.requests() {
		ids = append(ids, g.event.ID)
	}
	return ids
}

func (r *receiver) behave(answer func(w http.ResponseWriter, r *http.Request, e event.Event)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// status is a receiver's behaviour: it answers a status.
func status(code int) func(http.ResponseWriter, *http.Request, event.Event) {
	return func(w http.ResponseWriter, _ *http.Request, _ event.Event) { w.WriteHeader(code) }
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		var e event.Event
		if err == nil {
			err = json.Unmarshal(body, &e)
		}
		if err != nil {
			t.Errorf("got a request that cannot be read: %v", err)
		}
		r.mu.Lock()
		r.all = append(r.all, got{event: e, id: req.Header.Get("Webhook-Id"), signed: signedBy(req.Header, body, r.secrets), at: time.Now()})
		answer := r.answer
		r.mu.Unlock()
		if answer != nil {
			answer(w, req, e)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// signedBy reports whether one of the signatures is that of one of some secrets.
func signedBy(h http.Header, body []byte, secrets []webhook.SigningSecret) bool {
	var unix int64
	if _, err := fmt.Sscan(h.Get("Webhook-Timestamp"), &unix); err != nil {
		return false
	}
	for _, s := range secrets {
		for _, one := range strings.Fields(h.Get("Webhook-Signature")) {
			if one == webhook.Sign(h.Get("Webhook-Id"), time.Unix(unix, 0), body, s) {
				return true
			}
		}
	}
	return false
}

// rig is a Redis with a stream of events, and a dispatcher whose clock is moved by hand.
type rig struct {
	*testing.T
	redis   *redistest.Server
	rdb     *redis.Client
	store   *webhookstore.Store
	events  *hub.Reader
	key     webhook.Key
	clock   *clock
	faults  []string
	mu      sync.Mutex
	written int
	counted map[string]*prometheus.Registry // what each dispatcher counts
	*dispatch.Dispatcher
}

func newRig(t *testing.T, args ...string) *rig {
	t.Helper()
	server := redistest.Start(t, args...)
	r := &rig{T: t, redis: server, rdb: server.Client(), counted: map[string]*prometheus.Registry{}, clock: &clock{now: time.Now().UTC().Truncate(time.Millisecond)}}
	r.store, r.events = webhookstore.New(r.rdb, 7*24*time.Hour), hub.NewReader(r.rdb)
	var err error
	if r.key, err = webhook.NewKey(strings.Repeat("k", 32)); err != nil {
		t.Fatal(err)
	}
	r.Dispatcher = r.dispatcher("one", r.key)
	return r
}

// dispatcher is one more, by another name.
func (r *rig) dispatcher(name string, k webhook.Key) *dispatch.Dispatcher {
	r.Helper()
	guard, err := webhook.NewAddressGuard("127.0.0.0/8")
	if err != nil {
		r.Fatal(err)
	}
	r.counted[name] = prometheus.NewRegistry()
	counts, err := metrics.NewWebhooks(r.counted[name])
	if err != nil {
		r.Fatal(err)
	}
	client := webhook.NewClient(guard, webhook.ClientOptions{Timeout: 2 * time.Second})
	r.Cleanup(client.Close)
	d, err := dispatch.New(dispatch.Config{
		Store: r.store, Events: r.events, Client: client, Key: k, Metrics: counts, Now: r.clock.read,
		Lease: lease.New(r.rdb, key.WebhookLease, name, dispatch.LeaseFor),
		Report: func(err error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.faults = append(r.faults, err.Error())
		},
	})
	if err != nil {
		r.Fatal(err)
	}
	return d
}

// hook adds a webhook that leads to a receiver.
func (r *rig) hook(to *receiver, change func(*webhook.Webhook)) webhook.Webhook {
	r.Helper()
	w := webhook.Webhook{ID: webhook.NewID(), URL: to.URL + "/in", Enabled: true, CreatedAt: r.clock.read()}
	w.Rotate(r.key, time.Time{})
	if change != nil {
		change(&w)
	}
	end, err := r.events.End(r.Context())
	if err == nil {
		err = r.store.Add(r.Context(), w, end)
	}
	if err != nil {
		r.Fatal(err)
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	to.secrets = append(to.secrets, r.key.Secret(w))
	return w
}

// happens writes an event into the stream, as a relay does, and returns its id.
func (r *rig) happens(account, campaign string, t event.Type) string {
	r.Helper()
	r.written++
	e := event.Event{ID: fmt.Sprintf("evt_%d", r.written), Type: t, At: r.clock.read(), Account: account, Campaign: campaign}
	r.write(e)
	return e.ID
}

func (r *rig) write(e event.Event) {
	r.Helper()
	b, err := json.Marshal(e)
	if err == nil {
		err = r.rdb.XAdd(r.Context(), &redis.XAddArgs{Stream: key.HubEvents, Values: []any{"event", string(b)}}).Err()
	}
	if err != nil {
		r.Fatal(err)
	}
}

// after moves the clock, and has all that is due by then sent.
func (r *rig) after(d time.Duration) {
	r.Helper()
	r.clock.advance(max(d, 250*time.Millisecond))
	r.settle(r.Dispatcher)
}

// settle lets a dispatcher work until no round brings a request any more.
func (r *rig) settle(d *dispatch.Dispatcher) {
	r.Helper()
	const rounds = 4
	for range rounds {
		r.rounds(d)
		r.clock.advance(250 * time.Millisecond)
	}
}

func (r *rig) rounds(d *dispatch.Dispatcher) {
	r.Helper()
	const few = 3
	for range few {
		if err := d.Round(r.Context()); err != nil {
			r.Fatal(err)
		}
		d.Wait()
	}
}

// deliveries are those of a webhook in a state.
func (r *rig) deliveries(id string, state webhook.DeliveryState) []webhook.EventDelivery {
	r.Helper()
	page, err := r.store.Deliveries(r.Context(), id, state, "", 1000)
	if err != nil {
		r.Fatal(err)
	}
	return page.Items
}

// until waits until something is so, for twenty seconds at most.
func (r *rig) until(what string, is func() bool) {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			r.Fatalf("waited for: %s", what)
		case <-tick.C:
		}
	}
}
