package action

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/lease"
)

// ErrElsewhere is returned where another process carries the action out.
var ErrElsewhere = errors.New("another process is carrying this action out")

const (
	// batchSize is how many campaigns have their results before the action moves on.
	batchSize = 100
	// atOnce is how many campaigns are acted on at the same time.
	atOnce = 8
	// patience is how long a batch may take with campaigns that it has in hand.
	patience = 10 * time.Second
	// leaseFor is after how long another process goes on if this one is gone.
	leaseFor = 15 * time.Second
)

// Carry carries out an action that was begun, until it has ended, or ctx. It reports each
// step, which may be nil. It fails with ErrElsewhere where another process is at it.
func (a *Actions) Carry(ctx context.Context, id string, report func(Status)) error {
	return a.leading(ctx, id, func() error { return a.run(ctx, id, report) })
}

// BeginHere is Begin and Carry: no other process carries the action out before this one.
// When ctx ends, the action is stopped; Begin lets it go on.
func (a *Actions) BeginHere(ctx context.Context, id, by string, report func(Status)) error {
	if _, ok := AccountOf(id); !ok {
		return ErrUnknown
	}
	return a.leading(ctx, id, func() error {
		if err := a.store.start(ctx, id, by); err != nil {
			return err
		}
		err := a.run(ctx, id, report)
		if ctx.Err() == nil {
			return err
		}
		ctx, cancel := afterwards(ctx)
		defer cancel()
		if stopErr := a.store.askToStop(ctx, id); stopErr != nil {
			return errors.Join(err, stopErr)
		}
		return errors.Join(err, a.run(ctx, id, nil))
	})
}

// afterwards is a context for what is to be done although ctx has ended.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	const within = 2 * time.Second
	return context.WithTimeout(context.WithoutCancel(ctx), within)
}

// leading does something while this process has the lease of an action.
func (a *Actions) leading(ctx context.Context, id string, do func() error) error {
	l := a.lease(id)
	if err := acquire(ctx, l); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := afterwards(ctx)
		defer cancel()
		_ = l.Resign(ctx) // it ends by itself, too
	}()
	return do()
}

func (a *Actions) lease(id string) *lease.Lease {
	account, _ := AccountOf(id)
	return lease.New(a.rdb, key.Lease(account, "action:"+id), a.holder, a.leaseFor)
}

func acquire(ctx context.Context, l *lease.Lease) error {
	has, err := l.TryAcquire(ctx)
	if err == nil && !has {
		return ErrElsewhere
	}
	return err
}

// run takes batch by batch, each after a look at the action and at the lease.
func (a *Actions) run(ctx context.Context, id string, report func(Status)) error {
	for {
		h, err := a.store.read(ctx, id)
		if errors.Is(err, ErrUnknown) || err == nil && (h.State.ended() || h.State == statePlanned) {
			return errors.Join(err, a.store.unlist(ctx, id))
		}
		if err != nil {
			return err
		}
		if err := acquire(ctx, a.lease(id)); err != nil {
			return err
		}
		if err := a.batch(ctx, h); err != nil {
			return err
		}
		if report == nil {
			continue
		}
		s, err := a.Status(ctx, id)
		if err != nil {
			return err
		}
		report(s)
	}
}

// batch acts on the next campaigns, and moves the action on. One that is to stop only
// stops.
func (a *Actions) batch(ctx context.Context, h head) error {
	var items []planned
	var t tally
	if h.State == Running {
		var err error
		if items, err = a.store.items(ctx, h.ID, h.position, batchSize); err != nil {
			return err
		}
		if len(items) == 0 && h.position < h.Total {
			return fmt.Errorf("action %s: its campaigns are gone from Redis after %d of %d; make a new plan", h.ID, h.position, h.Total)
		}
		if t, err = a.actOn(ctx, h, items); err != nil {
			return err
		}
	}
	state, err := a.store.move(ctx, h.ID, h.position, h.position+len(items), t)
	if err != nil || !state.ended() || a.ended == nil {
		return err
	}
	s, err := a.Status(ctx, h.ID)
	if err == nil {
		a.ended(ctx, s)
	}
	return err
}

// actOn acts on some campaigns, several at once, and counts what became of them. Trouble,
// and the end of ctx, keep it from beginning with further ones; those in hand are brought
// to their end, and what was touched is marked.
func (a *Actions) actOn(ctx context.Context, h head, items []planned) (tally, error) {
	if len(items) == 0 {
		return tally{}, nil
	}
	acts, err := a.acting(h)
	if err != nil {
		return tally{}, err
	}
	before, err := a.store.touched(ctx, h.ID, h.position, len(items))
	if err != nil {
		return tally{}, err
	}
	ctx, broken := context.WithCancelCause(ctx)
	defer broken(nil)
	inHand, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	problems := make([]Untouched, len(items))
	places := make(chan int)
	var workers sync.WaitGroup
	for range min(atOnce, len(items)) {
		workers.Go(func() {
			for i := range places {
				p, err := a.one(inHand, acts, h.position+i, items[i], before[i])
				if problems[i] = p; err != nil {
					broken(err)
				}
			}
		})
	}
	for i := range items {
		if ctx.Err() != nil {
			break
		}
		places <- i
	}
	close(places)
	workers.Wait()
	if ctx.Err() != nil {
		return tally{}, context.Cause(ctx)
	}
	return counted(problems), nil
}

// one acts on the i-th campaign of an action. What was touched before, by a process that
// has died since, is not touched again.
func (a *Actions) one(ctx context.Context, acts *acting, i int, p planned, touched bool) (Untouched, error) {
	done := Untouched{ID: p.ID, Effect: Done}
	if touched {
		return done, acts.finish(ctx, i, p)
	}
	err := acts.do(ctx, i, p)
	if err == nil {
		return done, nil
	}
	if !refused(err) {
		return done, err
	}
	changed, lookErr := acts.changed(ctx, p)
	if lookErr != nil {
		return done, lookErr
	}
	if changed == "" {
		return Untouched{ID: p.ID, Effect: Failed, Detail: clipped(err.Error())}, nil
	}
	// It may have been this very action that changed it: another process is at it, too.
	now, err := a.store.touched(ctx, acts.id, i, 1)
	if err != nil {
		return done, err
	}
	if now[0] {
		return done, acts.finish(ctx, i, p)
	}
	return Untouched{ID: p.ID, Effect: Skipped, Detail: changed}, nil
}

func counted(results []Untouched) tally {
	var t tally
	for _, p := range results {
		switch p.Effect {
		case Done:
			t.done++
			continue
		case Skipped:
			t.skipped++
		default:
			t.failed++
		}
		t.problems = append(t.problems, p)
	}
	return t
}
