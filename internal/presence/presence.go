// Package presence knows which accounts are served by a worker. Each worker
// process has one set in Redis, of the accounts that it serves, which expires
// unless the process renews it: so thousands of accounts cost a process two or
// three commands every quarter of a minute, and one that was killed or frozen is
// gone within a minute.
//
//	octoq:workers             set  the processes, those that have gone since included
//	octoq:worker:<id>         set  the accounts of one process; expires
//	octoq:worker:<id>:asleep  set  those of them that sleep in it; expires
//
// It is for people: nothing about a campaign is decided on it.
package presence

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/random"
)

const (
	// renewEvery is the pause between two renewals, lifetime how long one lasts:
	// two may get lost.
	renewEvery = 15 * time.Second
	lifetime   = 50 * time.Second
	// tidyEvery is how many renewals pass between two looks for processes that
	// have gone.
	tidyEvery = 20
)

// Everything is the account of a process that serves all of them, whatever their
// names: that of a test.
const Everything = "*"

// Process is one worker process. It is used by one goroutine at a time.
type Process struct {
	rdb      redis.UniversalClient
	id       string
	accounts func() []string
	asleep   func() []string
	changed  <-chan struct{}
	renewals int
}

// NewProcess makes a process that serves some accounts.
func NewProcess(rdb redis.UniversalClient, accounts []string) *Process {
	return NewChanging(rdb, func() []string { return accounts }, func() []string { return nil }, nil)
}

// NewChanging makes a process whose accounts come and go, and of which some sleep: Run shows
// those that it serves now each time that changed has a token.
func NewChanging(rdb redis.UniversalClient, accounts, asleep func() []string, changed <-chan struct{}) *Process {
	return &Process{rdb: rdb, id: random.Token(), accounts: accounts, asleep: asleep, changed: changed}
}

// Renew shows that the process lives, which accounts it serves now, and which of them sleep.
func (p *Process) Renew(ctx context.Context) error {
	err := p.replace(ctx, key.Worker(p.id), p.accounts())
	if err == nil {
		err = p.replace(ctx, key.WorkerAsleep(p.id), p.asleep())
	}
	if err == nil {
		err = p.rdb.SAdd(ctx, key.Workers, p.id).Err()
	}
	if err == nil && p.renewals%tidyEvery == 0 {
		err = p.tidy(ctx)
	}
	if err != nil {
		return fmt.Errorf("say which accounts this worker serves: %w", err)
	}
	p.renewals++
	return nil
}

// replace makes a set one of some accounts and no others, which expires.
func (p *Process) replace(ctx context.Context, set string, accounts []string) error {
	var members []any
	for _, account := range accounts {
		members = append(members, account)
	}
	commands, err := p.rdb.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Del(ctx, set)
		if len(members) > 0 {
			pipe.SAdd(ctx, set, members...)
			pipe.PExpire(ctx, set, lifetime)
		}
		return nil
	})
	if err != nil {
		// The transaction's own error is only that it was discarded: a command's says why.
		if i := slices.IndexFunc(commands, func(c redis.Cmder) bool { return c.Err() != nil }); i >= 0 {
			return commands[i].Err()
		}
	}
	return err
}

// tidy takes out processes that have gone. One that was only frozen comes back
// with its next renewal.
func (p *Process) tidy(ctx context.Context) error {
	var ids []string
	var exists []*redis.IntCmd
	if err := askAll(ctx, p.rdb, func(pipe redis.Pipeliner, id string) {
		ids, exists = append(ids, id), append(exists, pipe.Exists(ctx, key.Worker(id)))
	}); err != nil {
		return err
	}
	var gone []any
	for i, id := range ids {
		if exists[i].Val() == 0 {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return p.rdb.SRem(ctx, key.Workers, gone...).Err()
}

// Run renews until ctx ends, and then leaves. Errors go to onError.
func (p *Process) Run(ctx context.Context, onError func(error)) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-p.changed:
		case <-ctx.Done():
			p.leave(context.WithoutCancel(ctx))
			return
		}
		if err := p.Renew(ctx); err != nil && ctx.Err() == nil {
			onError(err)
		}
	}
}

// leave takes the process off the list at once; where that fails, its set
// expires.
func (p *Process) leave(ctx context.Context) {
	const timeout = time.Second
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if p.rdb.Del(ctx, key.Worker(p.id)).Err() == nil {
		_ = p.rdb.Del(ctx, key.WorkerAsleep(p.id)).Err()
		_ = p.rdb.SRem(ctx, key.Workers, p.id).Err()
	}
}

// Workers counts the processes that serve each of some accounts.
func Workers(ctx context.Context, rdb redis.UniversalClient, accounts []string) (map[string]int, error) {
	counts := make(map[string]int, len(accounts))
	if len(accounts) == 0 {
		return counts, nil
	}
	asked := []any{Everything}
	for _, account := range accounts {
		asked = append(asked, account)
	}
	var answers []*redis.BoolSliceCmd
	if err := askAll(ctx, rdb, func(pipe redis.Pipeliner, id string) {
		answers = append(answers, pipe.SMIsMember(ctx, key.Worker(id), asked...))
	}); err != nil {
		return nil, fmt.Errorf("count the workers: %w", err)
	}
	for _, answer := range answers {
		serves := answer.Val()
		for i, account := range accounts {
			if serves[0] || serves[i+1] {
				counts[account]++
			}
		}
	}
	return counts, nil
}
