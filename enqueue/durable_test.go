package enqueue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/redistest"
)

// unconfirmed fails unless the campaign is enqueued and the error says what was
// not confirmed and what to do.
func (w *world) unconfirmed(t *testing.T, r enqueue.Receipt, err error, why string) {
	t.Helper()
	var e *enqueue.NotDurableError
	if !errors.As(err, &e) || !errors.Is(err, enqueue.ErrNotDurable) {
		t.Errorf("got %v, want a NotDurableError", err)
		return
	}
	if !strings.Contains(err.Error(), "is enqueued") || !strings.Contains(e.Why, why) || e.Do == "" || e.ID != r.ID {
		t.Errorf("got %v (do: %q), want %q in it, and what to do", err, e.Do, why)
	}
	if !slices.Contains(w.waiting(t, campaign.StageCreate), r.ID) {
		t.Errorf("queue: %s is not in it", r.ID)
	}
}

// known fails unless the error says that the campaign was there, and no more.
func known(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, campaign.ErrDuplicate) || errors.Is(err, enqueue.ErrNotDurable) {
		t.Errorf("asked again: got %v, want ErrDuplicate alone", err)
	}
}

// replicated is a Redis with one replica that follows it.
func replicated(t *testing.T) (*world, *redistest.Server) {
	t.Helper()
	master, replica := redistest.Start(t), redistest.Start(t)
	replica.Follow(master)
	return newWorld(t, master.Client()), replica
}

// What a replica confirms is there; too few replicas in time are reported, and
// enqueueing the same id again says when they are enough.
func TestDurableOnReplicas(t *testing.T) {
	t.Parallel()
	w, replica := replicated(t)
	for r, err := range w.client.EnqueueAll(t.Context(), slices.Values([]campaign.Campaign{order("a"), order("b")}), enqueue.Durable(enqueue.OnReplicas(1))) {
		there, lookErr := replica.Client().Exists(t.Context(), "asynq:{default.create}:t:"+r.ID).Result()
		if err != nil || r.State != campaign.StateQueued || there != 1 || lookErr != nil {
			t.Errorf("%s: got %+v, %v and %d on the replica (%v), want it queued and there", r.ID, r, err, there, lookErr)
		}
	}
	two := enqueue.Durable(enqueue.OnReplicas(2), enqueue.Within(100*time.Millisecond))
	r, err := w.client.Enqueue(t.Context(), order("c"), two)
	w.unconfirmed(t, r, err, "1 of the 2 replicas had it within 100ms")
	if r.State != campaign.StateQueued {
		t.Errorf("receipt: got %+v, want it complete", r)
	}
	_, err = w.client.Enqueue(t.Context(), order("c"), two)
	if !errors.Is(err, campaign.ErrDuplicate) || !errors.Is(err, enqueue.ErrNotDurable) {
		t.Errorf("asked again in vain: got %v, want ErrDuplicate and ErrNotDurable", err)
	}
	_, err = w.client.Enqueue(t.Context(), order("c"), enqueue.Durable(enqueue.OnReplicas(1)))
	known(t, err)
}

// A replica that is connected and hangs has nothing.
func TestDurableOnAReplicaThatHangs(t *testing.T) {
	t.Parallel()
	w, replica := replicated(t)
	replica.Freeze()
	r, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable(enqueue.OnReplicas(1), enqueue.Within(150*time.Millisecond)))
	w.unconfirmed(t, r, err, "0 of the 1 replicas")
	replica.Thaw()
	_, err = w.client.Enqueue(t.Context(), order("a"), enqueue.Durable(enqueue.OnReplicas(1), enqueue.Within(10*time.Second)))
	known(t, err)
}

// old makes a Redis of 7.2 or newer answer like one before.
type old struct{}

type unknownCommand struct{}

func (unknownCommand) Error() string { return "ERR unknown command 'WAITAOF'" }
func (unknownCommand) RedisError()   {}

func (old) DialHook(next redis.DialHook) redis.DialHook                                  { return next }
func (old) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook { return next }

func (old) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if strings.EqualFold(cmd.Name(), "waitaof") {
			cmd.SetErr(unknownCommand{})
			return cmd.Err()
		}
		return next(ctx, cmd)
	}
}

// A Redis that cannot confirm its disk is believed by its settings, and says
// what is missing where they do not suffice or cannot be read.
func TestDurableByTheSettings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string // "" is durable
	}{
		"always":              {[]string{"--appendonly", "yes", "--appendfsync", "always"}, ""},
		"always, not rewrite": {[]string{"--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "yes"}, "cannot confirm"},
		"everysec":            {[]string{"--appendonly", "yes", "--appendfsync", "everysec"}, "appendfsync everysec"},
		"no file":             {nil, "no append-only file"},
		"secret":              {[]string{"--appendonly", "yes", "--rename-command", "CONFIG", ""}, "octoq cannot know"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := redistest.Start(t, tt.args...).Client()
			rdb.AddHook(old{})
			w := newWorld(t, rdb)
			r, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable())
			if tt.want != "" {
				w.unconfirmed(t, r, err, tt.want)
			} else if err != nil {
				t.Errorf("got %v, want it confirmed", err)
			}
		})
	}
}

// tapped keeps what a connection sends.
type tapped struct {
	net.Conn
	mu   *sync.Mutex
	sent *bytes.Buffer
}

func (c tapped) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.sent.Write(b)
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// withWAITAOF is a stand-in for a Redis 7.2 or newer, and what was sent to it,
// by connection.
func withWAITAOF(t *testing.T, answer func(*server.Peer)) (*world, func() []string) {
	t.Helper()
	m := memredis.RunT(t)
	err := m.Server().Register("WAITAOF", func(c *server.Peer, _ string, args []string) {
		if len(args) != 3 || args[0] != "1" || args[1] != "0" || args[2] == "0" {
			c.WriteError(fmt.Sprintf("ERR asked for %q", args))
			return
		}
		answer(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []*bytes.Buffer
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr(), Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		mu.Lock()
		defer mu.Unlock()
		conns = append(conns, &bytes.Buffer{})
		return tapped{Conn: conn, mu: &mu, sent: conns[len(conns)-1]}, err
	}})
	t.Cleanup(func() { _ = rdb.Close() })
	return newWorld(t, rdb), func() []string {
		mu.Lock()
		defer mu.Unlock()
		var all []string
		for _, b := range conns {
			all = append(all, b.String())
		}
		return all
	}
}

// waitedFor is WAITAOF's documented answer: the number of local and of replicas'
// files that have the write.
func waitedFor(local int) func(*server.Peer) {
	return func(c *server.Peer) {
		c.WriteLen(2)
		c.WriteInt(local)
		c.WriteInt(0)
	}
}

// Redis confirms its disk by WAITAOF, for the writes of the connection that
// asks: one of them goes before it.
func TestDurableOnDisk(t *testing.T) {
	t.Parallel()
	w, sent := withWAITAOF(t, waitedFor(1))
	if _, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable()); err != nil {
		t.Errorf("got %v, want it confirmed", err)
	}
	_, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable())
	known(t, err)
	asked := 0
	for _, conn := range sent() {
		before, _, found := strings.Cut(strings.ToLower(conn), "waitaof")
		if !found {
			continue
		}
		asked++
		if _, mark, _ := strings.Cut(before, "watch"); !strings.Contains(mark, "redis.call('set'") {
			t.Errorf("the connection that waits has written nothing before:\n%s", conn)
		}
	}
	if asked == 0 {
		t.Error("got no WAITAOF, want one")
	}
}

func TestDurableOnDiskRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer func(*server.Peer)
		want   string
	}{
		"too late": {waitedFor(0), "was not on the disk of Redis within 5s"},
		"no file": {func(c *server.Peer) {
			c.WriteError("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
		}, "no append-only file"},
		"forbidden": {func(c *server.Peer) {
			c.WriteError("NOPERM User default has no permissions to run the 'waitaof' command")
		}, "octoq cannot know"},
		"something else": {func(c *server.Peer) { c.WriteError("ERR not today") }, "not today"},
		"hung up":        {func(c *server.Peer) { c.Close() }, "could not be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := withWAITAOF(t, tt.answer)
			r, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable())
			w.unconfirmed(t, r, err, tt.want)
		})
	}
}

// A stream is confirmed batch by batch; what was never enqueued is not said to
// be, and without an id nothing is.
func TestDurableAll(t *testing.T) {
	t.Parallel()
	w, sent := withWAITAOF(t, waitedFor(0))
	w.enqueue(t, order("old"))
	results := map[string]error{}
	items := []campaign.Campaign{order("a"), order("old"), order(""), {ID: "bad"}, order("b")}
	for r, err := range w.client.EnqueueAll(t.Context(), slices.Values(items), enqueue.Durable()) {
		results[r.ID] = err
	}
	for id, want := range map[string][]error{
		"a": {enqueue.ErrNotDurable}, "b": {enqueue.ErrNotDurable}, "": {campaign.ErrInvalid}, "bad": {campaign.ErrInvalid},
		"old": {campaign.ErrDuplicate, enqueue.ErrNotDurable},
	} {
		for _, kind := range []error{enqueue.ErrNotDurable, campaign.ErrInvalid, campaign.ErrDuplicate} {
			if got := errors.Is(results[id], kind); got != slices.Contains(want, kind) {
				t.Errorf("%q: got %v, want %v", id, results[id], want)
			}
		}
	}
	if n := strings.Count(strings.ToLower(strings.Join(sent(), "")), "waitaof"); n != 1 {
		t.Errorf("waits: got %d, want 1 for the batch", n)
	}
	for name, o := range map[string]enqueue.Option{
		"no replica": enqueue.Durable(enqueue.OnReplicas(0)), "no time": enqueue.Durable(enqueue.Within(0)),
	} {
		if _, err := w.client.Enqueue(t.Context(), order("never"), o); err == nil || errors.Is(err, enqueue.ErrNotDurable) {
			t.Errorf("%s: got %v, want it refused before anything is enqueued", name, err)
		}
	}
}

func ExampleDurable() {
	client, err := enqueue.New(enqueue.Config{RedisURL: "redis://127.0.0.1:6379/0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()
	receipt, err := client.Enqueue(context.Background(), order("spring"), enqueue.Durable(enqueue.OnReplicas(1)))
	switch {
	case errors.Is(err, enqueue.ErrNotDurable):
		fmt.Println("enqueued, and perhaps lost if Redis crashes now:", err)
	case err != nil:
		fmt.Println("not enqueued, or not known:", err)
	default:
		fmt.Println("kept:", receipt.ID)
	}
}
