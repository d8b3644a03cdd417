package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/lease"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

const (
	// LeaseFor is how long sending stays one process's when that does not come back.
	LeaseFor   = 10 * time.Second
	renewEvery = LeaseFor / 5
	// lookEvery is the pause between two looks for events, listEvery that between two
	// looks for webhooks, and redeliveries: what is to be sent may be there sooner.
	lookEvery = 250 * time.Millisecond
	listEvery = time.Second
	// standbyEvery is the pause between two tries to get the lease.
	standbyEvery = 2 * time.Second
	// perWebhook is how many requests to one webhook are under way at once.
	perWebhook = 8
	// takenFor is how long an event is this process's once it was taken: longer than an
	// attempt and noting what became of it take.
	takenFor = webhook.AttemptTimeout + 15*time.Second
	// settleWithin is how long noting what became of an event may take.
	settleWithin = 5 * time.Second
	// feedStep is how many events are queued at once.
	feedStep = 200
)

// Config is what a Dispatcher works with. All but Now are required.
type Config struct {
	Store  *webhookstore.Store
	Events *hub.Reader
	Client *webhook.Client
	Key    webhook.Key
	// Lease is this process's right to send; it lasts LeaseFor.
	Lease   *lease.Lease
	Metrics *metrics.WebhookCounts
	// Report is given what goes wrong. It is called by several goroutines at once.
	Report func(error)
	// Now is the clock; nil is the machine's.
	Now func() time.Time
}

// Dispatcher sends events to webhooks.
type Dispatcher struct {
	Config
	leads   bool
	renewed time.Time
	listed  time.Time
	looked  time.Time
	end     string // of the stream of events, when it was looked at
	queues  map[string]*queue
	order   []string // of the queues
	said    said
	wake    chan struct{}
	sending sync.WaitGroup
}

// New makes a Dispatcher.
func New(cfg Config) (*Dispatcher, error) {
	if cfg.Store == nil || cfg.Events == nil || cfg.Client == nil || cfg.Lease == nil || cfg.Metrics == nil || cfg.Report == nil || !cfg.Key.Set() {
		return nil, errors.New("dispatch: Store, Events, Client, Lease, Metrics, Report and Key are needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Dispatcher{Config: cfg, queues: map[string]*queue{}, wake: make(chan struct{}, 1)}, nil
}

// Run sends until ctx ends. Then requests under way are broken off, their events put
// back, and the lease is given back.
func (d *Dispatcher) Run(ctx context.Context) {
	defer d.stop(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-d.wake:
		}
		if err := d.Round(ctx); err != nil && ctx.Err() == nil {
			d.report(err)
		}
		pause := lookEvery
		if !d.leads {
			pause = standbyEvery
		}
		timer.Reset(pause)
	}
}

func (d *Dispatcher) stop(ctx context.Context) {
	d.sending.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = d.Lease.Resign(ctx) // it ends by itself, too
}

// Wait waits until no request is under way.
func (d *Dispatcher) Wait() { d.sending.Wait() }

// Round queues and sends what there is, if this process has the lease. It does not wait
// for requests to be answered. What is wrong with one webhook keeps no other.
func (d *Dispatcher) Round(ctx context.Context) error {
	now := d.Now()
	if err := d.renew(ctx, now); err != nil || !d.leads {
		return err
	}
	if now.Sub(d.listed) >= listEvery {
		if err := d.list(ctx, now); err != nil {
			return err
		}
	}
	if len(d.order) > 0 && now.Sub(d.looked) >= lookEvery {
		end, err := d.Events.End(ctx)
		if err != nil {
			return err
		}
		d.end, d.looked = end, now
	}
	var faults []error
	for _, id := range d.order {
		if err := d.serve(ctx, d.queues[id], now); err != nil {
			faults = append(faults, fmt.Errorf("webhook %s: %w", id, err))
		}
	}
	return errors.Join(faults...)
}

// renew takes or extends the lease, and finds out whether this process sends.
func (d *Dispatcher) renew(ctx context.Context, now time.Time) error {
	if d.leads && now.Sub(d.renewed) < renewEvery {
		return nil
	}
	has, err := d.Lease.TryAcquire(ctx)
	if !has || err != nil {
		d.forgetAll()
	}
	d.leads, d.renewed = has && err == nil, now
	return err
}

// forgetAll lets another process send.
func (d *Dispatcher) forgetAll() {
	for id := range d.queues {
		d.Metrics.Forget(id)
	}
	d.queues, d.order, d.listed, d.looked = map[string]*queue{}, nil, time.Time{}, time.Time{}
}

// list notes which webhooks there are.
func (d *Dispatcher) list(ctx context.Context, now time.Time) error {
	all, err := d.Store.All(ctx)
	if err != nil && len(all) == 0 {
		return err
	}
	if err != nil {
		d.report(err)
	}
	before := d.queues
	d.queues, d.order, d.listed = map[string]*queue{}, nil, now
	for _, w := range all {
		q := before[w.ID]
		delete(before, w.ID)
		if q == nil {
			q = newQueue(w.ID)
		}
		q.refresh(w)
		d.queues[w.ID], d.order = q, append(d.order, w.ID)
	}
	for id := range before {
		d.Metrics.Forget(id)
	}
	return nil
}

// again lets the next round come at once.
func (d *Dispatcher) again() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}
