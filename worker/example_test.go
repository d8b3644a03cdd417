package worker_test

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/worker"
)

// A worker inside a program of one's own, until SIGINT or SIGTERM: the calls in
// flight are finished then, and the rest is handed back.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w, err := worker.New(worker.Config{
		RedisURL: "redis://127.0.0.1:6379/0",
		Logger:   zerolog.New(os.Stderr).With().Timestamp().Logger(),
		Accounts: map[string]worker.Account{campaign.DefaultAccount: {
			Login:  "you@example.com",
			Key:    worker.Secret(os.Getenv("OCTOPUSH_KEY")),
			Window: "Mo-Sa 08:00-20:00 Europe/Paris holidays=FR",
		}},
	})
	if err != nil {
		log.Print(err) // what is wrong with the configuration; nothing was started
		return
	}
	if err := w.Run(ctx); err != nil {
		log.Print(err) // Redis was out of reach
	}
}
