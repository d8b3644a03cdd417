package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/worker"
)

// reloading has the worker serve, with each SIGHUP, the accounts that its settings then
// have, while work runs.
func reloading(c *cobra.Command, log zerolog.Logger, w *worker.Worker, work func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGHUP)
		defer signal.Stop(signals)
		ended, end := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-ended.Done():
					return
				case <-signals:
					reload(ended, c, log, w)
				}
			}
		}()
		err := work(ctx)
		end()
		<-done
		return err
	}
}

// reload reads the settings again. Those with a fault leave everything as it is.
func reload(ctx context.Context, c *cobra.Command, log zerolog.Logger, w *worker.Worker) {
	k, err := load(c.Flags())
	if err != nil {
		log.Error().Err(err).Msg("the settings cannot be read again: everything stays as it is")
		return
	}
	accounts, err := accountsFrom(k)
	if err != nil {
		log.Error().Err(err).Msg("the settings cannot be read again: everything stays as it is")
		return
	}
	if err := w.Reload(ctx, accounts); err != nil {
		log.Error().Err(err).Msg("budgets and rules of the settings are not all in force")
		return
	}
	log.Info().Msg("the settings of accounts are in force, with their budgets and rules")
}
