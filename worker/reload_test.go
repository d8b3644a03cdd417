package worker_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
	"github.com/octoq/octoq/worker"
)

// keyedAPI notes by which key each campaign was created, and answers the list "slow" only
// when it is let.
type keyedAPI struct {
	let chan struct{}

	mu   sync.Mutex
	keys map[string]string // by list
}

func (a *keyedAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := new(strings.Builder)
	_ = r.Write(body)
	for _, list := range []string{"slow", "one", "two", "three", "four"} {
		if r.Method == http.MethodPost && strings.Contains(body.String(), `"`+list+`"`) {
			a.mu.Lock()
			a.keys[list] = r.Header.Get("Api-Key")
			a.mu.Unlock()
			if list == "slow" {
				<-a.let
			}
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprintf(w, `{"ticket_number":"sms_%s"}`, list)
			return
		}
	}
	w.WriteHeader(http.StatusServiceUnavailable)
}

func (a *keyedAPI) key(list string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.keys[list]
}

// shop is a worker beside its API and its Redis.
type shop struct {
	t   *testing.T
	api *keyedAPI
	url string
	rdb *redis.Client
	*worker.Worker
	end func()
}

// open runs a worker of these accounts, which are keys by name.
func open(t *testing.T, keys map[string]string) *shop {
	t.Helper()
	s := &shop{t: t, api: &keyedAPI{let: make(chan struct{}), keys: map[string]string{}}}
	server, api := redistest.Start(t), httptest.NewServer(s.api)
	t.Cleanup(api.Close)
	s.url, s.rdb = api.URL, server.Client()
	var err error
	if s.Worker, err = worker.New(worker.Config{RedisURL: server.URL(), Accounts: s.accounts(keys), AccountsRoom: 3}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	s.end = sync.OnceFunc(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	})
	t.Cleanup(s.end)
	await(t, "the worker is ready", s.Ready)
	return s
}

func (s *shop) accounts(keys map[string]string) map[string]worker.Account {
	accounts := map[string]worker.Account{}
	for name, key := range keys {
		accounts[name] = worker.Account{APIURL: s.url, Login: "a@example.com", Key: worker.Secret(key), MaxInFlight: 5, Rate: 50, Burst: 50}
	}
	return accounts
}

func (s *shop) serve(keys map[string]string) {
	s.t.Helper()
	if err := s.Reload(s.t.Context(), s.accounts(keys)); err != nil {
		s.t.Fatal(err)
	}
	s.served(keys)
}

// served waits until Redis says that a worker serves these accounts, and no other.
func (s *shop) served(keys map[string]string) {
	s.t.Helper()
	want := slices.Sorted(maps.Keys(keys))
	await(s.t, fmt.Sprintf("the worker serves %q", want), func() bool {
		ids, err := s.rdb.SMembers(s.t.Context(), key.Workers).Result()
		if err != nil || len(ids) != 1 {
			return false
		}
		got, err := s.rdb.SMembers(s.t.Context(), key.Worker(ids[0])).Result()
		slices.Sort(got)
		return err == nil && slices.Equal(got, want)
	})
}

func (s *shop) enqueue(account, list string) {
	s.t.Helper()
	c := campaign.Campaign{ID: list, Account: account, ListName: list, Text: "Hello STOP", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert}
	item := queue.Item{Task: task.Task{Account: account, ID: list, Step: task.FirstStep(), First: &task.First{Campaign: c, EnqueuedAt: time.Now()}}}
	for _, err := range queue.NewProducer(s.rdb).Enqueue(s.t.Context(), []queue.Item{item}) {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// created waits until a campaign was created by a key.
func (s *shop) created(list, key string) {
	s.t.Helper()
	await(s.t, list+" is created", func() bool { return s.api.key(list) != "" })
	if got := s.api.key(list); got != key {
		s.t.Errorf("%s: created by key %q, want %q", list, got, key)
	}
}

// An account that changes goes on with its new key when its call in flight has ended with
// the old one, and a new one does not wait for that.
func TestAccountsComeAndChangeWhileTheWorkerRuns(t *testing.T) {
	t.Parallel()
	s := open(t, map[string]string{"old": "k1"})
	s.enqueue("old", "slow")
	s.created("slow", "k1")
	s.serve(map[string]string{"old": "k2", "new": "k3"})
	s.enqueue("old", "one")
	s.enqueue("new", "two")
	s.created("two", "k3")
	if got := s.api.key("one"); got != "" {
		t.Errorf("while a call of the old settings is in flight: another was made by %s", got)
	}
	close(s.api.let)
	s.created("one", "k2")
	if got := s.rdb.HGet(t.Context(), key.Record("old", "slow"), "ticket").Val(); got != "sms_slow" {
		t.Errorf("the call that was in flight: got ticket %q on record, want its own", got)
	}
	s.end()
}

// What is enqueued for an account that went stays, and goes out when it is back; the
// worker may be left without any account.
func TestAnAccountGoesAndComesBack(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	s.serve(map[string]string{"old": "k1", "new": "k3"})
	s.enqueue("old", "one")
	s.created("one", "k1")
	s.serve(map[string]string{"new": "k3"})
	await(t, "the account's servers have gone", func() bool {
		return s.rdb.PubSubNumSub(t.Context(), key.Wake(key.Queue("old", campaign.StageCreate))).Val()[key.Wake(key.Queue("old", campaign.StageCreate))] == 0
	})
	s.enqueue("old", "two")
	s.enqueue("new", "three")
	s.created("three", "k3")
	if waiting := s.rdb.LLen(t.Context(), "octoq:{old.create}:alerts").Val(); s.api.key("two") != "" || waiting != 1 {
		t.Errorf("of an account that went: got %d campaigns waiting and one created by %q, want 1 and none", waiting, s.api.key("two"))
	}
	s.serve(nil)
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("a worker without an account: got %v, want it ready", err)
	}
	s.serve(map[string]string{"old": "k2"})
	s.created("two", "k2")
	s.end()
	if err := s.Reload(t.Context(), s.accounts(nil)); err != worker.ErrNotRunning { //nolint:errorlint // it is documented
		t.Errorf("after its end: got %v, want ErrNotRunning", err)
	}
}

// Accounts that New would refuse change nothing.
func TestARefusedReloadChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, map[string]string{"old": "k1"})
	bad := s.accounts(map[string]string{"old": "k2", "new": "k3"})
	bad["new"] = worker.Account{Login: "a@example.com", Key: "k3", PollFirst: time.Minute, PollMax: time.Second}
	if err := s.Reload(t.Context(), bad); err == nil {
		t.Error("poll_max below poll_first: got no error")
	}
	bad["new"] = worker.Account{Login: "a@example.com\n", Key: "k3"}
	if err := s.Reload(t.Context(), bad); err == nil || strings.Contains(err.Error(), "k3") {
		t.Errorf("a login with a line break: got %v, want an error without the key", err)
	}
	s.enqueue("old", "one")
	s.created("one", "k1")
	s.served(map[string]string{"old": "k1"})
}
