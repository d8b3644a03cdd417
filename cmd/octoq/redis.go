package main

import (
	"context"
	"errors"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/redisconn"
)

// withRedis gives do a client on the Redis of the settings, after making sure
// that it answers.
func withRedis(c *cobra.Command, do func(context.Context, redis.UniversalClient) error) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	rdb, err := dial(c.Context(), k)
	if err != nil {
		return err
	}
	defer func() { _ = rdb.Close() }()
	return do(c.Context(), rdb.UniversalClient)
}

// newRedis is a client on the Redis of the settings. A Redis that is frozen is
// waited for no longer than the caller's context says.
func newRedis(k *koanf.Koanf) (*redisconn.Client, error) {
	address, err := redisAddress(k)
	if err != nil {
		return nil, err
	}
	address.Options.ContextTimeoutEnabled = true
	return redisconn.New(address), nil
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

// redisAddress is the address of Redis with what its files hold.
func redisAddress(k *koanf.Koanf) (*redisconn.Address, error) {
	text, err := redisURL(k)
	if err != nil {
		return nil, err
	}
	address, err := redisconn.Parse(text)
	if err != nil {
		return nil, err
	}
	if err := address.Load(redisFiles(k), time.Now()); err != nil {
		return nil, ofRedisFile(err)
	}
	return address, nil
}

func redisFiles(k *koanf.Koanf) redisconn.Files {
	return redisconn.Files{
		CA: k.String(redisconn.SettingCA), Cert: k.String(redisconn.SettingCert), Key: k.String(redisconn.SettingKey),
		SentinelPassword: k.String(redisconn.SettingSentinelPassword),
	}
}

// ofRedisFile gives a fault of a file its setting.
func ofRedisFile(err error) error {
	if f, ok := errors.AsType[*redisconn.FileFault](err); ok {
		return usagef("%s (%s): %v", f.Setting, setting{name: f.Setting}.variable(), f)
	}
	return err
}

// dial is a client on the Redis of the settings, once that has answered.
func dial(ctx context.Context, k *koanf.Koanf) (*redisconn.Client, error) {
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
