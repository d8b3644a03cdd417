package queue_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// Whoever may not publish has done all the same what he has done: no wake-up that
// is refused turns it into an error.
func TestWritesWithoutChannels(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	c, admin := s.User(redistest.NoChannels).Client(), s.Client()
	put(t, c, time.Time{}, first("a"), first("b"))
	put(t, c, time.Now().Add(time.Hour), step("a", campaign.StageStatus, 2))

	i := queue.NewInspector(c)
	unlist(t, admin, "default.create", "a")
	if n := relistAll(t, c, campaign.StageCreate); n != 1 {
		t.Errorf("relisted: got %d, want 1", n)
	}
	archive(t, admin, "b")
	if moved, err := i.Requeue(t.Context(), "default.create", "b", time.Now()); !moved || err != nil {
		t.Errorf("Requeue: got %v, %v, want true", moved, err)
	}
	if changed, err := i.Pause(t.Context(), account, campaign.StageCreate); !changed || err != nil {
		t.Errorf("Pause: got %v, %v, want true", changed, err)
	}
	if changed, err := i.Unpause(t.Context(), account, campaign.StageCreate); !changed || err != nil {
		t.Errorf("Unpause: got %v, %v, want true", changed, err)
	}
	l := queue.NewLetters(c)
	if err := l.Bury(t.Context(), letter("d", 1, 3)); err != nil {
		t.Fatal(err)
	}
	if err := l.Run(t.Context(), account, "d", letter("d", 1, 3).Step); err != nil {
		t.Errorf("Run: got %v", err)
	}
	if d := depth(t, c, campaign.StageCreate); d != (queue.Depth{Pending: 2}) {
		t.Errorf("got %+v, want both creates pending", d)
	}
}

// archive makes a pending task an archived one.
func archive(tb testing.TB, admin redis.UniversalClient, id string) {
	tb.Helper()
	const prefix = "asynq:{default.create}:"
	_, err := admin.TxPipelined(tb.Context(), func(p redis.Pipeliner) error {
		p.LRem(tb.Context(), prefix+"pending", 0, id)
		p.HSet(tb.Context(), prefix+"t:"+id, "state", "archived")
		p.ZAdd(tb.Context(), prefix+"archived", redis.Z{Score: 1, Member: id})
		return nil
	})
	if err != nil {
		tb.Fatalf("archive %s: %v", id, err)
	}
}

// A pause stands, though the queue could not be put on the list of the web page.
func TestPauseWithoutTheListOfQueues(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	i := queue.NewInspector(s.User("resetkeys", "~octoq:*", "~asynq:{*").Client())
	changed, err := i.Pause(t.Context(), account, campaign.StageCreate)
	paused, lookErr := queue.NewInspector(s.Client()).Paused(t.Context(), account)
	if !changed || err != nil || lookErr != nil || !paused[campaign.StageCreate] {
		t.Errorf("got %v, %v and %v, %v, want it paused", changed, err, paused, lookErr)
	}
}

// A server that may not subscribe looks each second, and hands back what it has when
// it stops. asynq's own subscription, which it repeats for ever, leaves nothing open.
func TestServerWithoutChannels(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	c, admin := s.User(redistest.NoChannels).Client(), s.Client()
	g := newGot()
	srv := server(t, c, campaign.StageCreate, func(ctx context.Context, d queue.Delivery) queue.Result {
		if g.add(d) == 1 {
			return queue.Done()
		}
		<-d.Stopping.Done()
		return queue.Again(time.Time{})
	})
	put(t, c, time.Time{}, first("a"))
	g.await(t, 1)
	eventually(t, "the first task is acknowledged", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{} })
	put(t, c, time.Time{}, first("b"))
	g.await(t, 2)
	// The waker asks once, and asynq every five seconds.
	eventually(t, "asynq has asked three times", func() bool { return commandStat(t, admin, "subscribe", "rejected_calls") >= 4 })
	if n := subscribers(t, admin); n > 2 {
		t.Errorf("connections that subscribe: got %d, want the waker's and asynq's", n)
	}
	srv.Stop()
	if d := depth(t, c, campaign.StageCreate); d != (queue.Depth{Pending: 1}) {
		t.Errorf("after the stop: got %+v, want the second task handed back", d)
	}
	eventually(t, "no subscription is open", func() bool { return subscribers(t, admin) == 0 })
}

// subscribers counts the connections whose last command is SUBSCRIBE.
func subscribers(tb testing.TB, admin *redis.Client) int {
	tb.Helper()
	list, err := admin.ClientList(tb.Context()).Result()
	if err != nil {
		tb.Fatalf("client list: %v", err)
	}
	return strings.Count(list, " cmd=subscribe ")
}
