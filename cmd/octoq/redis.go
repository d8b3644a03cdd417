package main

import (
	"context"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/redisconn"
)

// withRedis gives do a client on the Redis of the settings, after making sure
// that it answers.
func withRedis(c *cobra.Command, do func(context.Context, *redis.Client) error) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	rdb, err := dial(c.Context(), k)
	if err != nil {
		return err
	}
	defer func() { _ = rdb.Close() }()
	return do(c.Context(), rdb)
}

// newRedis is a client on the Redis of the settings. A Redis that is frozen is
// waited for no longer than the caller's context says.
func newRedis(k *koanf.Koanf) (*redis.Client, error) {
	opts, err := redisOptions(k)
	if err != nil {
		return nil, err
	}
	opts.ContextTimeoutEnabled = true
	return redisconn.New(opts).Client, nil
}

// redisURL is the address of Redis, from the setting or from the file that it names,
// once it can be read.
func redisURL(k *koanf.Koanf) (string, error) {
	address, err := valueOrFile(k, "redis_url")
	if err != nil {
		return "", err
	}
	if _, err := redisconn.Parse(address); err != nil {
		where := "redis_url (OCTOQ_REDIS_URL)"
		if file := k.String("redis_url_file"); file != "" {
			where = "redis_url_file (OCTOQ_REDIS_URL_FILE): the address in " + file
		}
		return "", usagef("%s %v", where, err)
	}
	return address, nil
}

func redisOptions(k *koanf.Koanf) (*redis.Options, error) {
	address, err := redisURL(k)
	if err != nil {
		return nil, err
	}
	return redisconn.Parse(address)
}

// dial is a client on the Redis of the settings, once that has answered.
func dial(ctx context.Context, k *koanf.Koanf) (*redis.Client, error) {
	rdb, err := newRedis(k)
	if err != nil {
		return nil, err
	}
	if err := ping(ctx, func(ctx context.Context) error { return rdb.Ping(ctx).Err() }); err != nil {
		_ = rdb.Close()
		return nil, err
	}
	return rdb, nil
}

// ping makes sure that Redis answers, within a few seconds.
func ping(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := ask(ctx); err != nil {
		return &codeError{code: exitRedis, text: awayText(err)}
	}
	return nil
}
