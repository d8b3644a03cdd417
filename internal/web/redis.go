package web

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/limit"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/runid"
)

// Over is the Config of octoq web, which shows all that a Redis knows: ready
// while Redis answers, metrics of campaigns, queues and holds, asynq's page.
// The client stays the caller's to close; its ContextTimeoutEnabled should be
// set, or a Redis that is frozen is waited for longer than a probe waits.
func Over(rdb redis.UniversalClient) (Config, error) {
	source, err := newSource(rdb)
	if err != nil {
		return Config{}, fmt.Errorf("web: %w", err)
	}
	registry := NewRegistry()
	if err := registry.Register(metrics.NewState(source)); err != nil {
		return Config{}, fmt.Errorf("web: register metrics: %w", err)
	}
	monitor, err := queue.NewMonitor(rdb, MonitorPath)
	if err != nil {
		return Config{}, fmt.Errorf("web: %w", err)
	}
	return Config{Ready: Reachable(rdb), Metrics: registry, Monitor: monitor}, nil
}

// NewRegistry is a registry that knows this process and Go's run-time; a
// worker's counters are added to it.
func NewRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return registry
}

// Reachable is ready while Redis answers. What it says names no host.
func Reachable(rdb redis.UniversalClient) func(context.Context) error {
	return func(ctx context.Context) error {
		err := rdb.Ping(ctx).Err()
		var refusal redis.Error
		switch {
		case err == nil:
			return nil
		case errors.As(err, &refusal): // its first word is a code such as LOADING
			word, _, _ := strings.Cut(refusal.Error(), " ")
			return fmt.Errorf("Redis refuses to serve: %s", word) //nolint:staticcheck // a name, and the text of a page
		default:
			return errors.New("Redis does not answer") //nolint:staticcheck // a name, and the text of a page
		}
	}
}

// Identified is ready while Redis gives a run_id, without which a worker takes no
// tasks.
func Identified(rdb redis.UniversalClient, accounts ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		err := queue.NeedRunID(ctx, rdb, accounts...)
		if err != nil && !runid.Missing(err) {
			err = errors.New("Redis runs no script for octoq") //nolint:staticcheck // a name, and the text of a page
		}
		return err
	}
}

// source reads for the metrics how things stand.
type source struct {
	*ledger.Store
	rdb    redis.UniversalClient
	queues *queue.Inspector
}

func newSource(rdb redis.UniversalClient) (*source, error) {
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		return nil, err
	}
	return &source{Store: store, rdb: rdb, queues: queue.NewInspector(rdb)}, nil
}

// Look reads how one account stands, in half a dozen round trips.
func (s *source) Look(ctx context.Context, account string) (metrics.Standing, error) {
	campaigns, err := s.Counts(ctx, account)
	if err != nil {
		return metrics.Standing{}, err
	}
	depths, err := s.queues.Depths(ctx, account)
	if err != nil {
		return metrics.Standing{}, err
	}
	paused, err := s.queues.Paused(ctx, account)
	if err != nil {
		return metrics.Standing{}, err
	}
	hold, _, err := limit.NewHolds(s.rdb, account).Get(ctx)
	if err != nil {
		return metrics.Standing{}, err
	}
	return metrics.Standing{Campaigns: campaigns, Queues: queues(depths, paused), Hold: hold}, nil
}

func queues(depths map[campaign.Stage]queue.Depth, paused map[campaign.Stage]bool) map[campaign.Stage]metrics.Queue {
	all := make(map[campaign.Stage]metrics.Queue, len(depths))
	for stage, d := range depths {
		all[stage] = metrics.Queue{
			Pending: d.Pending, Active: d.Active, Scheduled: d.Scheduled, Retry: d.Retry, Archived: d.Archived,
			Paused: paused[stage],
		}
	}
	return all
}
