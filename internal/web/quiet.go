package web

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/queue"
)

const (
	// lookedAt is the number of accounts up to which each scrape looks at all of them.
	lookedAt = 100
	// quietFor is the longest time for which an account that has nothing to do is taken to
	// stand as it did, if nothing happened there: its records expire, its budgets begin a new
	// period, and its credit is asked for.
	quietFor = 10 * time.Minute
)

// quiet knows how accounts stood that have nothing to do. A scrape asks of most of them
// only whether anything has happened since. One that runs out of time leaves what it has read
// to the next one.
type quiet struct {
	mu    sync.Mutex // held while they are read, which ends with the time of the scrape
	known map[string]quietAccount
}

type quietAccount struct {
	standing metrics.Standing
	event    string    // the last one of the account
	until    time.Time // for which the standing is good
}

// Quiet returns how those of some accounts stand that have nothing to do: no task, no hold, no
// campaign that is dead or not over. What has no event is up to ten minutes old. Where there are
// few accounts it returns none, so that all are looked at. After an error some are known.
func (s *source) Quiet(ctx context.Context, accounts []string) (map[string]metrics.Standing, error) {
	if len(accounts) <= lookedAt {
		return nil, nil
	}
	idle, err := s.idle(ctx, accounts)
	if err != nil {
		return nil, err
	}
	events, err := s.lastEvents(ctx, idle)
	if err != nil {
		return nil, err
	}
	s.quiet.mu.Lock()
	defer s.quiet.mu.Unlock()
	known, now, found := s.quiet.known, time.Now(), map[string]metrics.Standing{}
	s.quiet.known = map[string]quietAccount{} // of accounts that are busy nothing is known
	for i, account := range idle {
		q, ok := known[account]
		if !ok || q.event != events[i] || now.After(q.until) {
			standing, fault := s.readQuiet(ctx, account)
			if fault != nil {
				err = fault
				continue
			}
			// Between half of the time and all of it, so that not all are read at once again.
			q = quietAccount{standing: standing, event: events[i], until: now.Add(quietFor/2 + rand.N(quietFor/2))}
		}
		s.quiet.known[account], found[account] = q, q.standing
	}
	return found, err
}

// readQuiet reads what there is to say of an account that has nothing to do.
func (s *source) readQuiet(ctx context.Context, account string) (st metrics.Standing, err error) {
	if st.Campaigns, err = s.Counts(ctx, account); err == nil {
		err = s.money(ctx, account, &st)
	}
	return st, err
}

// idle are those of some accounts that have nothing to do.
func (s *source) idle(ctx context.Context, accounts []string) ([]string, error) {
	groups := make([][]string, len(accounts))
	for i, account := range accounts {
		groups[i] = append(queue.AccountKeys(account), key.Hold(account), key.State(account, campaign.StateDead))
		for _, state := range campaign.States() {
			if !state.Final() {
				groups[i] = append(groups[i], key.State(account, state))
			}
		}
	}
	busy, err := s.looker.Any(ctx, groups)
	if err != nil {
		return nil, err
	}
	var idle []string
	for i, account := range accounts {
		if !busy[i] {
			idle = append(idle, account)
		}
	}
	return idle, nil
}

// lastEvents are the ids of the last events of some accounts, "" where there is none.
func (s *source) lastEvents(ctx context.Context, accounts []string) ([]string, error) {
	pipe := s.rdb.Pipeline()
	answers := make([]*redis.XMessageSliceCmd, len(accounts))
	for i, account := range accounts {
		answers[i] = pipe.XRevRangeN(ctx, key.Outbox(account), "+", "-", 1)
	}
	if len(accounts) > 0 {
		_, _ = pipe.Exec(ctx) // each command has its own error
	}
	ids := make([]string, len(accounts))
	for i, answer := range answers {
		last, err := answer.Result()
		if err != nil {
			return nil, fmt.Errorf("look for the last event of account %s: %w", accounts[i], err)
		}
		if len(last) > 0 {
			ids[i] = last[0].ID
		}
	}
	return ids, nil
}
