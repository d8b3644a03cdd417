package hub

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/lease"
	"github.com/octoq/octoq/internal/redisconn"
)

const (
	// copyEvery is the pause between two looks at an outbox that has events, and
	// copyIdle the longest one at one that has none.
	copyEvery = 200 * time.Millisecond
	copyIdle  = 2 * time.Second
	// leaseFor is how long copying stays one relay's when that does not come back, and
	// renewEvery the pause between two renewals.
	leaseFor   = 10 * time.Second
	renewEvery = leaseFor / 3
	// listEvery is the pause between two looks for accounts, checkEvery that between two
	// for the run of Redis, and trimEvery that between two removals of what is old.
	listEvery  = 5 * time.Second
	checkEvery = 30 * time.Second
	trimEvery  = time.Minute
	// outboxLasts is how long an event stays in its outbox once it was copied: for longer
	// than a relay goes back.
	outboxLasts = 2 * back
	// batch is how many events of an account are copied at once.
	batch = 200
)

// DefaultKeep is how long events are kept, 7 days.
const DefaultKeep = 7 * 24 * time.Hour

// Relay copies the outboxes of all accounts into the stream.
type Relay struct {
	rdb     redis.UniversalClient
	keep    time.Duration
	lease   *lease.Lease
	scripts scripts

	leads    bool
	renewed  time.Time // the lease
	outboxes map[string]*outbox
	run      string // of Redis where the stream is
	apart    bool   // outboxes are on several nodes
	current  string // run of the Redis that has all outboxes
	checked  time.Time
	listed   time.Time
	trimmed  time.Time
}

// NewRelay makes a relay that keeps events for a while, DefaultKeep if zero. holder is
// unlike that of any other relay.
func NewRelay(rdb redis.UniversalClient, holder string, keep time.Duration) *Relay {
	if keep == 0 {
		keep = DefaultKeep
	}
	return &Relay{
		apart: redisconn.HasSeveralNodes(rdb),
		rdb:   rdb, keep: keep, scripts: newScripts(), outboxes: map[string]*outbox{},
		lease: lease.New(rdb, key.HubLease, holder, leaseFor),
	}
}

// Run copies until ctx ends, and then gives the lease back. What goes wrong is
// reported, and tried again.
func (r *Relay) Run(ctx context.Context, report func(error)) {
	defer func() {
		const within = time.Second
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
		defer cancel()
		_ = r.lease.Resign(ctx) // it ends by itself, too
	}()
	tick := time.NewTicker(copyEvery)
	defer tick.Stop()
	for {
		if err := r.Round(ctx, time.Now()); err != nil && ctx.Err() == nil {
			report(err)
		}
		pause := copyEvery
		if !r.leads {
			pause = copyIdle
		}
		tick.Reset(pause)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Round copies what there is, if this relay has the lease.
func (r *Relay) Round(ctx context.Context, now time.Time) error {
	if err := r.renew(ctx, now); err != nil || !r.leads {
		return err
	}
	if now.Sub(r.listed) >= listEvery {
		if err := r.list(ctx, now); err != nil {
			return err
		}
	}
	if err := r.copyDue(ctx, now); err != nil {
		return err
	}
	if now.Sub(r.trimmed) >= trimEvery {
		return r.trim(ctx, now)
	}
	return nil
}

// renew takes or extends the lease, and finds out whether this relay leads.
func (r *Relay) renew(ctx context.Context, now time.Time) error {
	if r.leads && now.Sub(r.renewed) < renewEvery {
		return nil
	}
	has, err := r.lease.TryAcquire(ctx)
	if has && !r.leads {
		err = r.begin(ctx)
	}
	r.leads, r.renewed = has && err == nil, now
	return err
}

// begin forgets what this relay knew when it led before.
func (r *Relay) begin(ctx context.Context) error {
	run, err := r.scripts.run.Run(ctx, r.rdb, []string{key.HubEvents}).Text()
	if err != nil {
		return fmt.Errorf("look at the stream of events: %w", err)
	}
	r.run, r.outboxes, r.listed, r.checked = run, map[string]*outbox{}, time.Time{}, time.Time{}
	return nil
}

// list notes new accounts, and how far their outboxes were copied.
func (r *Relay) list(ctx context.Context, now time.Time) error {
	accounts, err := r.rdb.SMembers(ctx, key.Accounts).Result()
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	accounts = slices.DeleteFunc(accounts, func(account string) bool { return r.outboxes[account] != nil })
	if len(accounts) == 0 {
		r.listed = now
		return nil
	}
	copied, err := r.rdb.HMGet(ctx, key.HubCopied, accounts...).Result()
	if err != nil {
		return fmt.Errorf("read how far events were copied: %w", err)
	}
	for i, account := range accounts {
		kept, _ := copied[i].(string)
		o, err := newOutbox(account, kept, r.run)
		if err != nil {
			return err
		}
		r.outboxes[account] = o
	}
	r.listed = now
	return nil
}

// trim removes what is old from the stream and the outboxes.
func (r *Relay) trim(ctx context.Context, now time.Time) error {
	keys := []string{key.HubEvents, key.HubCopied}
	if err := r.scripts.trim.Run(ctx, r.rdb, keys, idAt(now.Add(-r.keep))).Err(); err != nil {
		return fmt.Errorf("remove old events: %w", err)
	}
	pipe := r.rdb.Pipeline()
	for _, o := range r.outboxes {
		if o.pending {
			pipe.XTrimMinID(ctx, key.Outbox(o.account), o.oldest(now))
			o.pending = false
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("remove events that were copied: %w", err)
	}
	r.trimmed = now
	return nil
}
