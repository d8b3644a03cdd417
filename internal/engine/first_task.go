package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
)

// firstTask keeps the first task of a campaign, which holds the campaign itself, until a
// replica has the record. On a cluster the two are on different nodes: a fail-over of the
// record's may forget that there was one, and the task's node would remember that it was
// acknowledged, so that nothing would be left of the campaign.
type firstTask struct {
	cluster *redis.ClusterClient // nil where there is none: elsewhere both are forgotten together
	ledger  *ledger.Store
	account string
}

func newFirstTask(rdb redis.UniversalClient, store *ledger.Store, account string) firstTask {
	cluster, _ := rdb.(*redis.ClusterClient)
	return firstTask{cluster, store, account}
}

const (
	// replicaWithin is how long a replica is waited for, and the pause before the next try.
	replicaWithin = time.Second
	markerLasts   = time.Minute
	// unlistedWithin is how long a replica is waited for that the master does not list.
	unlistedWithin = 100 * time.Millisecond
	// newMaster is how long after a master has taken over its replica may be missing from
	// its list. It lists the node in whose place it is once that says so.
	newMaster = time.Minute
)

var errNoReplica = errors.New("no replica of its node has the record yet: the first task of the campaign is kept")

// acknowledgeable is nil once the record of a campaign outlives the loss of its node, as
// far as the cluster has replicas for that.
func (f firstTask) acknowledgeable(ctx context.Context, id string) error {
	if f.cluster == nil {
		return nil
	}
	err := f.cluster.Watch(ctx, func(tx *redis.Tx) error { return f.onReplica(ctx, tx, id) }, key.Meta(f.account))
	if err != nil {
		return fmt.Errorf("keep campaign %s: %w", id, err)
	}
	return nil
}

// onReplica asks the node of the record: it has the record, and writes a marker behind
// it; what has the marker has the record.
func (f firstTask) onReplica(ctx context.Context, tx *redis.Tx, id string) error {
	var there *redis.IntCmd
	var slot *redis.IntCmd
	var slots *redis.ClusterSlotsCmd
	if _, err := tx.Pipelined(ctx, func(p redis.Pipeliner) error {
		there = p.Exists(ctx, key.Record(f.account, id))
		p.Set(ctx, key.Kept(f.account), "", markerLasts)
		slot, slots = p.ClusterKeySlot(ctx, key.Meta(f.account)), p.ClusterSlots(ctx)
		return nil
	}); err != nil {
		return err
	}
	if there.Val() == 0 {
		return errors.New("its record is gone, as after a fail-over: its first task begins it again")
	}
	within := replicaWithin
	if !hasReplica(slots.Val(), int(slot.Val())) {
		if isNew, err := f.isNewMaster(ctx); err != nil || !isNew {
			return err
		}
		within = unlistedWithin
	}
	n, err := tx.Wait(ctx, 1, within).Result()
	if err == nil && n < 1 {
		err = errNoReplica
	}
	return err
}

// isNewMaster reports whether the node of the records has taken over, or was restarted, a
// short while ago. An operator's vouch hides what was before it.
func (f firstTask) isNewMaster(ctx context.Context) (bool, error) {
	m, err := f.ledger.Observe(ctx, f.account)
	if err != nil {
		return false, err
	}
	since := m.Now.Add(-newMaster)
	return m.VouchedAt.After(since) || slices.ContainsFunc(m.Changes, func(c record.RedisChange) bool {
		return !c.Birth() && c.FirstSeen.After(since)
	}), nil
}

// hasReplica reports whether a slot's master has a replica that is not known to be down.
func hasReplica(ranges []redis.ClusterSlot, slot int) bool {
	for _, r := range ranges {
		if r.Start <= slot && slot <= r.End {
			return len(r.Nodes) > 1
		}
	}
	return false
}
