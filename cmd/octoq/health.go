package main

import (
	"context"
	"errors"

	"github.com/knadh/koanf/v2"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/web"
)

// withHealth runs work and, if the settings name an address to listen on, serves
// its health and metrics beside it until work has ended: a worker that stops is
// alive, not ready, and still counts.
func withHealth(ctx context.Context, k *koanf.Koanf, log zerolog.Logger, h web.Config, work func(context.Context) error) error {
	addr := k.String("listen")
	if addr == "" {
		return work(ctx)
	}
	h.Logger = log
	server, listener, err := openWeb(ctx, k, addr, h)
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
