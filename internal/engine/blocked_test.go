package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// onlyOne is an API that creates nothing as long as a ticket awaits approval.
type onlyOne struct {
	mu      sync.Mutex
	open    bool // the orphan may be cancelled
	waiting string
	deleted []string
}

func (o *onlyOne) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	answer := func(status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/check-balance"):
		answer(http.StatusOK, `{"amount":12.5,"unit":"euros"}`)
	case strings.HasSuffix(r.URL.Path, "/create") && o.waiting != "":
		answer(http.StatusBadRequest, `{"code":126,"message":"Another campaign awaits approval."}`)
	case strings.HasSuffix(r.URL.Path, "/create"):
		answer(http.StatusCreated, `{"ticket_number":"T2"}`)
	case strings.HasSuffix(r.URL.Path, "/status"):
		answer(http.StatusOK, `{"number_of_contacts":1,"cost":0.1,"status":"ready_to_be_sent"}`)
	case strings.HasSuffix(r.URL.Path, "/send"):
		answer(http.StatusOK, `{"sending_date":"2026-06-01T12:00:00+02:00"}`)
	case !o.open:
		answer(http.StatusInternalServerError, `{}`)
	default:
		var body struct {
			Ticket string `json:"ticket_number"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		o.deleted = append(o.deleted, body.Ticket)
		o.waiting = ""
		w.WriteHeader(http.StatusNoContent)
	}
}

func (o *onlyOne) do(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

// An orphan whose cancel was lost blocks all creates (126): they are held, the
// hold names the orphan, the sweep has it cancelled during the hold, and then
// the campaign is sent.
func TestAForgottenOrphanThatBlocksCreates(t *testing.T) {
	t.Parallel()
	api := &onlyOne{waiting: "T1"}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	redisServer := redistest.Start(t)
	rdb := redisServer.Client()
	orphaned(t, rdb)
	// Creates have been refused for a while.
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).UnixMilli() }
	rdb.HSet(t.Context(), key.Limit("default"), "blocked_since", ago(11*time.Minute), "blocked_last", ago(time.Minute), "blocked_answers", 9, "blocked_creates", "0")
	c := campaign.Campaign{ID: "b", Account: "default", ListName: "customers", Text: "Hello", Type: "sms_premium", Purpose: "alert"}
	first := task.Task{Account: "default", ID: "b", Step: task.FirstStep(), First: &task.First{Campaign: c, EnqueuedAt: time.Now()}}
	if err := queue.NewProducer(rdb).Put(t.Context(), first, time.Time{}); err != nil {
		t.Fatal(err)
	}

	p := processOf(t, Config{RedisURL: redisServer.URL(), SweepEvery: 50 * time.Millisecond, SweepIdle: 2 * time.Second}, AccountConfig{
		API: at(server.URL), PollFirst: 10 * time.Millisecond,
		Backoff: 100 * time.Millisecond, BackoffMax: 200 * time.Millisecond, Probe: 500 * time.Millisecond, ProbeMax: time.Second,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}()

	var held *record.Hold
	var err error
	await(t, "the creates are held", func() bool {
		held, _, err = holdstore.New(rdb, "default").Get(t.Context())
		return err == nil && held != nil
	})
	if held.Reason != record.HoldBlocked || held.Code != 126 || !strings.Contains(held.Message, "T1 of a") || !strings.Contains(held.Message, "octoq hold clear") {
		t.Errorf("hold: got %+v, want one that names T1 of a and says what to do", *held)
	}
	api.do(func() { api.open = true })
	store := ledgerOf(t, rdb)
	await(t, "the campaign is sent", func() bool {
		r, err := store.Get(t.Context(), "default", "b")
		return err == nil && r.State == campaign.StateSent
	})
	api.do(func() {
		if len(api.deleted) != 1 || api.deleted[0] != "T1" {
			t.Errorf("deleted: got %q, want T1", api.deleted)
		}
	})
	if h, _, err := holdstore.New(rdb, "default").Get(t.Context()); h != nil || err != nil {
		t.Errorf("hold in the end: got %+v, %v, want none", h, err)
	}
}

func ledgerOf(t *testing.T, rdb redis.UniversalClient) *ledger.Store {
	t.Helper()
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// orphaned writes the record of a campaign that is over, with an orphan that
// nothing is queued for.
func orphaned(t *testing.T, rdb redis.UniversalClient) {
	t.Helper()
	store := ledgerOf(t, rdb)
	r := record.New(campaign.Campaign{ID: "a", Account: "default", ListName: "customers"}, time.Now(), "")
	_, m, err := store.Load(t.Context(), "default", "a")
	if err == nil {
		t.Fatal("it is there already")
	}
	r.State, r.Orphans = campaign.StateCancelled, []campaign.Orphan{{Ticket: "T1", At: m.Now}}
	if v, _, err := store.Commit(t.Context(), record.Change{After: r, RunID: m.RunID, Token: "t"}); v != record.CommitApplied || err != nil {
		t.Fatalf("commit: got %s, %v", v, err)
	}
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
