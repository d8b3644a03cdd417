package engine

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// slow is an API that takes a while for each call and counts those under way.
type slow struct {
	takes time.Duration

	mu           sync.Mutex
	inside, most map[string]int
}

func (s *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	s.add(call, 1)
	<-time.After(s.takes)
	s.add(call, -1)
	w.Header().Set("Content-Type", "application/json")
	switch call {
	case "create":
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"ticket_number":"T` + strconv.FormatInt(time.Now().UnixNano(), 36) + `"}`))
	case "status":
		_, _ = w.Write([]byte(`{"number_of_contacts":1,"cost":0.1,"status":"ready_to_be_sent"}`))
	default:
		_, _ = w.Write([]byte(`{"sending_date":"2026-06-01T12:00:00+02:00"}`))
	}
}

func (s *slow) add(call string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside[call] += n
	s.most[call] = max(s.most[call], s.inside[call])
}

// Concurrency is how many calls of a stage are made at once: no more of them,
// however many campaigns are in hand, and no fewer when there is enough to do. Alerts
// have one more.
func TestConcurrencyIsOfCalls(t *testing.T) {
	t.Parallel()
	const concurrency, campaigns = 4, 24
	for purpose, want := range map[string]int{campaign.PurposeWholesale: concurrency, campaign.PurposeAlert: concurrency + 1} {
		t.Run(purpose, func(t *testing.T) {
			t.Parallel()
			api := &slow{takes: 100 * time.Millisecond, inside: map[string]int{}, most: map[string]int{}}
			server := httptest.NewServer(api)
			t.Cleanup(server.Close)
			sendAll(t, redistest.Start(t).Client(), purpose, campaigns, AccountConfig{API: at(server.URL), Concurrency: concurrency})
			api.mu.Lock()
			defer api.mu.Unlock()
			for _, call := range []string{"create", "status", "send"} {
				if api.most[call] != want {
					t.Errorf("%s calls at once: got %d at most, want %d", call, api.most[call], want)
				}
			}
		})
	}
}

// sendAll enqueues campaigns and has a worker of one account send them all.
func sendAll(t *testing.T, rdb redis.UniversalClient, purpose string, campaigns int, cfg AccountConfig) {
	t.Helper()
	producer := queue.NewProducer(rdb)
	for i := range campaigns {
		c := campaign.Campaign{
			ID: "c" + strconv.Itoa(i), Account: "default", ListName: "customers", Text: "Hello STOP au 30101", Type: "sms_premium", Purpose: purpose,
		}
		first := task.Task{Account: "default", ID: c.ID, Step: task.FirstStep(), First: &task.First{Campaign: c, EnqueuedAt: time.Now()}}
		if err := producer.Put(t.Context(), first, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	cfg.PollFirst = 10 * time.Millisecond
	p := processOf(t, with(rdb), cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	store := ledgerOf(t, rdb)
	await(t, "all are sent", func() bool {
		counts, err := store.Counts(t.Context(), "default")
		return err == nil && counts[campaign.StateSent] == int64(campaigns)
	})
	cancel()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
}

// However many calls of wholesale campaigns are under way or wait, an alert gets a
// place, and no more of them than are kept besides the common ones.
func TestAlertsHavePlacesOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newSemaphore(1, 1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	acquire := func(alert bool) func() {
		t.Helper()
		release, err := s.Acquire(t.Context(), campaign.CallCreate, alert)
		if err != nil {
			t.Fatal(err)
		}
		return release
	}
	full := func(alert bool) {
		t.Helper()
		for range 50 { // a free place would be found by chance alone
			if _, err := s.Acquire(ended, campaign.CallCreate, alert); err == nil {
				t.Fatalf("a place was free for an alert %v", alert)
			}
		}
	}
	wholesale := acquire(false)
	full(false)
	alert := acquire(true)
	full(true)
	alert()
	full(false)
	wholesale()
	acquire(true)
	acquire(true)
	full(true)
}
