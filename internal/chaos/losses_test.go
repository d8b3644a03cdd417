package chaos

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
)

// losses are what Redis itself goes through: one thing at a time.
type losses struct {
	sync.Mutex
	// doubted: the run of Redis has changed, and no vouch has followed.
	doubted bool
	// any: something may have been forgotten, so that a vouch would not be true.
	any bool
	// since is when Redis last lost more than the tail that it had not synced: what
	// the schedule had enqueued before then is gone with it.
	since time.Time
}

// onRedisAlone has something happen to Redis, with nothing else happening to it.
func onRedisAlone(do func(context.Context, *world, *rand.Rand)) func(context.Context, *world, *rand.Rand) {
	return func(ctx context.Context, w *world, r *rand.Rand) {
		w.losses.Lock()
		defer w.losses.Unlock()
		if ctx.Err() == nil {
			w.losses.doubted = true
			do(ctx, w, r)
		}
	}
}

// killRedis kills Redis and starts it again from its append-only file.
func killRedis(ctx context.Context, w *world, r *rand.Rand) {
	w.losses.any = true
	w.redis.Kill()
	w.note("redis: killed")
	pass(ctx, between(r, 0, 3*time.Second))
	w.redis.Restart()
	w.note("redis: back")
}

// restartRedis restarts it in good order, as for an upgrade. Where nothing was ever
// lost, an operator may say so.
func restartRedis(_ context.Context, w *world, r *rand.Rand) {
	w.redis.Stop()
	w.redis.Restart()
	w.note("redis: restarted")
	if !w.losses.any && r.IntN(2) == 0 {
		w.vouch("a clean restart")
	}
}

// emptyRedis brings it back without anything, once or twice.
func emptyRedis(_ context.Context, w *world, r *rand.Rand) {
	for range 1 + r.IntN(2) {
		w.comeBackWith("", r)
	}
}

// putRedisBack brings it back as it was some seconds before, once or twice.
func putRedisBack(ctx context.Context, w *world, r *rand.Rand) {
	older := filepath.Join(w.dir, "older")
	defer func() { _ = os.RemoveAll(older) }()
	if err := os.CopyFS(older, os.DirFS(w.appended())); err != nil {
		w.t.Errorf("copy the data of Redis: %v", err)
		return
	}
	for range 1 + r.IntN(2) {
		pass(ctx, between(r, time.Second, 5*time.Second))
		w.comeBackWith(older, r)
	}
}

// appended is the folder of Redis's append-only file.
func (w *world) appended() string { return filepath.Join(w.redis.Dir, "appendonlydir") }

// comeBackWith restarts Redis with the data of a folder, or none. Producers enqueue
// again what they had enqueued, and an operator adds the schedule.
func (w *world) comeBackWith(folder string, r *rand.Rand) {
	w.losses.any = true
	w.redis.Kill()
	err := os.RemoveAll(w.appended())
	if err == nil && folder != "" {
		err = os.CopyFS(w.appended(), os.DirFS(folder))
	}
	if err != nil {
		w.t.Errorf("replace the data of Redis: %v", err)
	}
	w.redis.Restart()
	w.losses.since = time.Now()
	w.note("redis: back with %q", filepath.Base(folder))
	w.startPulse()
	for _, file := range w.producers.enqueued(r) {
		w.producers.run(file, false, 0)
	}
}

// vouch is an operator's word that nothing was forgotten.
func (w *world) vouch(reason string) {
	w.until(time.Minute, "an operator vouches", func() (bool, string) {
		out, code := w.command(context.Background(), w.place.url, "vouch", "--reason", reason)
		return code == exitDone, out
	})
	w.losses.doubted = false
	w.injected("vouch")
}

// beforehand is what the account has lived through when the play begins: it is new and
// an operator has vouched for it, it is new, or no worker served it for a day before Redis
// was replaced. In the last case nothing is created before an operator vouches for it,
// which is true as long as nothing else befalls Redis.
func (w *world) beforehand(ctx context.Context, r *rand.Rand) (done func()) {
	switch r.IntN(4) {
	case 0:
		w.losses.doubted = true
		w.note("the account is new")
	case 1:
		w.neglect()
		w.losses.Lock()
		vouched := make(chan struct{})
		go func() {
			defer close(vouched)
			defer w.losses.Unlock()
			pass(ctx, between(r, time.Second, 4*time.Second))
			w.vouch("Redis was moved in good order")
		}()
		return func() { <-vouched }
	default:
		w.vouch("a new account")
	}
	return func() {}
}

// neglect makes an account whose ledger was last stamped 30 hours ago, under
// another run of Redis.
func (w *world) neglect() {
	c := w.place.client()
	stamp := strconv.FormatInt(time.Now().Add(-30*time.Hour).UnixMilli(), 10)
	if err := c.HSet(context.Background(), "octoq:{"+campaign.DefaultAccount+"}:meta", "run", "another", "stamp", stamp).Err(); err != nil {
		w.t.Error(err)
	}
	w.note("the account was idle for 30 hours before Redis was replaced")
}
