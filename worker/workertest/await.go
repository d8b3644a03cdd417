package workertest

import (
	"context"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// patience is how long a test waits; far more than anything takes.
const patience = 60 * time.Second

// Finder finds campaigns; *enqueue.Client is one. It fails with
// campaign.ErrNotFound for an id that is not known.
type Finder interface {
	Get(ctx context.Context, account, id string) (campaign.Record, error)
}

// Await waits until a campaign of the default account has ended (sent,
// cancelled, simulated or dead) and returns its record. The test fails at once
// when it is not known, or has not ended after a minute.
func (k *Kit) Await(tb testing.TB, client Finder, id string) campaign.Record {
	tb.Helper()
	return k.AwaitThat(tb, client, campaign.DefaultAccount, id, func(r campaign.Record) bool { return r.State.Final() })
}

// AwaitState waits until a campaign of the default account is in a state, such
// as awaiting_approval.
func (k *Kit) AwaitState(tb testing.TB, client Finder, id string, state campaign.State) campaign.Record {
	tb.Helper()
	return k.AwaitThat(tb, client, campaign.DefaultAccount, id, func(r campaign.Record) bool { return r.State == state })
}

// AwaitThat waits until something holds of a campaign of any account.
func (k *Kit) AwaitThat(tb testing.TB, client Finder, account, id string, holds func(campaign.Record) bool) campaign.Record {
	tb.Helper()
	var r campaign.Record
	var err error
	ok := k.wait(func(ctx context.Context) bool {
		r, err = client.Get(ctx, account, id)
		return err != nil || holds(r)
	})
	switch {
	case err != nil:
		tb.Fatalf("workertest: await campaign %s/%s: %v", account, id, err)
	case !ok:
		tb.Fatalf("workertest: campaign %s/%s is %s after %v, waiting for %q; its last refusal: %+v",
			account, id, r.State, patience, r.Waiting, r.LastRefusal)
	}
	return r
}

func (k *Kit) until(tb testing.TB, what string, cond func(context.Context) bool) {
	tb.Helper()
	if !k.wait(cond) {
		tb.Fatalf("workertest: %s: not within %v", what, patience)
	}
}

// wait reports whether a condition came true in time.
func (k *Kit) wait(cond func(context.Context) bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	const look = 10 * time.Millisecond
	for tick := time.NewTicker(look); ; {
		if cond(ctx) {
			tick.Stop()
			return true
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return false
		case <-tick.C:
		}
	}
}
