package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/web"
)

func newSimulate() *cobra.Command {
	c := &cobra.Command{
		Use:   "simulate",
		Short: "stand in for Octopush's API, with faults on demand",
		Long: "Serves the API under /v1/public as it is documented, and its own pages under\n" +
			"/_sim: log, stats, tickets, and rules for faults. It sends nothing to anybody.\n" +
			"--strict answers as Octopush does, or may, where the simulator is lenient, by name:\n" +
			strings.Join(simulator.StrictNames(), ", ") + ".\n" +
			"Credentials are those of the settings (OCTOQ_API_LOGIN, OCTOQ_API_KEY), else\n" +
			simulator.DefaultLogin + " with the key " + simulator.DefaultKey + ".\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runSimulate(c) },
	}
	f := c.Flags()
	addFlags(f, "api_login", "api_key_file", "accounts_dir")
	readsToo(c, "api_key")
	f.String("listen", "127.0.0.1:8081", "address to listen on")
	f.Bool("beyond-loopback", false, "allow an address that others reach: it asks for no password and takes any instruction")
	f.Float64("balance", simulator.DefaultBalance, "credit of each account, in euros")
	f.Duration("compute", 0, "how long a new campaign is computed")
	f.Duration("latency", 0, "wait before every call is carried out")
	f.Duration("jitter", 0, "random wait on top of that")
	f.Uint64("seed", 1, "seed of the random faults")
	f.Int("retry-after", 1, "Retry-After of a 429, in seconds")
	f.StringSlice("strict", nil, "answer as strictly as Octopush may: --strict for all, --strict=NAME,NAME for some")
	f.Lookup("strict").NoOptDefVal = simulator.StrictAll
	f.String("after-send", simulator.AfterSendSent, "what status answers after sending: sent, ready, bare or unknown")
	f.String("report-url", "", "where to report what became of messages: deliveries, replies and optouts below it")
	f.Duration("report-late", 0, "wait before a report")
	f.Duration("report-spread", 0, "random wait on top of that, so that reports come in any order")
	f.Float64("report-twice", 0, "share of reports, 0 to 1, that come twice")
	f.Float64("report-never", 0, "share of messages, 0 to 1, that are never reported")
	f.Float64("report-unknown", 0, "share of messages, 0 to 1, with a report of a ticket that was never given besides")
	for _, s := range shareFlags(&simulator.Shares{}) {
		f.Float64(s.name, 0, "share of calls, 0 to 1: "+s.help)
	}
	return c
}

// shareFlag is one fault by its share of calls.
type shareFlag struct {
	name, help string
	to         *float64
}

func shareFlags(s *simulator.Shares) []shareFlag {
	return []shareFlag{
		{"fault-500", "answered 500, not carried out", &s.Status500},
		{"fault-503", "answered 503, not carried out", &s.Status503},
		{"fault-429", "answered 429 with Retry-After, not carried out", &s.Status429},
		{"fault-hang", "never answered, not carried out", &s.Hang},
		{"fault-drop-before", "connection cut, not carried out", &s.DropBefore},
		{"fault-drop-after", "carried out, then the connection cut", &s.DropAfter},
		{"fault-garbage", "carried out, answered with what is not JSON", &s.Garbage},
		{"fault-huge", "carried out, answered with 10 MiB", &s.Huge},
	}
}

func runSimulate(c *cobra.Command) error {
	cfg, err := simulatorConfig(c)
	if err != nil {
		return err
	}
	server, err := simulator.New(cfg)
	if err != nil {
		return usagef("%v", err)
	}
	listener, err := simulatorListener(c)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "simulator: API at http://%s/v1/public, log at http://%s/_sim/log\n",
		listener.Addr(), listener.Addr())
	return notRedis(server.Run(c.Context(), listener))
}

// simulatorListener opens the address; one that others reach only when that was
// asked for.
func simulatorListener(c *cobra.Command) (net.Listener, error) {
	address, err := c.Flags().GetString("listen")
	if err != nil {
		return nil, err
	}
	beyond, err := c.Flags().GetBool("beyond-loopback")
	if err != nil {
		return nil, err
	}
	if !beyond {
		listener, err := web.Listen(c.Context(), address, web.Config{}.Closed())
		switch {
		case errors.Is(err, web.ErrOpen):
			return nil, usagef("listen on %s: others would reach the simulator, which has no password. Listen on 127.0.0.1, or say --beyond-loopback inside a closed network", address)
		case err != nil:
			return nil, notOpened(err)
		}
		return listener, nil
	}
	if err := web.CheckAddress(c.Context(), address); err != nil {
		return nil, notOpened(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(c.Context(), "tcp", address)
	if err != nil {
		return nil, notRedis(fmt.Errorf("listen on %s: %w", address, err))
	}
	return listener, nil
}

// simulatorConfig reads the flags. Credentials come from the settings, so the
// same variables serve simulator and worker.
func simulatorConfig(c *cobra.Command) (simulator.Config, error) {
	k, err := load(c.Flags())
	if err != nil {
		return simulator.Config{}, err
	}
	r := flagReader{flags: c.Flags()}
	cfg := simulator.Config{
		ComputeTime: r.duration("compute"), Latency: r.duration("latency"), Jitter: r.duration("jitter"),
		Seed: uint64(r.number("seed")), RetryAfter: int(r.number("retry-after")), AfterSend: r.text("after-send"),
		Strict: r.names("strict"), AnyHost: r.flag("beyond-loopback"),
	}
	cfg.Reports = simulator.Reports{
		URL: r.text("report-url"), Late: r.duration("report-late"), Spread: r.duration("report-spread"),
		Twice: r.number("report-twice"), Never: r.number("report-never"), Unknown: r.number("report-unknown"),
	}
	for _, s := range shareFlags(&cfg.Shares) {
		*s.to = r.number(s.name)
	}
	balance := r.number("balance")
	if k.String("api_login") != "" || len(k.MapKeys("accounts")) > 0 || k.String("accounts_dir") != "" {
		accounts, err := accountsFrom(k)
		if err != nil {
			return cfg, err
		}
		for _, a := range accounts {
			cfg.Accounts = append(cfg.Accounts, simulator.Account{Login: a.Login, Key: a.Key.Reveal(), Balance: balance})
		}
	} else {
		cfg.Accounts = []simulator.Account{{Login: simulator.DefaultLogin, Key: simulator.DefaultKey, Balance: balance}}
	}
	return cfg, r.err
}

// flagReader reads flags and keeps the first error.
type flagReader struct {
	flags *pflag.FlagSet
	err   error
}

func (r *flagReader) text(name string) string {
	f := r.flags.Lookup(name)
	if f == nil {
		r.err = fmt.Errorf("no flag %s", name)
		return ""
	}
	return f.Value.String()
}

func (r *flagReader) number(name string) float64 {
	n, err := strconv.ParseFloat(r.text(name), 64)
	if err != nil && r.err == nil {
		r.err = usagef("--%s: %v", name, err)
	}
	return n
}

// names reads a list; one that was given must not be empty.
func (r *flagReader) names(name string) []string {
	list, err := r.flags.GetStringSlice(name)
	if err == nil && r.flags.Changed(name) && len(list) == 0 {
		err = errors.New("there is no name behind the =")
	}
	if err != nil && r.err == nil {
		r.err = usagef("--%s: %v", name, err)
	}
	return list
}

func (r *flagReader) flag(name string) bool {
	on, err := r.flags.GetBool(name)
	if err != nil && r.err == nil {
		r.err = usagef("--%s: %v", name, err)
	}
	return on
}

func (r *flagReader) duration(name string) time.Duration {
	d, err := r.flags.GetDuration(name)
	if err != nil && r.err == nil {
		r.err = usagef("--%s: %v", name, err)
	}
	return d
}
