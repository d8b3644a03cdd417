package queue

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redistest"
)

// watcher is a client that notes which scripts it recognises.
type watcher struct {
	redis.UniversalClient
	mu   sync.Mutex
	seen map[kind]bool
}

func (w *watcher) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	w.mu.Lock()
	w.seen[recognise(keys, args)] = true
	w.mu.Unlock()
	return w.UniversalClient.EvalSha(ctx, sha, keys, args...)
}

func (w *watcher) saw(k kind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[k]
}

// TestAsynqsScriptsAreRecognised runs asynq itself, without any of octoq's
// ways. If it fails after an upgrade of asynq, its scripts have changed: read
// them, then adapt recognise and wrap.
func TestAsynqsScriptsAreRecognised(t *testing.T) {
	t.Parallel()
	w := &watcher{UniversalClient: redistest.Start(t).Client(), seen: map[kind]bool{}}
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
	for deadline := time.Now().Add(10 * time.Second); !(w.saw(kindDone) && w.saw(kindRetry)); {
		if time.Now().After(deadline) {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	s.Shutdown()
	want := []kind{kindEnqueue, kindSchedule, kindDequeue, kindDone, kindRetry, kindRequeue, kindForward}
	for _, k := range want {
		if !w.saw(k) {
			t.Errorf("asynq's %s was not recognised; recognised: %q", k, slices.Sorted(maps.Keys(w.seen)))
		}
	}
}

func TestAsynqsOtherScriptsAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := &watcher{UniversalClient: redistest.Start(t).Client(), seen: map[kind]bool{}}
	if _, err := asynq.NewClientFromRedisClient(w).Enqueue(asynq.NewTask("t", nil), asynq.Queue("q.create"), asynq.TaskID("a")); err != nil {
		t.Fatal(err)
	}
	w.seen = map[kind]bool{}
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
	if diff := cmp.Diff(map[kind]bool{kindOther: true}, w.seen); diff != "" {
		t.Errorf("recognised what is not octoq's business (-want +got):\n%s", diff)
	}
}

// What octoq reads of asynq's message by hand is what asynq wrote there.
func TestMessageIsAsynqs(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	_, err := asynq.NewClientFromRedisClient(c).Enqueue(asynq.NewTask("some:type", []byte("old")),
		asynq.Queue("q.dead"), asynq.TaskID("a~1.2.0"), asynq.ProcessIn(time.Hour), asynq.MaxRetry(maxRetry))
	if err != nil {
		t.Fatal(err)
	}
	n := namesOf("q.dead")
	stored, err := c.HGet(t.Context(), n.task("a~1.2.0"), "msg").Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := readMessage(stored)
	want := message{typename: "some:type", id: "a~1.2.0", payload: []byte("old")}
	if err != nil || !cmp.Equal(got, want, cmp.AllowUnexported(message{})) {
		t.Errorf("readMessage: got %+v, %v, want %+v", got, err, want)
	}
	changed, err := withPayload(stored, []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.HSet(t.Context(), n.task("a~1.2.0"), "msg", changed).Err(); err != nil {
		t.Fatal(err)
	}
	info, err := asynq.NewInspectorFromRedisClient(c).GetTaskInfo("q.dead", "a~1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(info.Payload), "new"; got != want || info.Type != "some:type" || info.MaxRetry != maxRetry {
		t.Errorf("asynq reads payload %q, type %q, max retry %d, want %q, some:type, %d", got, info.Type, info.MaxRetry, want, maxRetry)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("\x0a\x01t\x12\x01p\x1a\x01i"))
	f.Fuzz(func(t *testing.T, b []byte) {
		was, err := readMessage(b)
		if err != nil {
			return
		}
		changed, err := withPayload(b, []byte("new"))
		if err != nil {
			t.Fatalf("withPayload: %v", err)
		}
		is, err := readMessage(changed)
		was.payload = []byte("new")
		if err != nil || !cmp.Equal(was, is, cmp.AllowUnexported(message{})) {
			t.Errorf("got %+v, %v, want %+v", is, err, was)
		}
	})
}
