package web

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/monitor"
	"github.com/octoq/octoq/internal/peers"
	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redisconn"
)

// Over is the Config of octoq web, which shows all that a Redis knows: ready
// while Redis can be worked with, metrics of campaigns, queues and holds, asynq's page.
// The client stays the caller's to close; its ContextTimeoutEnabled should be
// set, or a Redis that is frozen is waited for longer than a probe waits.
func Over(rdb redis.UniversalClient, version string) (Config, error) {
	source, err := newSource(rdb)
	if err != nil {
		return Config{}, fmt.Errorf("web: %w", err)
	}
	registry := NewRegistry(version)
	if err := registry.Register(metrics.NewState(source)); err != nil {
		return Config{}, fmt.Errorf("web: register metrics: %w", err)
	}
	page, err := monitor.New(rdb, MonitorPath)
	if err != nil {
		return Config{}, fmt.Errorf("web: %w", err)
	}
	return Config{Ready: Reachable(rdb), Notes: source.unserved, Metrics: registry, Monitor: page}, nil
}

// NewRegistry is a registry that knows this process, its version and Go's run-time; a
// worker's counters are added to it.
func NewRegistry(version string) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		metrics.NewBuild(version),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return registry
}

// Reachable is ready while Redis can be worked with. What it says names no host.
func Reachable(rdb redis.UniversalClient) func(context.Context) error {
	return func(ctx context.Context) error { return redisconn.Check(ctx, rdb) }
}

// source reads for the metrics how things stand.
type source struct {
	*ledger.Store
	rdb    redis.UniversalClient
	queues *queue.Inspector
	looker *queue.Looker
	desk   *admin.Service
	peers  *peers.Store
	quiet  quiet
}

func newSource(rdb redis.UniversalClient) (*source, error) {
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		return nil, err
	}
	desk, err := admin.New(rdb, localuser.Name(), 0) // it reads, and does nothing in that name
	if err != nil {
		return nil, err
	}
	return &source{Store: store, rdb: rdb, queues: queue.NewInspector(rdb), looker: queue.NewLooker(rdb), peers: peers.New(rdb), desk: desk}, nil
}

// Workers counts the workers that serve each of some accounts.
func (s *source) Workers(ctx context.Context, accounts []string) (map[string]int, error) {
	return presence.Workers(ctx, s.rdb, accounts)
}

// Look reads how one account stands, in some ten round trips.
func (s *source) Look(ctx context.Context, account string) (metrics.Standing, error) {
	campaigns, err := s.Counts(ctx, account)
	if err != nil {
		return metrics.Standing{}, err
	}
	depths, err := s.queues.Depths(ctx, account)
	if err != nil {
		return metrics.Standing{}, err
	}
	oldest, err := s.queues.Oldest(ctx, account, time.Now())
	if err != nil {
		return metrics.Standing{}, err
	}
	paused, err := s.queues.Paused(ctx, account)
	if err != nil {
		return metrics.Standing{}, err
	}
	hold, _, err := holdstore.New(s.rdb, account).Get(ctx)
	if err != nil {
		return metrics.Standing{}, err
	}
	standing := metrics.Standing{Campaigns: campaigns, Queues: queues(depths, oldest, paused), Hold: hold}
	if standing.NeedsLimit() {
		standing.MaxInFlight, err = s.maxInFlight(ctx, account)
	}
	if err == nil {
		err = s.money(ctx, account, &standing)
	}
	return standing, err
}

// money reads how the account's budgets and its credit stand.
func (s *source) money(ctx context.Context, account string, into *metrics.Standing) error {
	budgets, err := s.desk.Budgets(ctx, account)
	if err != nil {
		return err
	}
	for _, b := range budgets {
		shown := metrics.BudgetGauge{Name: b.Name, Amount: b.Amount, Used: b.Used, Reserved: b.Reserved}
		if len(b.Values) > 0 { // those that spent most first
			shown.Used, shown.Reserved = b.Values[0].Used, b.Values[0].Reserved
		}
		into.Budgets = append(into.Budgets, shown)
	}
	seen, err := s.desk.Balance(ctx, account)
	if seen != nil {
		into.Balance = &seen.Amount
	}
	return err
}

// maxInFlight is how many calls of an account may be under way at once, as its workers
// say: the most, should they differ; one, the default, if none says so.
func (s *source) maxInFlight(ctx context.Context, account string) (int, error) {
	workers, err := s.peers.Living(ctx, account)
	if err != nil {
		return 0, err
	}
	most := 1
	for _, w := range workers {
		limit, _ := strconv.Atoi(w.Settings["max_in_flight"])
		if limit == 0 { // or no number: there is none
			return 0, nil
		}
		most = max(most, limit)
	}
	return most, nil
}

func queues(depths map[campaign.Stage]queue.Depth, oldest map[campaign.Stage]time.Duration, paused map[campaign.Stage]bool) map[campaign.Stage]metrics.Queue {
	all := make(map[campaign.Stage]metrics.Queue, len(depths))
	for stage, d := range depths {
		all[stage] = metrics.Queue{
			Pending: d.Pending, Active: d.Active, Scheduled: d.Scheduled, Retry: d.Retry, Archived: d.Archived,
			Oldest: oldest[stage], Paused: paused[stage],
		}
	}
	return all
}
