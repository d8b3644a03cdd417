package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// quietFor is how long a connection may be without a notification before it is asked
// whether it is alive.
const quietFor = time.Minute

// listen wakes the relay when a transaction with campaigns commits. Whatever it
// misses the relay finds when it looks by itself, so it reports no errors.
func (r *Relay) listen(ctx context.Context) {
	for failures := 1; ctx.Err() == nil; failures++ {
		err := r.listenOnce(ctx, func() { failures = 1 })
		if err != nil && ctx.Err() == nil {
			r.cfg.Logger.Debug().Err(err).Msg("the outbox is not listened to for now")
			pause(ctx, backoff(failures), nil)
		}
	}
}

// listenOnce listens on a connection of its own until that breaks. It is taken out of
// the pool, so that a pool of one connection is left with it.
func (r *Relay) listenOnce(ctx context.Context, listening func()) error {
	pooled, err := r.cfg.Pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "LISTEN octoq_outbox"); err != nil {
		return fmt.Errorf("listen to the outbox: %w", err)
	}
	listening()
	for {
		r.wake() // after LISTEN too: what came before it was not heard
		if err := r.awaitNotification(ctx, conn); err != nil {
			return err
		}
	}
}

// awaitNotification returns nil once there is a notification.
func (r *Relay) awaitNotification(ctx context.Context, conn *pgx.Conn) error {
	for {
		quiet, cancel := context.WithTimeout(ctx, quietFor)
		_, err := conn.WaitForNotification(quiet)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if err := conn.Ping(ctx); err != nil {
			return fmt.Errorf("ask whether the connection that listens is alive: %w", err)
		}
	}
}
