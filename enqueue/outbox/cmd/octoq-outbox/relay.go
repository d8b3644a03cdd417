package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/outbox"
)

func newRelay() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "relay campaigns until SIGINT or SIGTERM",
		Long: "Relays campaigns until SIGINT or SIGTERM; the batch in hand is then finished, within\n" +
			"ten seconds. Any number may run, and any may be killed: a campaign that is relayed\n" +
			"again is the same one to Redis.\n" + exitHelp,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runRelay(c.Context(), c.ErrOrStderr()) },
	}
}

func runRelay(ctx context.Context, stderr io.Writer) error {
	level, err := logLevel()
	if err != nil {
		return err
	}
	log := zerolog.New(stderr).Level(level).With().Timestamp().Logger()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	client, err := newClient(log)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	pool, err := newPool(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	cfg, err := relayConfig()
	if err != nil {
		return err
	}
	cfg.Pool, cfg.Client, cfg.Logger, cfg.Registerer = pool, client, &log, registry
	relay, err := outbox.New(cfg)
	if err != nil {
		return usagef("%v", err)
	}
	ready := func(ctx context.Context) error { return errors.Join(pool.Ping(ctx), client.Ping(ctx)) }
	return withHealth(ctx, os.Getenv(varListen), log, health{metrics: registry, ready: ready}, relay.Run)
}

// newClient is a client on the Redis of the settings.
func newClient(log zerolog.Logger) (*enqueue.Client, error) {
	address, err := valueOrFile(varRedis, "redis://127.0.0.1:6379/0")
	if err != nil {
		return nil, err
	}
	client, err := enqueue.New(enqueue.Config{
		RedisURL: address, RedisCAFile: os.Getenv(varRedisCA), RedisCertFile: os.Getenv(varRedisCert), RedisKeyFile: os.Getenv(varRedisKey),
		RedisSentinelPasswordFile: os.Getenv(varRedisSecret), Warn: func(text string) { log.Warn().Msg(text) },
	})
	if err != nil {
		return nil, usagef("%v", err)
	}
	return client, nil
}

func relayConfig() (cfg outbox.Config, err error) {
	var errs [4]error
	cfg.Options, errs[0] = durable()
	cfg.Retention, errs[1] = duration(varRetention)
	cfg.Poll, errs[2] = duration(varPoll)
	cfg.Batch, errs[3] = number(varBatch)
	const least = 24 * time.Hour
	if cfg.Retention != 0 && cfg.Retention < least {
		return cfg, usagef("%s is %s: give the workers', which is %s at least", varRetention, cfg.Retention, least)
	}
	return cfg, errors.Join(errs[:]...)
}
