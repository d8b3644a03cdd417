package asynqwire

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watcher is a client that notes which scripts it recognises.
type watcher struct {
	redis.UniversalClient
	mu   sync.Mutex
	seen map[Kind]bool
}

func (w *watcher) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	w.mu.Lock()
	w.seen[KindOf(keys, args)] = true
	w.mu.Unlock()
	return w.UniversalClient.EvalSha(ctx, sha, keys, args...)
}

func (w *watcher) saw(k Kind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[k]
}

// TestAsynqsScriptsAreRecognised runs asynq itself, without any of octoq's
// ways. If it fails after an upgrade of asynq, its scripts have changed: read
// them, then adapt KindOf and guard.
func TestAsynqsScriptsAreRecognised(t *testing.T) {
	t.Parallel()
	w := &watcher{UniversalClient: redistest.Start(t).Client(), seen: map[Kind]bool{}}
	client := asynq.NewClientFromRedisClient(w)
	enqueue := func(name string, options ...asynq.Option) {
		if _, err := client.Enqueue(asynq.NewTask(name, nil), append(options, asynq.Queue("q.create"))...); err != nil {
			t.Fatal(err)
		}
	}
	enqueue("done", asynq.ProcessIn(time.Second))
	enqueue("fails")
	enqueue("hangs")
	release := make(chan struct{})
	defer close(release)
	s := asynq.NewServerFromRedisClient(w, asynq.Config{
		Queues: map[string]int{"q.create": 1}, Concurrency: 3, LogLevel: asynq.FatalLevel,
		TaskCheckInterval: time.Millisecond, DelayedTaskCheckInterval: 10 * time.Millisecond, ShutdownTimeout: time.Millisecond,
	})
	err := s.Start(asynq.HandlerFunc(func(_ context.Context, tk *asynq.Task) error {
		switch tk.Type() {
		case "fails":
			return context.Canceled
		case "hangs":
			<-release
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !(w.saw(KindDone) && w.saw(KindRetry)); {
		if time.Now().After(deadline) {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	s.Shutdown()
	want := []Kind{KindEnqueue, KindSchedule, KindDequeue, KindDone, KindRetry, KindRequeue, KindForward}
	for _, k := range want {
		if !w.saw(k) {
			t.Errorf("asynq's %s was not recognised; recognised: %q", k, slices.Sorted(maps.Keys(w.seen)))
		}
	}
}

func TestAsynqsOtherScriptsAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := &watcher{UniversalClient: redistest.Start(t).Client(), seen: map[Kind]bool{}}
	if _, err := asynq.NewClientFromRedisClient(w).Enqueue(asynq.NewTask("t", nil), asynq.Queue("q.create"), asynq.TaskID("a")); err != nil {
		t.Fatal(err)
	}
	w.seen = map[Kind]bool{}
	i := asynq.NewInspectorFromRedisClient(w)
	_, errInfo := i.GetQueueInfo("q.create")
	_, errArchiveAll := i.ArchiveAllPendingTasks("q.create")
	_, errRunAll := i.RunAllArchivedTasks("q.create")
	errArchive := i.ArchiveTask("q.create", "a")
	errRun := i.RunTask("q.create", "a")
	errDelete := i.DeleteTask("q.create", "a")
	for _, err := range []error{errInfo, errArchiveAll, errRunAll, errArchive, errRun, errDelete} {
		if err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(map[Kind]bool{KindOther: true}, w.seen); diff != "" {
		t.Errorf("recognised what is not octoq's business (-want +got):\n%s", diff)
	}
}

// The template writes what asynq's own client writes, for every queue: when
// asynq changes, this test says so, and octoq falls back to that client.
func TestMessagesAreAsynqs(t *testing.T) {
	t.Parallel()
	var s Scripts
	for _, stage := range record.Stages() {
		queue, typename := key.Queue("shop", stage), task.TypeName(stage)
		tmpl, err := NewTemplate(t.Context(), &s, queue, typename)
		if err != nil {
			t.Fatalf("%s: got %v, want a template: asynq enqueues in another way than octoq knows", stage, err)
		}
		rapid.Check(t, func(rt *rapid.T) {
			id := rapid.StringMatching(`[A-Za-z0-9._~-]{1,90}`).Draw(rt, "id")
			payload := rapid.SliceOfN(rapid.Byte(), 1, 400).Draw(rt, "payload")
			var due time.Time
			if rapid.Bool().Draw(rt, "scheduled") {
				due = time.Unix(rapid.Int64Range(time.Now().Unix()+100, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).Unix()).Draw(rt, "due"), 0)
			}
			spec := TaskSpec{Queue: queue, Type: typename, ID: id, Payload: payload, At: due}
			c, err := CallOf(t.Context(), &s, spec)
			if err != nil {
				rt.Fatalf("asynq: %v", err)
			}
			if got := tmpl.Message(id, payload); !bytes.Equal(got, c.Args[0].([]byte)) {
				rt.Fatalf("got\n%x, asynq writes\n%x", got, c.Args[0])
			}
			if err := tmpl.compare(c, spec); err != nil {
				rt.Fatalf("got %v", err)
			}
		})
	}
}

// What octoq reads of asynq's message by hand is what asynq wrote there.
func TestMessageIsAsynqs(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	_, err := asynq.NewClientFromRedisClient(c).Enqueue(asynq.NewTask("some:type", []byte("old")),
		asynq.Queue("q.dead"), asynq.TaskID("a~1.2.0"), asynq.ProcessIn(time.Hour), asynq.MaxRetry(MaxRetry))
	if err != nil {
		t.Fatal(err)
	}
	n := KeysOf("q.dead")
	stored, err := c.HGet(t.Context(), n.Task("a~1.2.0"), "msg").Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadMessage(stored)
	want := Message{Type: "some:type", ID: "a~1.2.0", Payload: []byte("old")}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("ReadMessage: got %+v, %v, want %+v", got, err, want)
	}
	changed, err := ReplacePayload(stored, []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.HSet(t.Context(), n.Task("a~1.2.0"), "msg", changed).Err(); err != nil {
		t.Fatal(err)
	}
	info, err := asynq.NewInspectorFromRedisClient(c).GetTaskInfo("q.dead", "a~1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(info.Payload), "new"; got != want || info.Type != "some:type" || info.MaxRetry != MaxRetry {
		t.Errorf("asynq reads payload %q, type %q, max retry %d, want %q, some:type, %d", got, info.Type, info.MaxRetry, want, MaxRetry)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("\x0a\x01t\x12\x01p\x1a\x01i"))
	f.Fuzz(func(t *testing.T, b []byte) {
		was, err := ReadMessage(b)
		if err != nil {
			return
		}
		changed, err := ReplacePayload(b, []byte("new"))
		if err != nil {
			t.Fatalf("ReplacePayload: %v", err)
		}
		is, err := ReadMessage(changed)
		was.Payload = []byte("new")
		if err != nil || !cmp.Equal(was, is) {
			t.Errorf("got %+v, %v, want %+v", is, err, was)
		}
	})
}
