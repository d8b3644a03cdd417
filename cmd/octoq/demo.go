package main

import (
	"bytes"
	"context"
	_ "embed" // the demo's campaigns
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/web"
	"github.com/octoq/octoq/worker"
)

//go:embed demo.jsonl
var demoCampaigns []byte

func newDemo() *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "show it all at work: embedded Redis, simulated API, a worker, six campaigns",
		Long: "Needs nothing but this binary, and sends nothing to anybody. One campaign has no STOP\n" +
			"and becomes a dead letter, one meets outages, one loses the answer to its create.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runDemo(c) },
	}
	c.Flags().Bool("stay", false, "keep running afterwards, with the web pages")
	addFlags(c.Flags(), "web_listen")
	return c
}

// demo is everything the demo runs on.
type demo struct {
	out      io.Writer // what is shown on the way; nothing of it with --json
	results  io.Writer // what it came to
	json     bool
	terminal bool
	redis    *miniredis.Miniredis
	api      *simulator.Server
	client   *enqueue.Client
	ids      []string
}

func runDemo(c *cobra.Command) error {
	stay, err := c.Flags().GetBool("stay")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	var listener net.Listener
	if stay { // before the demo: a mistyped address fails before it begins
		if listener, err = demoListener(ctx, c); err != nil {
			return err
		}
		defer func() { _ = listener.Close() }()
	}
	d := &demo{out: c.OutOrStdout(), results: c.OutOrStdout(), json: jsonWanted(c), terminal: isTerminal(c.OutOrStdout())}
	if d.json {
		d.out, d.terminal = c.ErrOrStderr(), false
	}
	stop, err := d.start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := d.untilServed(ctx); err != nil {
		return err
	}
	if err := d.enqueue(ctx, c.ErrOrStderr()); err != nil {
		return err
	}
	if err := d.watch(ctx); err != nil {
		return err
	}
	if err := d.summary(ctx); err != nil {
		return err
	}
	if stay {
		return d.stay(ctx, listener)
	}
	return nil
}

func demoListener(ctx context.Context, c *cobra.Command) (net.Listener, error) {
	k, err := load(c.Flags())
	if err != nil {
		return nil, err
	}
	listener, err := web.Listen(ctx, k.String("web_listen"), web.Config{}.Closed())
	switch {
	case errors.Is(err, web.ErrOpen):
		return nil, usagef("listen on %s: the pages of the demo have no password. Listen on 127.0.0.1", k.String("web_listen"))
	case err != nil:
		return nil, notOpened(err)
	}
	return listener, nil
}

// start brings up Redis, the API and a worker; stop takes them down again and
// waits until they are.
func (d *demo) start(ctx context.Context) (stop func(), err error) {
	d.redis, err = memredis.Start()
	if err != nil {
		return nil, notRedis(fmt.Errorf("start the embedded Redis: %w", err))
	}
	if err := d.vouch(ctx); err != nil {
		return nil, err
	}
	d.api, err = simulator.New(simulator.Config{ComputeTime: time.Second, Latency: 20 * time.Millisecond})
	if err != nil {
		return nil, err
	}
	if err := d.faults(); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, notRedis(fmt.Errorf("listen for the simulated API: %w", err))
	}
	w, err := d.worker("http://" + listener.Addr().String() + "/v1/public")
	if err != nil {
		return nil, err
	}
	d.client, err = enqueue.New(enqueue.Config{RedisURL: "redis://" + d.redis.Addr()})
	if err != nil {
		return nil, err
	}
	return d.run(ctx, listener, w), nil
}

// vouch says that this Redis has forgotten nothing, as the operator who sets up an account can:
// then a create whose answer is lost is no matter for a person.
func (d *demo) vouch(ctx context.Context) error {
	rdb := redis.NewClient(&redis.Options{Addr: d.redis.Addr()})
	defer func() { _ = rdb.Close() }()
	desk, err := admin.New(rdb, "demo", 0)
	if err == nil {
		_, err = desk.Vouch(ctx, campaign.DefaultAccount, "a new account")
	}
	return err
}

// faults makes one list meet two outages and another lose an answer.
func (d *demo) faults() error {
	for _, rule := range []simulator.Rule{
		{Call: simulator.CallCreate, ListName: "meets-outages", Fault: simulator.Fault503, Times: 2},
		{Call: simulator.CallCreate, ListName: "loses-an-answer", Fault: simulator.FaultDropAfter, Times: 1},
	} {
		if _, err := d.api.AddRule(rule); err != nil {
			return fmt.Errorf("set up the faults: %w", err)
		}
	}
	return nil
}

func (d *demo) worker(url string) (*worker.Worker, error) {
	account := worker.Account{APIURL: url, Login: simulator.DefaultLogin, Key: worker.Secret(simulator.DefaultKey), Backoff: 500 * time.Millisecond}
	return worker.New(worker.Config{
		RedisURL: "redis://" + d.redis.Addr(), Logger: zerolog.Nop(), Name: "demo",
		Accounts: map[string]worker.Account{campaign.DefaultAccount: account, demoShop: account},
	})
}

// run lets API and worker work until stop is called, which ends the worker
// first: its last calls still want an answer.
func (d *demo) run(ctx context.Context, l net.Listener, w *worker.Worker) (stop func()) {
	stopAPI := background(context.WithoutCancel(ctx), d.out, func(ctx context.Context) error { return d.api.Run(ctx, l) })
	stopClock := background(ctx, d.out, d.clock)
	stopWorker := background(ctx, d.out, w.Run)
	return func() {
		stopWorker()
		stopClock()
		stopAPI()
		_ = d.client.Close()
		d.redis.Close()
	}
}

// background runs something until the returned function is called, which
// waits until it has ended.
func background(ctx context.Context, out io.Writer, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil {
			_, _ = fmt.Fprintln(out, err)
		}
	}()
	return func() { cancel(); <-done }
}

// clock moves the embedded Redis on: it has no clock of its own for what expires.
func (d *demo) clock(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			d.redis.FastForward(time.Second)
		}
	}
}

// untilServed waits for the worker: before it serves the account, each campaign would
// be warned of that nothing takes it. A worker that never does is no reason to stop
// here: the warnings say so then.
func (d *demo) untilServed(ctx context.Context) error {
	const longest = 10 * time.Second
	deadline := time.NewTimer(longest)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		served, err := d.client.Served(ctx, campaign.DefaultAccount)
		if err != nil || served {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-deadline.C:
			return nil
		case <-tick.C:
		}
	}
}

func (d *demo) enqueue(ctx context.Context, warnings io.Writer) error {
	for item := range enqueue.JSONLines(bytes.NewReader(demoCampaigns)) {
		if item.Err != nil {
			return item.Err
		}
		receipt, err := d.client.Enqueue(ctx, item.Campaign)
		if err != nil {
			return err
		}
		d.ids = append(d.ids, receipt.ID)
		for _, w := range receipt.Warnings {
			_, _ = fmt.Fprintf(warnings, "warning: campaign %s: %s: %s\n", receipt.ID, w.Field, w.Problem)
		}
	}
	return nil
}

// demoTimeout is far more than the demo takes on a slow machine.
const demoTimeout = 2 * time.Minute

// watch shows every change until all campaigns have ended.
func (d *demo) watch(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoTimeout, errors.New("the demo did not end in time"))
	defer cancel()
	show := newProgress(d.out, d.terminal, len(d.ids))
	defer show.close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ended, err := d.look(ctx, show)
		if err != nil || ended {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

func (d *demo) look(ctx context.Context, show *progress) (ended bool, err error) {
	ended = true
	for _, id := range d.ids {
		r, err := d.client.Get(ctx, campaign.DefaultAccount, id)
		if err != nil {
			return false, err
		}
		show.record(r)
		ended = ended && r.State.Final()
	}
	return ended, nil
}

// summary prints the table, and what the API says that it carried out.
func (d *demo) summary(ctx context.Context) error {
	table := newRecordTable(d.results, "ENQUEUED", "FOR", "ACCOUNT")
	for _, id := range d.ids {
		r, err := d.client.Get(ctx, campaign.DefaultAccount, id)
		if err != nil {
			return err
		}
		if !d.json {
			table.record(r)
		} else if err := printJSON(d.results, r); err != nil {
			return err
		}
	}
	s := d.api.Stats(time.Second)
	if d.json {
		return printJSON(d.results, map[string]int{
			"tickets_created": s.Created, "tickets_confirmed": s.Sent, "confirmed_more_than_once": len(s.SentTwice),
		})
	}
	if err := table.flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(d.results, "\nThe API's own log: %d tickets created, %d of them confirmed, %d confirmed more than once.\n",
		s.Created, s.Sent, len(s.SentTwice))
	return err
}
