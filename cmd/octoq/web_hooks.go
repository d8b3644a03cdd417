package main

import (
	"github.com/knadh/koanf/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/dispatch"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/lease"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/web"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// webhooksOf reads the settings of webhooks.
func webhooksOf(k *koanf.Koanf, rdb redis.UniversalClient) (*api.Webhooks, error) {
	text, err := valueOrFile(k, "webhook_key")
	if err != nil {
		return nil, err
	}
	secret, err := webhook.NewKey(text)
	if err != nil {
		return nil, usagef("webhook_key (OCTOQ_WEBHOOK_KEY): %v", err)
	}
	guard, err := webhook.NewAddressGuard(k.String("webhook_allow"))
	if err != nil {
		return nil, usagef("webhook_allow (OCTOQ_WEBHOOK_ALLOW): %v", err)
	}
	keep, err := eventsKeepOf(k)
	if err != nil {
		return nil, err
	}
	return &api.Webhooks{Store: webhookstore.New(rdb, keep), Client: webhook.NewClient(guard, webhook.ClientOptions{}), Guard: guard, Key: secret}, nil
}

// newDispatcher makes what sends events to webhooks, and adds what it counts to the
// metrics; nil without a key, since nothing can be signed then.
func newDispatcher(rdb redis.UniversalClient, hooks *api.Webhooks, cfg *web.Config) (*dispatch.Dispatcher, error) {
	if !hooks.Key.Set() {
		return nil, nil
	}
	registry := prometheus.NewRegistry()
	counts, err := metrics.NewWebhooks(registry)
	if err != nil {
		return nil, err
	}
	cfg.Metrics = prometheus.Gatherers{cfg.Metrics, registry}
	log := cfg.Logger
	return dispatch.New(dispatch.Config{
		Store: hooks.Store, Events: hub.NewReader(rdb), Client: hooks.Client, Key: hooks.Key, Metrics: counts,
		Lease:  lease.New(rdb, key.WebhookLease, localuser.Name()+"/"+random.Token(), dispatch.LeaseFor),
		Report: func(err error) { log.Warn().Err(err).Msg("a webhook wants a look") },
	})
}
