package statsstore

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/stats"
)

// sum is what n campaigns of 20 contacts came to.
func sum(n int64, cost campaign.Money) stats.Sum {
	return stats.Sum{Campaigns: n, Contacts: 20 * n, Cost: cost}
}

// onEach runs a test on Redis, on a cluster, and on the Redis in memory of the demo.
func onEach(t *testing.T, test func(*testing.T, *rig)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) redis.UniversalClient{
		"redis":   func(tb testing.TB) redis.UniversalClient { return redistest.Start(tb).Client() },
		"cluster": func(tb testing.TB) redis.UniversalClient { return redistest.StartCluster(tb) },
		"memory": func(tb testing.TB) redis.UniversalClient {
			c := redis.NewClient(&redis.Options{Addr: memredis.RunT(tb).Addr()})
			tb.Cleanup(func() { _ = c.Close() })
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newRig(t, open(t)))
		})
	}
}

func TestARunIsCountedOnceWhenItEnds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, r *rig) {
		rec := r.priced("a", 25800, nil)
		r.want("while it lives", stats.Figures{})
		before := r.move(r.move(rec, campaign.StateReady, nil), campaign.StateConfirming, nil)
		after := before
		after.State, after.Step = campaign.StateSent, before.Step+1
		ch := r.change(&before, after)
		sent := r.commit(ch)
		r.commit(ch) // its answer was lost
		r.want("sent", stats.Figures{Sent: sum(1, 25800)})
		r.commit(ch)
		r.want("written and added up again", stats.Figures{Sent: sum(1, 25800)})
		r.put(&sent, sent)
		r.want("changed afterwards", stats.Figures{Sent: sum(1, 25800)})
		dead := r.move(r.priced("b", 100, nil), campaign.StateDead, nil)
		r.want("another one is dead, which costs nothing", stats.Figures{Sent: sum(1, 25800), Dead: 1})
		r.put(&dead, dead)
		r.want("its letter is touched", stats.Figures{Sent: sum(1, 25800), Dead: 1})
	})
}

func TestAReplayMovesWhatTheCampaignCountedAs(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, r *rig) {
		dead := r.move(r.priced("a", 25800, nil), campaign.StateDead, func(n *record.Record) { n.MaybeConfirmed, n.ConfirmTried = true, true })
		r.want("may have been sent", stats.Figures{Unknown: sum(1, 25800)})
		next := r.replay(dead, false)
		r.want("replayed", stats.Figures{Unknown: sum(1, 25800)})
		again := r.move(next, campaign.StateDead, nil)
		r.want("dead again", stats.Figures{Unknown: sum(1, 25800)})
		r.move(r.replay(again, false), campaign.StateSent, nil)
		r.want("sent at last", stats.Figures{Sent: sum(1, 25800)})

		edited := r.move(r.priced("b", 100, map[string]string{"shop": "paris"}), campaign.StateDead, nil)
		edited = r.move(edited, campaign.StateDead, func(n *record.Record) { n.Campaign.Labels, n.Edited = map[string]string{"shop": "nice"}, true })
		r.move(r.replay(edited, true), campaign.StateSent, nil)
		r.want("edited and sent", stats.Figures{Sent: sum(2, 25800+101)})
		groups := stats.Groups(r.buckets(stats.PerDay), "label.shop")
		if len(groups) != 2 || groups[0].Value != "nice" || groups[0].Sent != sum(1, 101) || groups[1].Kind != stats.KindNone || groups[1].Sent != sum(1, 25800) {
			t.Errorf("by shop: got %+v, want nice, and one without a shop", groups)
		}
	})
}

func TestForceLeavesWhatMayHaveBeenSent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, r *rig) {
		mark := func(n *record.Record) { n.MaybeConfirmed, n.ConfirmTried = true, true }
		dead := r.move(r.priced("a", 25800, nil), campaign.StateDead, mark)
		next := r.replay(dead, true)
		refused := r.move(next, campaign.StateDead, nil)
		r.want("the second ticket is refused", stats.Figures{Unknown: sum(1, 25800)})
		r.move(r.replay(refused, true), campaign.StateSent, nil)
		r.want("the third is sent", stats.Figures{Unknown: sum(1, 25800), Sent: sum(1, 25802)})

		plain := r.move(r.priced("b", 100, nil), campaign.StateDead, nil)
		r.move(r.replay(plain, true), campaign.StateSent, nil)
		r.want("forced without need", stats.Figures{Unknown: sum(1, 25800), Sent: sum(2, 25802+101)})
	})
}

func TestAVouchAndAPurge(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, r *rig) {
		dead := r.move(r.priced("a", 25800, nil), campaign.StateDead, func(n *record.Record) { n.MaybeConfirmed = true })
		vouched := r.move(dead, campaign.StateDead, func(n *record.Record) { n.MaybeConfirmed = false })
		r.want("vouched for", stats.Figures{Dead: 1})
		stone := vouched.Tombstone()
		r.put(&vouched, stone)
		r.want("purged", stats.Figures{Dead: 1})
		if left := r.rdb.HGet(t.Context(), "octoq:{shop}:c:a", "counted").Val(); left != "" {
			t.Errorf("the tombstone still has %q", left)
		}
		r.move(r.move(r.priced("b", 100, nil), campaign.StateCancelling, nil), campaign.StateCancelled, nil)
		r.want("cancelled", stats.Figures{Dead: 1, Cancelled: 1})
	})
}

// What the figures are refused fails no write, and is not taken back later.
func TestRefusedFiguresFailNoWrite(t *testing.T) {
	t.Parallel()
	user := redistest.Start(t).User()
	r := newRig(t, user.Client())
	rec := r.priced("a", 25800, nil)
	user.Change("-rpush")
	dead := r.move(rec, campaign.StateDead, nil)
	user.Change("+rpush")
	r.want("dead, and not counted", stats.Figures{})
	r.move(r.replay(dead, false), campaign.StateSent, nil)
	r.want("sent", stats.Figures{Sent: sum(1, 25800)})
}
