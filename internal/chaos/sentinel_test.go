package chaos

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redistest"
)

// onSentinels is a primary with two replicas and three sentinels.
func (w *world) onSentinels() place {
	w.t.Helper()
	set := redistest.StartSentinels(w.t, kept()...)
	w.shopURL = set.URL()
	upset := func(do func(context.Context, *world, *redistest.SentinelSet, *rand.Rand)) func(context.Context, *world, *rand.Rand) {
		return func(ctx context.Context, w *world, r *rand.Rand) { do(ctx, w, set, r) }
	}
	return place{
		kind: sentinels, url: set.URL(), durable: durableOn(2), without: tooMuch(),
		client: func() redis.UniversalClient { return set.Master().Client() },
		upsets: []fault{
			{"primary_cut_off", upset(cutPrimaryOff)},
			{"primary_killed", upset(killPrimary)},
			{"primary_frozen", upset(freezePrimary)},
			{"primary_switched", upset(switchPrimary)},
		},
	}
}

// killPrimary kills it, and brings it back when another one is in its place.
func killPrimary(ctx context.Context, w *world, set *redistest.SentinelSet, r *rand.Rand) {
	old := set.Master()
	old.Kill()
	now := w.failedOver(set, old)
	pass(ctx, between(r, 0, 2*time.Second))
	old.Restart()
	now.AwaitReplicas(2)
}

// cutPrimaryOff has two primaries take writes: the old one from clients that have not
// heard of the new one. Then the old one is turned into a replica, and forgets.
func cutPrimaryOff(ctx context.Context, w *world, set *redistest.SentinelSet, r *rand.Rand) {
	old := set.Master()
	set.Cut(old)
	gone := w.leftBehind(old, r)
	now := w.failedOver(set, old)
	pass(ctx, between(r, time.Second, 3*time.Second))
	set.Heal(old)
	now.AwaitReplicas(2)
	gone()
}

// freezePrimary freezes it with scripts on their way, and thaws it when another one
// is in its place.
func freezePrimary(ctx context.Context, w *world, set *redistest.SentinelSet, r *rand.Rand) {
	old := set.Master()
	old.Freeze()
	now := w.failedOver(set, old)
	pass(ctx, between(r, 0, 2*time.Second))
	old.Thaw()
	now.AwaitReplicas(2)
}

// switchPrimary is an operator's planned fail-over.
func switchPrimary(_ context.Context, w *world, set *redistest.SentinelSet, _ *rand.Rand) {
	old := set.Master()
	sentinel := set.Sentinels[0].Client()
	w.until(time.Minute, "a sentinel switches", func() (bool, string) {
		err := sentinel.Do(context.Background(), "sentinel", "failover", redistest.MasterName).Err()
		return err == nil, redisError(err)
	})
	w.failedOver(set, old).AwaitReplicas(2)
}

func redisError(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// failedOver waits for the new primary, and until workers go on.
func (w *world) failedOver(set *redistest.SentinelSet, old *redistest.Server) *redistest.Server {
	now := set.AwaitFailover(old)
	switched := time.Now()
	w.note("%s is the primary in the place of %s", now.Addr, old.Addr)
	w.goesOn(switched)
	return now
}

// durableOn are the arguments of a producer that waits for n replicas.
func durableOn(n int) []string {
	return []string{"--durable=replicas:" + string(rune('0'+n))}
}

// tooMuch is a fault that these plays leave to the others: an API that disowns a ticket
// of which Redis has forgotten that it was confirmed.
func tooMuch() []string { return []string{"api_forgets_ticket"} }
