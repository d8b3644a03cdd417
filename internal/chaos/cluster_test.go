package chaos

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
)

// onCluster is three masters with a replica each.
func (w *world) onCluster() place {
	w.t.Helper()
	nodes := redistest.StartNodes(w.t, kept()...)
	w.shopURL = nodes.URL()
	upset := func(do func(context.Context, *world, *redistest.Cluster, *rand.Rand)) func(context.Context, *world, *rand.Rand) {
		return func(ctx context.Context, w *world, r *rand.Rand) { do(ctx, w, nodes, r) }
	}
	return place{
		kind: cluster, url: nodes.URL(), durable: durableOn(1), without: tooMuch(),
		client: func() redis.UniversalClient { return nodes.Client() },
		upsets: []fault{
			{"slots_moved", upset(moveSlots)},
			{"master_killed", upset(killMaster)},
			{"master_cut_off", upset(cutMasterOff)},
			{"master_frozen", upset(freezeMaster)},
			{"master_replaced", upset(replaceMaster)},
		},
	}
}

// homes are keys with a slot each: what is known of the account's
// campaigns, and its queues.
func homes() []string {
	keys := []string{"octoq:{" + campaign.DefaultAccount + "}:meta"}
	for _, queue := range []string{"create", "status", "confirm", "cancel", "dead"} {
		keys = append(keys, "asynq:{"+campaign.DefaultAccount+"."+queue+"}:pending")
	}
	return keys
}

func home(r *rand.Rand) string { return homes()[r.IntN(len(homes()))] }

// lose takes a master away, and brings it back when its replica is in its place.
func (w *world) lose(nodes *redistest.Cluster, r *rand.Rand, lose, regain func(*redistest.Server)) {
	key := home(r)
	old := nodes.MasterOf(key)
	lose(old)
	now := nodes.AwaitFailover(key, old)
	switched := time.Now()
	w.note("%s is the master of %s in the place of %s", now.Addr, key, old.Addr)
	w.goesOn(switched)
	pass(context.Background(), between(r, 0, 2*time.Second))
	regain(old)
	now.AwaitReplicas(1)
	nodes.AwaitUp()
}

func killMaster(_ context.Context, w *world, nodes *redistest.Cluster, r *rand.Rand) {
	w.lose(nodes, r, (*redistest.Server).Kill, (*redistest.Server).Restart)
}

// cutMasterOff has it take writes until it notices that it is alone.
func cutMasterOff(_ context.Context, w *world, nodes *redistest.Cluster, r *rand.Rand) {
	w.lose(nodes, r, nodes.Cut, nodes.Heal)
}

func freezeMaster(_ context.Context, w *world, nodes *redistest.Cluster, r *rand.Rand) {
	w.lose(nodes, r, (*redistest.Server).Freeze, (*redistest.Server).Thaw)
}

// replaceMaster has its replica take over, in good order or without asking anyone.
func replaceMaster(_ context.Context, w *world, nodes *redistest.Cluster, r *rand.Rand) {
	var how []any
	if r.IntN(2) == 0 {
		how = append(how, "takeover")
	}
	now := nodes.TakeOver(home(r), how...)
	switched := time.Now()
	w.note("%s took over: %v", now.Addr, how)
	w.goesOn(switched)
	now.AwaitReplicas(1)
}

// moveSlots moves what is known of the account's campaigns, and some of its queues, to
// other masters.
func moveSlots(_ context.Context, w *world, nodes *redistest.Cluster, r *rand.Rand) {
	for i, key := range homes() {
		if i > 0 && r.IntN(2) == 0 {
			continue
		}
		masters := nodes.Masters()
		to := masters[r.IntN(len(masters))]
		w.note("the slot of %s moves from %s to %s", key, nodes.MasterOf(key).Addr, to.Addr)
		if err := nodes.MoveSlot(key, to); err != nil {
			w.t.Errorf("move a slot: %v", err)
		}
	}
	nodes.AwaitUp()
	w.goesOn(time.Now())
}
