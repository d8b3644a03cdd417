package main

import (
	"errors"
	"os"

	"github.com/knadh/koanf/v2"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/metrics"
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
			"When the config file, a file of --accounts-dir or a file with a key changes, and with\n" +
			"SIGHUP, it reads the accounts of its settings again: those that are new are served,\n" +
			"those that are gone stop after their calls in flight, and those that have changed go\n" +
			"on with the new settings. Settings that are no account's take a restart.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runWorker(c) },
	}
	addFlags(c.Flags(), append(accountFlags(), "accounts_dir", "redis_url", "retention", "events_keep", "pack_after", "listen", "web_user", "web_password_file", "log_level", "log_format")...)
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
	accounts, faulty, err := accountsAtStart(k)
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
	packAfter, err := packAfterOf(k)
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
	counted, err := metrics.NewSettings(registry)
	if err != nil {
		return err
	}
	w, err := worker.New(worker.Config{
		RedisURL: address, RedisCAFile: files.CA, RedisCertFile: files.Cert, RedisKeyFile: files.Key,
		RedisSentinelPasswordFile: files.SentinelPassword, Accounts: accounts, Logger: log, Retention: retention, EventsKeep: eventsKeep, PackAfter: packAfter, Registerer: registry,
		AccountsRoom: accountsRoom(k), TracerProvider: traces.Provider(),
	})
	if err != nil {
		return bySettings("", err)
	}
	r := &reloader{command: c, log: log, worker: w, served: accounts, metrics: counted}
	r.watch.follow(configName(c.Flags()), k)
	r.logFaulty(faulty)
	return withHealth(c.Context(), k, log, web.Config{Ready: w.Check, Metrics: registry}, r.during(w.Run))
}

// accountsRoom is for how many accounts connections may be opened, where a folder may
// bring any number.
func accountsRoom(k *koanf.Koanf) int {
	const room = 1000
	if k.String("accounts_dir") == "" {
		return 0
	}
	return room
}

// accountsAtStart are the accounts to begin with, and the files that have a fault. Of an
// account that is set twice it cannot be known what was meant: that is an error.
func accountsAtStart(k *koanf.Koanf) (map[string]worker.Account, []accountFile, error) {
	accounts, faulty, err := accountsOf(k)
	for _, f := range faulty {
		if f.twice {
			err = errors.Join(err, usagef("%v", f.err))
		}
	}
	return accounts, faulty, err
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
