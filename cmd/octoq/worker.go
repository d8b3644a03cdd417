package main

import (
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/web"
	"github.com/octoq/octoq/worker"
)

// accountFlags are the flags of every command that works on accounts.
func accountFlags() []string {
	var names []string
	for _, s := range settings() {
		if s.account {
			names = append(names, s.name)
		}
	}
	return names
}

func newWorker() *cobra.Command {
	c := &cobra.Command{
		Use:   "worker",
		Short: "take campaigns from Redis through the API",
		Long: "Runs until SIGINT or SIGTERM: then the calls in flight are finished, the rest is\n" +
			"handed back at once, and it exits 0. A second signal ends it at once; nothing is\n" +
			"lost by that either. Any number of workers may run.\n\n" +
			"With SIGHUP it reads the accounts of its settings again: those that are new are served,\n" +
			"those that are gone stop after their calls in flight, and those that have changed go\n" +
			"on with the new settings. Settings that are no account's take a restart.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runWorker(c) },
	}
	addFlags(c.Flags(), append(accountFlags(), "redis_url", "retention", "events_keep", "listen", "web_user", "web_password_file", "log_level", "log_format")...)
	readsToo(c, "api_key", "web_password")
	return c
}

func runWorker(c *cobra.Command) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	log, err := newLogger(k, c.ErrOrStderr())
	if err != nil {
		return err
	}
	accounts, err := accountsFrom(k)
	if err != nil {
		return err
	}
	retention, err := retentionOf(k)
	if err != nil {
		return err
	}
	eventsKeep, err := eventsKeepOf(k)
	if err != nil {
		return err
	}
	address, err := redisURL(k)
	if err != nil {
		return err
	}
	warnOfUnread(log, unreadVariables(os.Environ()))
	traces, err := openTraces(c.Context(), "octoq-worker", log)
	if err != nil {
		return err
	}
	defer closeTraces(traces, log)
	registry, files := web.NewRegistry(versionText()), redisFiles(k)
	w, err := worker.New(worker.Config{
		RedisURL: address, RedisCAFile: files.CA, RedisCertFile: files.Cert, RedisKeyFile: files.Key,
		RedisSentinelPasswordFile: files.SentinelPassword, Accounts: accounts, Logger: log, Retention: retention, EventsKeep: eventsKeep, Registerer: registry,
		TracerProvider: traces.Provider(),
	})
	if err != nil {
		return bySettings("", err)
	}
	return withHealth(c.Context(), k, log, web.Config{Ready: w.Check, Metrics: registry}, reloading(c, log, w, w.Run))
}

// warnOfUnread logs the variables that nothing reads, in one line.
func warnOfUnread(log zerolog.Logger, found []unread) {
	if len(found) == 0 {
		return
	}
	var names, meant []string
	for _, u := range found {
		names = append(names, u.name)
		if u.meant != "" {
			meant = append(meant, u.meant)
		}
	}
	log.Warn().Strs("variables", names).Strs("probably_meant", meant).Msg("variables that nothing reads: are they misspelt?")
}
