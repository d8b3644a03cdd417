package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/dispatch"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/lease"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// What others do while workers of sleeping accounts are killed: producers, people who approve,
// operators who hold accounts, and a backend that has a webhook.

// The campaigns of each account.
const (
	scheduled     = "c0"
	plain         = "c1"
	approvedLater = "c2"
	windowed      = "c3"
)

// enqueue puts the campaigns of each account, at random moments until a time.
func (c *chaosOfSleep) enqueue(until time.Time) {
	var all []string
	for i := range c.cfg.Accounts {
		for _, id := range ids() {
			all = append(all, fmt.Sprintf("a%d %s", i, id))
		}
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	producer := queue.NewProducer(c.rdb)
	pause := time.Until(until) / time.Duration(len(all))
	for _, name := range all {
		account, id, _ := strings.Cut(name, " ")
		first, at := newFirst(account, id), time.Time{}
		switch id {
		case scheduled:
			at = time.Now().Add(rand.N(10 * time.Second))
		case approvedLater:
			first.First.Campaign.Confirm = campaign.ConfirmManual
		case windowed:
			first.First.Campaign.Window = c.window()
		}
		if err := producer.Put(c.Context(), first, at); err != nil {
			c.Errorf("enqueue %s: %v", name, err)
		}
		<-time.After(rand.N(2*pause + 1))
	}
}

// window opens at a minute, and closes an hour later or, over midnight, some more.
func (c *chaosOfSleep) window() string {
	const clock, last = "15:04", 23
	from := c.opens.UTC()
	if from.Hour() == last {
		return "00:00-01:00," + from.Format(clock) + "-24:00 UTC"
	}
	return from.Format(clock) + "-" + from.Add(time.Hour).Format(clock) + " UTC"
}

// keptTheWindow checks that nothing was sent before its window opened.
func (c *chaosOfSleep) keptTheWindow() {
	c.Helper()
	for _, ticket := range c.sim.Tickets() {
		if strings.HasSuffix(ticket.ListName, "."+windowed) && ticket.Sends > 0 && ticket.SentAt.Before(c.opens) {
			c.Errorf("%s: was sent at %s, before its window opened at %s", ticket.ListName, ticket.SentAt, c.opens)
		}
	}
}

// approve says yes to what waits, most of it a second or more after it has begun to, until
// ctx ends.
func (c *chaosOfSleep) approve(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for i := range c.cfg.Accounts {
			account := fmt.Sprint("a", i)
			waiting, _, err := c.store.List(ctx, account, campaign.StateAwaitingApproval, "", 3)
			if err != nil && ctx.Err() == nil {
				c.Error(err)
			}
			for _, r := range waiting {
				if r.Approved || rand.N(4) > 0 {
					continue
				}
				if err := answer(ctx, c.store, c.rdb, account, r.ID(), approved, campaign.StageConfirm); err != nil && ctx.Err() == nil {
					c.Errorf("approve %s/%s: %v", account, r.ID(), err)
				}
			}
		}
	}
}

// hold holds one account after the other for seconds, until a time.
func (c *chaosOfSleep) hold(until time.Time) {
	operator, err := admin.New(c.rdb, "test", 0)
	if err != nil {
		c.Error(err)
		return
	}
	for time.Now().Before(until) {
		account := fmt.Sprint("a", rand.N(c.cfg.Accounts))
		if err := operator.SetHold(c.Context(), account, "for a while"); err != nil {
			c.Errorf("hold %s: %v", account, err)
		}
		<-time.After(rand.N(3 * time.Second))
		if was, err := operator.ClearHold(c.Context(), account); err != nil || !was {
			c.Errorf("lift the hold of %s: got %v, %v, want true", account, was, err)
		}
	}
}

// hook adds a webhook for what is sent, and reports by account and list whether it was told of it.
func (c *chaosOfSleep) hook() (told func(name string) bool) {
	c.Helper()
	var mu sync.Mutex
	sent := map[string]bool{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e event.Event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil || e.Type != event.Sent {
			c.Errorf("the webhook got %+v, %v, want %s", e, err, event.Sent)
		}
		mu.Lock()
		defer mu.Unlock()
		sent[e.Account+"."+e.Campaign] = true
	}))
	c.Cleanup(receiver.Close)
	secret, err := webhook.NewKey(strings.Repeat("k", 32))
	if err != nil {
		c.Fatal(err)
	}
	hooks := webhookstore.New(c.rdb, 24*time.Hour)
	w := webhook.Webhook{ID: webhook.NewID(), URL: receiver.URL, Types: []event.Type{event.Sent}, Enabled: true, CreatedAt: time.Now()}
	w.Rotate(secret, time.Time{})
	if err := hooks.Add(c.Context(), w, ""); err != nil {
		c.Fatal(err)
	}
	c.dispatch(hooks, secret)
	return func(name string) bool {
		mu.Lock()
		defer mu.Unlock()
		return sent[name]
	}
}

// dispatch sends events to webhooks until the test ends, as octoq web does.
func (c *chaosOfSleep) dispatch(hooks *webhookstore.Store, secret webhook.Key) {
	c.Helper()
	guard, err := webhook.NewAddressGuard("127.0.0.0/8")
	if err != nil {
		c.Fatal(err)
	}
	counts, err := metrics.NewWebhooks(prometheus.NewRegistry())
	if err != nil {
		c.Fatal(err)
	}
	client := webhook.NewClient(guard, webhook.ClientOptions{})
	d, err := dispatch.New(dispatch.Config{
		Store: hooks, Events: hub.NewReader(c.rdb), Client: client, Key: secret, Metrics: counts,
		Lease: lease.New(c.rdb, key.WebhookLease, "test", dispatch.LeaseFor), Report: func(err error) { c.Logf("webhook: %v", err) },
	})
	if err != nil {
		c.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); d.Run(ctx) }()
	c.Cleanup(func() { stop(); <-ended; client.Close() })
}
