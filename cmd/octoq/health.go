package main

import (
	"context"
	"errors"

	"github.com/knadh/koanf/v2"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/web"
)

// health is what a worker tells of itself over HTTP.
type health struct {
	web.Config             // without Ready and Login
	takesTasks func() bool // whether the worker is at work
	accounts   []string    // that it works on
}

// withHealth runs work and, if the settings name an address to listen on,
// tells of its health and metrics beside it until work has ended: a worker that
// stops is alive, not ready, and still counts.
func withHealth(ctx context.Context, k *koanf.Koanf, log zerolog.Logger, h health, work func(context.Context) error) error {
	addr := k.String("listen")
	if addr == "" {
		return work(ctx)
	}
	rdb, err := newRedis(k)
	if err != nil {
		return err
	}
	defer func() { _ = rdb.Close() }()
	h.Ready = h.ready(web.Reachable(rdb), web.Identified(rdb, h.accounts...))
	h.Logger = log
	server, listener, err := openWeb(ctx, k, addr, h.Config)
	if err != nil {
		return err
	}
	log.Info().Stringer("address", listener.Addr()).Msg("health and metrics are served")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	served := make(chan error, 1)
	go func() {
		defer cancel() // a worker that cannot be watched does not go on
		served <- notRedis(server.Run(serving, listener))
	}()
	err = work(ctx)
	stop()
	return errors.Join(err, <-served)
}

// ready is nil while the worker is at work and nothing that is checked keeps it
// from that.
func (h health) ready(checks ...func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if !h.takesTasks() {
			return errors.New("the worker takes no tasks")
		}
		for _, check := range checks {
			if err := check(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}
