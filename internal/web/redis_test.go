package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/web"
)

func TestReadyFollowsRedis(t *testing.T) {
	t.Parallel()
	s, server, _ := over(t)
	if a := s.do("GET", "/readyz"); a.status != 200 || a.body != "ready\n" {
		t.Errorf("Redis is there: got %d %q, want 200 ready", a.status, a.body)
	}
	server.Kill()
	a := s.do("GET", "/readyz")
	if want := "not ready: Redis does not answer\n"; a.status != 503 || a.body != want {
		t.Errorf("Redis is away: got %d %q, want 503 %q", a.status, a.body, want)
	}
	if a := s.do("GET", "/healthz"); a.status != 200 {
		t.Errorf("alive while Redis is away: got %d, want 200", a.status)
	}
	if a := s.do("GET", "/metrics"); a.status != 200 || !strings.Contains(a.body, "\noctoq_scrape_ok 0\n") {
		t.Errorf("metrics while Redis is away: got %d, want 200 with octoq_scrape_ok 0", a.status)
	}
	server.Restart()
	eventually(t, "ready again", func() bool { return s.do("GET", "/readyz").status == 200 })
}

func TestReadyDoesNotWaitForAFrozenRedis(t *testing.T) {
	t.Parallel()
	s, server, _ := over(t)
	s.do("GET", "/readyz") // connects
	server.Freeze()
	began := time.Now()
	if a := s.do("GET", "/readyz"); a.status != 503 {
		t.Errorf("got %d, want 503", a.status)
	}
	if took := time.Since(began); took > soon/2 {
		t.Errorf("the answer took %v, want about 2 s", took)
	}
}

func TestReadyTellsARefusalWithoutItsText(t *testing.T) {
	t.Parallel()
	_, server, admin := over(t)
	if err := admin.ConfigSet(t.Context(), "requirepass", "hidden-redis-password").Err(); err != nil {
		t.Fatalf("set a password: %v", err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr, Password: "another-password"})
	t.Cleanup(func() { _ = rdb.Close() })
	err := web.Reachable(rdb)(t.Context())
	if want := "Redis refuses to serve: WRONGPASS"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// fill brings an account into a state that the metrics are to show.
func fill(t *testing.T, rdb *redis.Client) {
	t.Helper()
	ctx := t.Context()
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatalf("ledger: %v", err)
	}
	if err := store.Announce(ctx, "acme"); err != nil {
		t.Fatalf("Announce: %v", err)
	}
	for _, id := range []string{"c-1", "c-2"} {
		if err := rdb.ZAdd(ctx, key.State("acme", campaign.StateSent), redis.Z{Score: 1, Member: id}).Err(); err != nil {
			t.Fatalf("ZAdd: %v", err)
		}
	}
	if err := rdb.LPush(ctx, "asynq:{acme.create}:pending", "a", "b", "c").Err(); err != nil {
		t.Fatalf("LPush: %v", err)
	}
	if _, err := queue.NewInspector(rdb).Pause(ctx, "acme", campaign.StageStatus); err != nil {
		t.Fatalf("Pause: %v", err)
	}
	hold := &record.Hold{Account: "acme", Reason: record.HoldAccount, Phase: record.PhaseHalfOpen, Code: 104, By: "c-1"}
	if _, err := holdstore.New(rdb, "acme").Swap(ctx, nil, hold); err != nil {
		t.Fatalf("Swap: %v", err)
	}
}

func TestMetricsTellHowThingsStand(t *testing.T) {
	t.Parallel()
	s, _, rdb := over(t)
	fill(t, rdb)
	got := s.do("GET", "/metrics").body
	for _, want := range []string{
		`octoq_campaigns{account="acme",state="sent"} 2`,
		`octoq_campaigns{account="acme",state="dead"} 0`,
		`octoq_queue_tasks{account="acme",kind="pending",stage="create"} 3`,
		`octoq_queue_paused{account="acme",stage="status"} 1`,
		`octoq_queue_paused{account="acme",stage="create"} 0`,
		`octoq_hold{account="acme",code="104",phase="half_open",reason="account"} 1`,
		`octoq_scrape_ok 1`,
		`go_goroutines `,
		`process_start_time_seconds `,
	} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if _, err := holdstore.New(rdb, "acme").Swap(t.Context(), held(t, rdb), nil); err != nil {
		t.Fatalf("Swap: %v", err)
	}
	if got := s.do("GET", "/metrics").body; strings.Contains(got, "\noctoq_hold{") {
		t.Error("the metrics show a hold that was lifted")
	}
}

func held(t *testing.T, rdb *redis.Client) *record.Hold {
	t.Helper()
	h, _, err := holdstore.New(rdb, "acme").Get(t.Context())
	if err != nil || h == nil {
		t.Fatalf("Get: %v, %v", h, err)
	}
	return h
}

func TestMonitorIsMountedBehindItsGuard(t *testing.T) {
	t.Parallel()
	s, _, rdb := over(t)
	fill(t, rdb)
	for _, path := range []string{"/monitoring", "/monitoring/", "/monitoring/queues/acme.create"} {
		a := s.do("GET", path)
		if a.status != 200 || !strings.Contains(a.body, `id="root"`) {
			t.Errorf("GET %s: got %d, want asynq's page", path, a.status)
		}
	}
	a := s.do("GET", "/monitoring/api/queues")
	if a.status != 200 || !strings.Contains(a.body, `"acme.status"`) || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("GET queues: got %d %s, Cache-Control %q; want acme.status, and no-store", a.status, a.body, a.header.Get("Cache-Control"))
	}
	if a := s.do("POST", "/monitoring/api/queues/acme.create/pending_tasks:archive_all"); a.status != 403 {
		t.Errorf("archive_all: got %d, want 403", a.status)
	}
	cross := func(r *http.Request) { r.Header.Set("Origin", "http://attacker.example") }
	if a := s.do("POST", "/monitoring/api/queues/acme.status:resume", cross); a.status != 403 {
		t.Errorf("resume from another site: got %d, want 403", a.status)
	}
	if a := s.do("POST", "/monitoring/api/queues/acme.status:resume"); a.status >= 300 {
		t.Errorf("resume: got %d %s, want success", a.status, a.body)
	}
	paused, err := queue.NewInspector(rdb).Paused(context.WithoutCancel(t.Context()), "acme")
	if err != nil || paused[campaign.StageStatus] {
		t.Errorf("after resume: got paused %v, %v; want not paused", paused, err)
	}
}

func TestScrapesAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	s := serve(t, web.Config{Ready: always, Metrics: &slow{wait: gate}})
	results := make(chan int, 20)
	for range cap(results) {
		go func() {
			a, err := s.try("GET", "/metrics")
			if err != nil {
				a.status = 0
			}
			results <- a.status
		}()
	}
	refused := 0
	for range cap(results) - 4 {
		if status := <-results; status == 503 {
			refused++
		}
	}
	close(gate)
	for range 4 {
		if status := <-results; status != 200 {
			t.Errorf("a scrape that was let in: got %d, want 200", status)
		}
	}
	if refused != cap(results)-4 {
		t.Errorf("scrapes refused: got %d, want %d", refused, cap(results)-4)
	}
}
