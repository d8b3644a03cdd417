package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/worker"
)

// reloader has a worker serve the accounts that its settings then have, with each SIGHUP
// and whenever their files have changed.
type reloader struct {
	command *cobra.Command
	log     zerolog.Logger
	worker  *worker.Worker
	metrics *metrics.Settings
	watch   settingsWatch
	served  map[string]worker.Account // as the worker last took them
	logged  string                    // the faults of files, as they were last logged
}

// during is work with a reloader beside it.
func (r *reloader) during(work func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		defer runBeside(ctx, r.run)()
		return work(ctx)
	}
}

// run reloads until ctx ends.
func (r *reloader) run(ctx context.Context) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	defer signal.Stop(signals)
	for {
		next := r.watch.timer()
		select {
		case <-ctx.Done():
			next.Stop()
			return
		case <-signals:
			next.Stop()
			r.logged = ""
			r.reload(ctx, true)
		case <-next.C:
			if r.watch.changed() {
				r.reload(ctx, false)
			}
		}
	}
}

// reload reads the settings again. Those of a file with a fault stay as they are. It says
// what it has done where something has changed or a signal has asked.
func (r *reloader) reload(ctx context.Context, asked bool) {
	accounts, faulty, err := r.read()
	if err != nil {
		r.log.Error().Err(err).Msg("the settings cannot be read again: everything stays as it is")
		r.metrics.Faulty([]string{metrics.AllSettings})
		return
	}
	faulty = append(faulty, r.otherLogins(accounts)...)
	r.logFaulty(faulty)
	for _, f := range faulty {
		delete(accounts, f.account)
		if was, served := r.served[f.account]; served {
			accounts[f.account] = was
		}
	}
	switch err := r.worker.Reload(ctx, accounts); {
	case errors.Is(err, worker.ErrNotRunning):
		r.watch.forget() // it begins to work in a moment, or it stops
		return
	case err != nil:
		r.log.Error().Err(err).Msg("budgets and rules of the settings are not all in force")
		r.metrics.Faulty([]string{metrics.AllSettings})
		return
	case asked || !reflect.DeepEqual(accounts, r.served):
		r.log.Info().Int("accounts", len(accounts)).Msg("the settings of accounts are in force, with their budgets and rules")
	}
	r.served = accounts
}

// otherLogins are the accounts that have another login than the worker serves them by, as
// files with a fault.
func (r *reloader) otherLogins(accounts map[string]worker.Account) []accountFile {
	var faulty []accountFile
	for _, name := range slices.Sorted(maps.Keys(accounts)) {
		if was, served := r.served[name]; served && was.Login != accounts[name].Login {
			faulty = append(faulty, accountFile{account: name, path: name, err: fmt.Errorf(
				"account %s has another login now, which does not know the tickets of its campaigns: give that login an account of its own, "+
					"or let what waits be sent first and restart the worker", name)})
		}
	}
	return faulty
}

func (r *reloader) read() (map[string]worker.Account, []accountFile, error) {
	config := configName(r.command.Flags())
	if err := r.watch.checkReadable(); err != nil {
		return nil, nil, err
	}
	k, err := load(r.command.Flags())
	if err != nil {
		return nil, nil, err
	}
	next := r.watch
	next.follow(config, k)
	if err := next.checkReadable(); err != nil {
		return nil, nil, err
	}
	accounts, faulty, err := accountsOf(k)
	if err == nil {
		r.watch.follow(config, k)
	}
	return accounts, faulty, err
}

// logFaulty logs the files with a fault, unless it has named the same ones before.
func (r *reloader) logFaulty(faulty []accountFile) {
	var files, texts []string
	for _, f := range faulty {
		files, texts = append(files, filepath.Base(f.path)), append(texts, f.err.Error())
	}
	r.metrics.Faulty(files)
	if text := strings.Join(texts, "\n"); text != r.logged {
		r.logged = text
		for _, f := range faulty {
			r.log.Error().Str("account", f.account).Err(f.err).Msg("the settings of an account have a fault: the account stays as it is")
		}
	}
}
