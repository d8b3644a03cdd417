package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/proctest"
)

// accountsRow is the key of the row of idle accounts.
const accountsRow = "accounts"

const (
	idleAccounts = 1000
	// settles is how long a worker is left alone before it is watched: accounts are
	// asleep by then that have started awake, and the outboxes of all accounts have been
	// trimmed, which happens a minute after the start and then where there was an event.
	settles = 75 * time.Second
	// waitsWatched is how long a worker is watched whose campaigns wait: each account has its
	// chores done once meanwhile.
	waitsWatched = 5 * time.Minute
	// wakesApart is the pause between two campaigns, so that one account wakes at a time.
	wakesApart = 500 * time.Millisecond
)

// idleWorker is what an idle worker of some accounts costs, and how long campaigns take.
type idleWorker struct {
	commands, connections, megabytes float64
	waiting                          float64         // commands a second where each account has a campaign that waits for an approval
	first, next                      []time.Duration // Enqueue returned → create: of an account's first campaign, and of the next one
}

// accounts is the row of idle accounts.
func (b *bencher) accounts(ctx context.Context) (sections []bench.Section, err error) {
	program, err := b.octoq(ctx)
	if err != nil {
		return nil, err
	}
	err = b.withRedis(ctx, true, func(p *bench.Place) error {
		one, err := b.idleAccounts(ctx, p, program, 1, 0)
		if err != nil {
			return err
		}
		all, err := b.idleAccounts(ctx, p, program, idleAccounts, min(b.samples, 60))
		if err != nil {
			return err
		}
		first, next := bench.Millis(all.first), bench.Millis(all.next)
		sections = []bench.Section{{
			Key: accountsRow, Title: "Many idle accounts",
			Setup: fmt.Sprintf("One worker process of %d accounts that have nothing to do, watched for %v, which leaves out their chores of each five minutes. Then a campaign is enqueued for %d of them, "+
				"one each %v, and another one while its account is awake; counted where the creates arrive, API at 0 ms. At last each account has a campaign "+
				"that waits for an approval, and the worker is watched for %v, chores included.", idleAccounts, watch, len(all.first), wakesApart, waitsWatched),
			Figures: []bench.Figure{
				{Name: "Redis commands a second", Values: []float64{all.commands}, Reach: bench.Reach{AtMost: 100}},
				{Name: "the same, with a campaign that waits in each", Values: []float64{all.waiting}, Reach: bench.Reach{AtMost: 200}},
				{Name: "connections", Values: []float64{all.connections}, Reach: bench.Reach{AtMost: 50}},
				{Name: "memory beyond that with one account", Unit: "MB", Values: []float64{all.megabytes - one.megabytes}, Reach: bench.Reach{AtMost: 40}},
				{Name: "Enqueue returned → create, of a sleeping account: p50", Unit: "ms", Values: []float64{bench.Quantile(first, 0.5)}, Reach: bench.Reach{AtMost: 5}},
				{Name: "the same, p99", Unit: "ms", Values: []float64{bench.Quantile(first, 0.99)}, Reach: bench.Reach{AtMost: 30}},
				{Name: "of one that is awake: p50", Unit: "ms", Values: []float64{bench.Quantile(next, 0.5)}},
				{Name: "the same, p99", Unit: "ms", Values: []float64{bench.Quantile(next, 0.99)}},
			},
		}}
		return b.note(ctx, p, withFile, sections)
	})
	return sections, err
}

// idleAccounts measures a worker of n accounts, and enqueues for some of them.
func (b *bencher) idleAccounts(ctx context.Context, p *bench.Place, program string, n, campaigns int) (got idleWorker, err error) {
	if err := flush(ctx, p.Client); err != nil {
		return got, err
	}
	var seen creates
	api, err := bench.NewAPI(ctx, 0, seen.note)
	if err != nil {
		return got, err
	}
	defer api.Close()
	worker, err := b.workerOf(p.URL, api.URL, program, n)
	if err != nil {
		return got, err
	}
	defer worker.Kill()
	pause(ctx, settles)
	if served, err := p.Client.SCard(ctx, key.Accounts).Result(); err != nil || served < int64(n) {
		return got, errors.Join(fmt.Errorf("%d of %d accounts are served", served, n), err)
	}
	if got.commands, err = p.Rate(ctx, watch); err != nil {
		return got, err
	}
	clients, err := p.Client.ClientList(ctx).Result()
	if err != nil {
		return got, err
	}
	got.connections = float64(strings.Count(clients, "\n") - 1) // without the one that asks
	if got.megabytes, err = residentMemory(worker.PID()); err != nil {
		return got, err
	}
	if got.first, got.next, err = wakeEach(ctx, p.URL, &seen, campaigns); err != nil || campaigns == 0 {
		return got, err
	}
	if err := haveWaiting(ctx, p, n); err != nil {
		return got, err
	}
	got.waiting, err = p.Rate(ctx, waitsWatched)
	return got, err
}

// haveWaiting enqueues a campaign of each account that waits for an approval, and returns
// when all of them do and their accounts have fallen asleep over it.
func haveWaiting(ctx context.Context, p *bench.Place, accounts int) error {
	client, err := enqueue.New(enqueue.Config{RedisURL: p.URL})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	const apart = 50 * time.Millisecond
	for i := range accounts {
		c := bench.Campaign(accountName(i), 2*accounts+i)
		c.Confirm = campaign.ConfirmManual
		if _, err := client.Enqueue(ctx, c); err != nil {
			return err
		}
		pause(ctx, apart)
	}
	if err := allAre(ctx, p, accounts, campaign.StateAwaitingApproval); err != nil {
		return err
	}
	pause(ctx, 2*settles)
	return ctx.Err()
}

// allAre returns when as many campaigns as there are accounts are in a state.
func allAre(ctx context.Context, p *bench.Place, accounts int, state campaign.State) error {
	for began := time.Now(); ; pause(ctx, time.Second) {
		there := 0
		for i := range accounts {
			n, err := p.Client.ZCard(ctx, key.State(accountName(i), state)).Result()
			if err != nil {
				return err
			}
			there += int(n)
		}
		if there == accounts {
			return nil
		}
		if time.Since(began) > stall || ctx.Err() != nil {
			return errors.Join(fmt.Errorf("%d of %d campaigns are %s after %v", there, accounts, state, stall), ctx.Err())
		}
	}
}

// workerOf is a worker of n accounts.
func (b *bencher) workerOf(redisURL, apiURL, program string, n int) (*proctest.Process, error) {
	folder, err := os.MkdirTemp(b.dir, "accounts-")
	if err != nil {
		return nil, err
	}
	const private = 0o600
	for i := range n {
		name := filepath.Join(folder, accountName(i)+".yaml")
		if err := os.WriteFile(name, []byte("api_login: bench@example.com\napi_key: key\n"), private); err != nil {
			return nil, err
		}
	}
	env := []string{"OCTOQ_ACCOUNTS_DIR=" + folder, "HOME=" + b.dir, "PATH=/usr/bin:/bin"}
	return proctest.Start(filepath.Join(b.dir, "worker-of-"+strconv.Itoa(n)), env, program, "worker",
		"--redis-url", redisURL, "--api-url", apiURL, "--log-level", "warn")
}

func accountName(i int) string { return "shop" + strconv.Itoa(i) }

// wakeEach enqueues two campaigns for each of some accounts, the second while the account
// is awake.
func wakeEach(ctx context.Context, url string, seen *creates, accounts int) (first, next []time.Duration, err error) {
	client, err := enqueue.New(enqueue.Config{RedisURL: url})
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = client.Close() }()
	for i := range 2 * accounts {
		c := bench.Campaign(accountName(i/2), i)
		took, err := seen.after(ctx, c, client)
		if err != nil {
			return nil, nil, err
		}
		if i%2 == 0 {
			first = append(first, took)
		} else {
			next = append(next, took)
		}
		pause(ctx, wakesApart)
	}
	return first, next, nil
}

// creates are the times of the first creates, by list.
type creates struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (c *creates) note(a bench.Arrival) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == nil {
		c.at = map[string]time.Time{}
	}
	if _, known := c.at[a.List]; !known {
		c.at[a.List] = a.At
	}
}

func (c *creates) of(list string) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, known := c.at[list]
	return at, known
}

// after enqueues a campaign, and is how long after that its create came.
func (c *creates) after(ctx context.Context, of campaign.Campaign, client *enqueue.Client) (time.Duration, error) {
	if _, err := client.Enqueue(ctx, of); err != nil {
		return 0, err
	}
	returned := time.Now()
	for time.Since(returned) < stall && ctx.Err() == nil {
		if at, come := c.of(of.ListName); come {
			return max(0, at.Sub(returned)), nil
		}
		pause(ctx, time.Millisecond)
	}
	return 0, errors.Join(fmt.Errorf("campaign %s was not created within %v", of.ID, stall), ctx.Err())
}

// residentMemory is what a process holds in memory, in MB.
func residentMemory(pid int) (float64, error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			const inMegabyte = 1024
			return kilobytes / inMegabyte, err
		}
	}
	return 0, errors.New("the process does not say how much memory it holds")
}
