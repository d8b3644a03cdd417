package main

import (
	"context"
	"fmt"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/announce"
	"github.com/octoq/octoq/internal/callback"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/resultstore"
	"github.com/octoq/octoq/internal/web"
)

// takeCallbacks has a server take what Octopush reports, where there is a secret: without
// one anybody could report.
func takeCallbacks(k *koanf.Koanf, store *resultstore.Store, cfg *web.Config) error {
	secrets, err := callbackSecretsOf(k)
	if err != nil {
		return err
	}
	if !secrets.Set() {
		if k.String("callback_listen") != "" {
			return usagef("callback_listen (OCTOQ_CALLBACK_LISTEN) is set: set callback_secret (OCTOQ_CALLBACK_SECRET or OCTOQ_CALLBACK_SECRET_FILE), too")
		}
		return nil
	}
	registry := prometheus.NewRegistry()
	counts, err := metrics.NewCallbacks(registry)
	if err != nil {
		return err
	}
	cfg.Metrics = prometheus.Gatherers{cfg.Metrics, registry}
	log := cfg.Logger
	cfg.Callbacks = &callback.Receiver{
		Secrets: secrets, Store: store,
		Counted: func(account string, topic callback.Topic, what string) { counts.Taken(account, string(topic), what) },
		Arrived: func(account string, topic callback.Topic, after time.Duration) {
			counts.Arrived(account, string(topic), after)
		},
		OnError: func(account string, err error) {
			log.Warn().Str("account", account).Err(err).Msg("a callback of Octopush was not stored")
		},
	}
	return nil
}

// runCallbacks counts what Octopush reports, announces results, and serves callbacks on an
// address of their own if the settings name one, until stop is called. Where nothing is
// reported it does nothing.
func runCallbacks(c *cobra.Command, k *koanf.Koanf, rdb redis.UniversalClient, store *resultstore.Store, cfg web.Config) (stop func(), err error) {
	if cfg.Callbacks == nil {
		return func() {}, nil
	}
	announcer, err := announcerOf(k, rdb, store)
	if err != nil {
		return nil, err
	}
	unserve, err := serveCallbacks(c, k, cfg)
	if err != nil {
		return nil, err
	}
	uncount := runBeside(c.Context(), func(ctx context.Context) {
		announce := func(ctx context.Context, account string) error { return announcer.Announce(ctx, account, time.Now()) }
		store.Run(ctx, announce, func(err error) { cfg.Logger.Warn().Err(err).Msg("reports of Octopush were not counted and will be") })
	})
	return func() { unserve(); uncount() }, nil
}

// serveCallbacks serves callbacks on an address of their own, if the settings name one,
// until stop is called.
func serveCallbacks(c *cobra.Command, k *koanf.Koanf, cfg web.Config) (stop func(), err error) {
	addr := k.String("callback_listen")
	if addr == "" {
		return func() {}, nil
	}
	if err := encrypt(k, &cfg); err != nil {
		return nil, err
	}
	listener, err := web.Listen(c.Context(), addr, cfg.ClosedToCallbacks())
	if err != nil {
		return nil, notOpened(err)
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "web: callbacks of Octopush at %s%s\n", listener.Addr(), web.CallbackPath)
	server := web.NewCallbackServer(cfg)
	return runBeside(c.Context(), func(ctx context.Context) {
		if err := server.Run(ctx, listener); err != nil {
			cfg.Logger.Error().Err(err).Msg("callbacks of Octopush are taken no more")
		}
	}), nil
}

// announcerOf makes the announcer of final results of campaigns.
func announcerOf(k *koanf.Koanf, rdb redis.UniversalClient, store *resultstore.Store) (*announce.Announcer, error) {
	final, err := keepOf(k, "results_final")
	if err != nil {
		return nil, err
	}
	client, err := enqueue.New(enqueue.Config{Client: rdb, Warn: func(string) {}})
	if err != nil {
		return nil, usagef("%v", err)
	}
	settle, err := settlesReports(k, rdb, store)
	if err != nil {
		return nil, err
	}
	return &announce.Announcer{
		Reports: store, Record: client.ByTicket, Settle: settle, Results: store.Results, Final: final,
		Emit: func(ctx context.Context, e event.Event) error { return hub.Emit(ctx, rdb, e) },
	}, nil
}

// settlesReports lets delivery reports end the doubt about campaigns, unless the settings
// say that they prove nothing.
func settlesReports(k *koanf.Koanf, rdb redis.UniversalClient, store *resultstore.Store) (func(ctx context.Context, account, ticket string) (bool, error), error) {
	if !k.Bool("callback_proof") {
		return func(context.Context, string, string) (bool, error) { return false, nil }, nil
	}
	retention, err := retentionOf(k)
	if err != nil {
		return nil, err
	}
	service, err := admin.New(rdb, "a delivery report", retention)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return func(ctx context.Context, account, ticket string) (bool, error) {
		status, at, there, err := store.Proof(ctx, account, ticket)
		if err != nil || !there {
			return false, err
		}
		return service.SettleReport(ctx, account, ticket, string(status), at)
	}, nil
}

// callbackSecretsOf reads what the addresses of callbacks are derived from.
func callbackSecretsOf(k *koanf.Koanf) (callback.Secrets, error) {
	present, err := valueOrFile(k, "callback_secret")
	if err != nil {
		return callback.Secrets{}, err
	}
	old, err := valueOrFile(k, "callback_secret_old")
	if err != nil {
		return callback.Secrets{}, err
	}
	if present == "" && old != "" {
		return callback.Secrets{}, usagef("callback_secret_old (OCTOQ_CALLBACK_SECRET_OLD) is set, and callback_secret (OCTOQ_CALLBACK_SECRET) is not: set the present one, too")
	}
	secrets, err := callback.NewSecrets(present, old)
	if err != nil {
		return secrets, usagef("callback_secret (OCTOQ_CALLBACK_SECRET): %v", err)
	}
	return secrets, nil
}

// resultsOf is what keeps reports, by the settings. Its keys for numbers are numbers_key,
// else the secrets of callbacks: an account goes on with the one that it began with.
func resultsOf(k *koanf.Koanf, rdb redis.UniversalClient) (*resultstore.Store, error) {
	o, err := resultTimes(k)
	if err != nil {
		return nil, err
	}
	if o.Hashers, err = numberHashers(k); err != nil {
		return nil, err
	}
	return resultstore.New(rdb, o), nil
}

// numberHashers are the keys that numbers may be hashed with.
func numberHashers(k *koanf.Koanf) ([]phone.Hasher, error) {
	var all []phone.Hasher
	for _, name := range []string{"numbers_key", "callback_secret", "callback_secret_old"} {
		secret, err := valueOrFile(k, name)
		if err != nil {
			return nil, err
		}
		hasher, err := phone.NewHasher(secret)
		if err != nil {
			return nil, usagef("%s (%s): %v", name, setting{name: name}.variable(), err)
		}
		if hasher.Set() {
			all = append(all, hasher)
		}
	}
	return all, nil
}

func resultTimes(k *koanf.Koanf) (resultstore.Options, error) {
	retention, err := retentionOf(k)
	if err != nil {
		return resultstore.Options{}, err
	}
	detail, err := keepOf(k, "results_detail")
	if err != nil {
		return resultstore.Options{}, err
	}
	replies, err := keepOf(k, "numbers_keep")
	return resultstore.Options{Detail: detail, Replies: replies, Retention: retention}, err
}

// keepOf reads for how long something is kept, an hour at least.
func keepOf(k *koanf.Koanf, name string) (time.Duration, error) {
	d, err := parseDuration(k.String(name))
	if err != nil || d < time.Hour {
		return 0, usagef("%s (%s) is %q: want a duration such as 7d, 1h at least", name, setting{name: name}.variable(), k.String(name))
	}
	return d, nil
}
