package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/loopback"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/worker"
)

func newDoctor() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "check Redis and the API, and say what to do",
		Long: "Checks whether Redis answers and keeps what it is given, and asks the API for the\n" +
			"balance of each account. To see what the user of Redis may do, it writes keys of its\n" +
			"own and removes them; nothing else is changed. A fault ends it with 5 if Redis is\n" +
			"out of reach, 6 if the API refuses an account, 1 otherwise; warnings with 0.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runDoctor(c) },
	}
	// The flag probe is no setting here, though an account has one of that name.
	addFlags(c.Flags(), "redis_url", "api_url", "api_plain_http", "api_login", "api_key_file", "api_timeout", "window", "accounts_dir")
	readsToo(c, "api_key", "callback_secret", "callback_secret_file", "callback_secret_old", "callback_secret_old_file", "durable", "listen", "log_format", "log_level", "oidc_client_id", "oidc_client_secret", "oidc_client_secret_file", "oidc_issuer", "oidc_role_claim", "oidc_roles", "oidc_scopes", "public_url", "retention", "web_auth", "web_listen", "web_password", "web_password_file", "web_spool_max", "web_user")
	c.Flags().Bool("quick", false, "check only that Redis answers")
	c.Flags().String("probe", "", "ask only this health page, such as http://127.0.0.1:9090/healthz")
	return c
}

// Bounds of the checks; a call to the API has its own.
const (
	quickTimeout = 3 * time.Second
	probeTimeout = 3 * time.Second
	redisTimeout = 10 * time.Second
)

func runDoctor(c *cobra.Command) error {
	quick, err := c.Flags().GetBool("quick")
	if err != nil {
		return err
	}
	switch url, err := c.Flags().GetString("probe"); {
	case err != nil:
		return err
	case url != "" && quick:
		return usagef("--quick asks Redis and --probe a health page: choose one")
	case url != "":
		return probe(c.Context(), url)
	}
	var findings []doctor.Finding
	if quick {
		findings, err = quickly(c)
	} else {
		findings, err = thoroughly(c)
	}
	if err != nil {
		return err
	}
	if err := report(c, findings); err != nil {
		return err
	}
	if code := verdict(findings); code != exitOK {
		return errSilent(code)
	}
	return nil
}

func probe(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	err := doctor.Probe(ctx, url)
	if errors.Is(err, doctor.ErrURL) {
		return usagef("%v", err)
	}
	return notRedis(err)
}

// verdict is the exit code that findings deserve.
func verdict(findings []doctor.Finding) int {
	switch {
	case doctor.Faulty(findings, doctor.CheckReach):
		return exitRedis
	case doctor.Faulty(findings, doctor.CheckAPI):
		return exitAPI
	case doctor.Faulty(findings):
		return exitFailed
	default:
		return exitOK
	}
}

func quickly(c *cobra.Command) ([]doctor.Finding, error) {
	k, err := load(c.Flags())
	if err != nil {
		return nil, err
	}
	rdb, err := newRedis(k)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rdb.Close() }()
	ctx, cancel := context.WithTimeout(c.Context(), quickTimeout)
	defer cancel()
	return []doctor.Finding{doctor.Reach(ctx, rdb)}, nil
}

// thoroughly looks at everything, also when the first look finds a fault.
func thoroughly(c *cobra.Command) ([]doctor.Finding, error) {
	k, faults, err := gather(c.Flags())
	if err != nil {
		return nil, err
	}
	findings := settingsFindings(c.Context(), k, faults)
	if rdb, err := newRedis(k); err == nil { // else its address is among the faults
		findings = append(findings, inRedis(c.Context(), rdb.UniversalClient, roleHere(k))...)
		if !doctor.Faulty(findings, doctor.CheckReach) {
			findings = append(findings, aroundRedis(c.Context(), rdb)...)
		}
		_ = rdb.Close()
	}
	return append(findings, ofAccounts(c.Context(), k)...), nil
}

// inRedis checks a Redis and what octoq keeps in it.
func inRedis(ctx context.Context, rdb redis.UniversalClient, role rights.Role) []doctor.Finding {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	findings := doctor.Redis(ctx, rdb, time.Now)
	if doctor.Faulty(findings, doctor.CheckReach) {
		return findings
	}
	if !doctor.Faulty(findings, doctor.CheckScripts, doctor.CheckRunID) {
		findings = append(findings, doctor.Rights(ctx, rdb, role)...)
	}
	found, err := stopped(ctx, rdb)
	if err != nil {
		found = append(found, doctor.StoppedUnknown(err))
	}
	findings = append(findings, found...)
	findings = append(findings, differing(ctx, rdb)...)
	if found, err = unserved(ctx, rdb); err != nil {
		found = append(found, doctor.UnservedUnknown(err))
	}
	findings = append(findings, found...)
	return append(findings, schedules(ctx, rdb)...)
}

// aroundRedis looks at how Redis is reached.
func aroundRedis(ctx context.Context, rdb *redisconn.Client) []doctor.Finding {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	var found []doctor.Finding
	if rdb.Address().SendsPlainPassword(loopback.IsHost) {
		found = append(found, doctor.PlainPassword())
	}
	if rdb.Address().Kind != redisconn.Sentinel {
		return found
	}
	w, err := rdb.Sentinels(ctx)
	found = append(found, doctor.Watched(doctor.Sentinels{
		Name: w.Name, Addr: w.Addr, Flags: w.Flags, Replicas: w.Replicas, Known: w.Sentinels, Answer: w.Answered, Named: w.Named, Quorum: w.Quorum,
	}, err))
	return append(found, doctor.CutOff(rdb.Info(ctx, "replication").Result())...)
}

// ofAccounts looks at the accounts of the settings, and asks the API for each whose
// settings allow it.
func ofAccounts(ctx context.Context, k *koanf.Koanf) []doctor.Finding {
	findings, files := folderFindings(k)
	accounts, faults := readAccounts(k, files)
	if noAccount(k) || len(accounts) == 0 {
		return append(findings, append(limitFindings(k), doctor.NoAccount())...)
	}
	for _, name := range slices.Sorted(maps.Keys(accounts)) {
		if found := accountFindings(k, name, accounts[name], faults[name]); len(found) > 0 {
			findings = append(findings, inFileOf(name, files, found)...)
			continue
		}
		findings = append(findings, doctor.API(ctx, doctor.Account{
			Name: name,
			Balance: func(ctx context.Context) (record.Outcome, error) {
				answer, err := worker.CheckAccount(ctx, accounts[name])
				return outcomeOf(answer), err
			},
		})...)
		findings = append(findings, callbackFindings(ctx, k, name, accounts[name])...)
		findings = append(findings, doctor.Window(name, accounts[name].Window, time.Now()))
		findings = append(findings, doctor.Holidays(name, accounts[name].Window, time.Now())...)
	}
	return once(findings)
}

// outcomeOf is an answer as the doctor takes it.
func outcomeOf(a worker.AccountAnswer) record.Outcome {
	return record.Outcome{Class: record.Class(a.Class), Code: a.Code, Message: a.Message, HTTPStatus: a.HTTPStatus, Balance: a.Balance}
}

// once leaves out findings that are there already: a setting of the top is that of
// all accounts.
func once(findings []doctor.Finding) []doctor.Finding {
	var kept []doctor.Finding
	for _, f := range findings {
		if !slices.Contains(kept, f) {
			kept = append(kept, f)
		}
	}
	return kept
}

// stopped looks at all accounts that this Redis has seen.
func stopped(ctx context.Context, rdb redis.UniversalClient) ([]doctor.Finding, error) {
	desk, err := admin.New(rdb, localuser.Name(), 0) // it only reads
	if err != nil {
		return nil, err
	}
	accounts, err := desk.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var found []doctor.Finding
	for _, account := range accounts {
		h, paused, err := desk.Stopped(ctx, account)
		if err != nil {
			return found, err
		}
		found = append(found, doctor.Stopped(account, h, paused)...)
		changes, err := desk.Changes(ctx, account)
		if err != nil {
			return found, err
		}
		vouch, err := desk.LastVouch(ctx, account)
		if err != nil {
			return found, err
		}
		found = append(found, doctor.Vouched(account, vouch)...)
		found = append(found, doctor.Replaced(account, changes, time.Now())...)
	}
	return found, nil
}

// unserved looks for accounts that no worker serves, among all that this Redis
// has seen.
func unserved(ctx context.Context, rdb redis.UniversalClient) ([]doctor.Finding, error) {
	desk, err := admin.New(rdb, localuser.Name(), 0)
	if err != nil {
		return nil, err
	}
	accounts, err := desk.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	workers, err := desk.Workers(ctx, accounts...)
	if err != nil {
		return nil, err
	}
	var found []doctor.Finding
	for _, account := range accounts {
		if workers[account] > 0 {
			continue
		}
		waiting, err := desk.Waiting(ctx, account)
		if err != nil {
			return found, err
		}
		found = append(found, doctor.Unserved(account, 0, waiting)...)
	}
	return found, nil
}

// noAccount reports whether the settings name no account at all, as a
// producer's do.
func noAccount(k *koanf.Koanf) bool {
	return len(k.MapKeys("accounts")) == 0 && k.String("accounts_dir") == "" && k.String("api_login") == "" &&
		k.String("api_key") == "" && k.String("api_key_file") == ""
}

// roleHere is the role whose rights are wanted where these settings are: of a worker
// where they name an account, else of a producer.
func roleHere(k *koanf.Koanf) rights.Role {
	if noAccount(k) {
		return rights.Producer
	}
	return rights.Worker
}

func report(c *cobra.Command, findings []doctor.Finding) error {
	if jsonWanted(c) {
		for _, f := range findings {
			if err := printJSON(c.OutOrStdout(), f); err != nil {
				return err
			}
		}
		return nil
	}
	return writeFindings(c.OutOrStdout(), findings)
}

// writeFindings is a table, with what to do under each line that needs it.
func writeFindings(out io.Writer, findings []doctor.Finding) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "LEVEL\tCHECK\tFINDING")
	for _, f := range findings {
		what := f.What
		if f.Account != "" {
			what = "account " + f.Account + ": " + what
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", f.Level, f.Check, plain(what))
		if f.Do != "" {
			_, _ = fmt.Fprintf(w, "\t\t%s\n", plain(f.Do))
		}
	}
	return w.Flush()
}
